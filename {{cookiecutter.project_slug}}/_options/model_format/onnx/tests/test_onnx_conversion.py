"""What is converted predicts the same, to the last split; what cannot be converted is named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from {{ cookiecutter.package_name }}.bundle import BundleError
from {{ cookiecutter.package_name }}.bundle.model_format import FILE, load, save
from {{ cookiecutter.package_name }}.encoding import Matrix

RANDOM = np.random.default_rng(0)
N_ROWS, CATEGORIES = 2_000, 70


def some_matrix() -> Matrix:
    """Three numbers and a category, all with gaps; a number has values that float32 rounds."""
    numbers = RANDOM.normal(size=(N_ROWS, 3))
    numbers[:, 0] = np.round(numbers[:, 0], 1) + 1e-9 * RANDOM.integers(-5, 5, N_ROWS)
    category = RANDOM.integers(0, CATEGORIES, N_ROWS).astype(np.float64)
    matrix = np.column_stack([numbers, category])
    matrix[RANDOM.random(matrix.shape) < 0.1] = np.nan
    return matrix


def linear(final: Any) -> Any:
    """The usual start of a linear model: dummies for the category, means for gaps."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    dummies = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(
        ColumnTransformer([("numbers", numbers, [0, 1, 2]), ("category", dummies, [3])]), final
    )


ESTIMATORS = [
    HistGradientBoostingClassifier(max_iter=30, categorical_features=[3]),
    HistGradientBoostingClassifier(max_iter=30),
    HistGradientBoostingRegressor(max_iter=30, categorical_features=[3], loss="absolute_error"),
    HistGradientBoostingRegressor(max_iter=30, loss="poisson"),
    HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=N_ROWS),  # trees without a split
    RandomForestClassifier(20),
    RandomForestRegressor(20),
    ExtraTreesRegressor(20),
    DecisionTreeClassifier(max_depth=4),
    linear(LogisticRegression()),
    linear(Ridge()),
    make_pipeline(SimpleImputer(), GradientBoostingClassifier(n_estimators=20)),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_a_converted_estimator_predicts_the_same(estimator: Any, tmp_path: Path) -> None:
    matrix = some_matrix()
    signal = np.nan_to_num(matrix[:, 0] + matrix[:, 3] % 3) + np.isnan(matrix[:, 1])
    is_classifier = hasattr(estimator, "predict_proba")
    estimator.fit(matrix, signal > signal.mean() if is_classifier else np.abs(signal))
    save(estimator, tmp_path)
    predict = load((tmp_path / FILE).read_bytes())

    unseen = some_matrix()
    unseen[::3, 3] = CATEGORIES + 5
    for rows in (matrix, unseen, unseen[:1]):
        expected = estimator.predict_proba(rows)[:, 1] if is_classifier else estimator.predict(rows)
        assert predict(rows) == pytest.approx(expected, rel=1e-5, abs=1e-5)
        assert predict(rows).dtype == np.float64


def test_a_step_without_a_conversion_is_named_with_the_other_formats(tmp_path: Path) -> None:
    estimator = make_pipeline(SimpleImputer(), FunctionTransformer(np.abs), Ridge())
    estimator.fit(some_matrix(), np.arange(N_ROWS))
    with pytest.raises(BundleError, match=r"`functiontransformer`.*joblib, skops, pickle"):
        save(estimator, tmp_path)
    assert not (tmp_path / FILE).exists()


def test_three_classes_are_refused(tmp_path: Path) -> None:
    matrix = some_matrix()
    estimator = RandomForestClassifier(3).fit(matrix, np.arange(N_ROWS) % 3)
    with pytest.raises(BundleError, match=r"RandomForestClassifier.*3 classes"):
        save(estimator, tmp_path)

"""The metrics, the baseline and the plots of a regression."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from {{ cookiecutter.package_name }}.evaluation import (
    HIGHER_IS_BETTER,
    baseline,
    check_target,
    plots,
    score,
)
from {{ cookiecutter.package_name }}.prediction import answers

TARGET = np.array([-5.0, 0.0, 5.0, 100.0])


def test_a_perfect_model_has_perfect_scores() -> None:
    scores = score(TARGET, TARGET)
    assert scores.keys() == HIGHER_IS_BETTER.keys()
    assert scores == {
        "mae": 0,
        "rmse": 0,
        "median_absolute_error": 0,
        "r2": 1,
        "rank_correlation": pytest.approx(1),
        "calibration_error": 0,
    }


def test_errors_are_in_the_unit_of_the_target() -> None:
    scores = score(TARGET, TARGET + np.array([3, -3, 3, -3]))
    assert scores["mae"] == scores["rmse"] == 3


def test_the_baseline_knows_only_the_median() -> None:
    assert baseline(TARGET, 2).tolist() == [2.5, 2.5]


def test_a_constant_target_is_refused() -> None:
    with pytest.raises(ValueError, match="only one value"):
        check_target(np.ones(5))


def test_an_answer_is_the_raw_prediction() -> None:
    assert answers(TARGET[:2], {}) == [{"value": -5.0}, {"value": 0.0}]


def test_residuals_are_what_the_model_missed() -> None:
    points = plots(TARGET, np.zeros(4), np.ones(4))
    assert points["residuals"]["residual"].tolist() == TARGET.tolist()
    assert (points["error_distribution"].diff().dropna() >= 0).all(axis=None)


def test_the_rank_correlation_is_that_of_spearman() -> None:
    generator = np.random.default_rng(0)
    predicted = generator.integers(0, 20, 500).astype(float)
    target = predicted + generator.laplace(0, 10, 500)
    of_scipy = spearmanr(target, predicted).statistic
    assert score(target, predicted)["rank_correlation"] == pytest.approx(of_scipy)
    assert score(target, np.ones(500))["rank_correlation"] == 0


def test_predictions_that_are_too_low_are_not_calibrated() -> None:
    target = np.random.default_rng(0).normal(size=1_000)
    middle = np.zeros(1_000)
    assert score(target, middle)["calibration_error"] < 0.05
    assert score(target, middle - 10)["calibration_error"] == pytest.approx(0.5)
    # Low ones too low and high ones too high: on the whole, half of the targets are below.
    spread = np.linspace(-20, 20, 1_000)
    assert score(target, spread)["calibration_error"] > 0.4

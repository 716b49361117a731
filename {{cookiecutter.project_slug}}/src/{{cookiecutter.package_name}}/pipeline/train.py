"""Fit the estimator on the training rows."""

import hashlib
import shutil
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from .. import estimator, paths
from ..bundle import model_format
from ..bundle.manifest import Data, Training
from ..encoding import encode
from ..evaluation import check_target, choose_thresholds
from ..lineage import code_version, library_versions
from ..params import Params
from ..prediction import raw_predictions
from ..schema import TIME
from ..tables import target_name
from .errors import StageError

TRAINING = paths.TRAINED / "training.json"
TOLERANCE = 1e-5  # between the fitted model and the saved one


def train(params: Params) -> str:
    """Write the fitted model and what is known of its training.

    Raises StageError if `params.yaml` does not fit `estimator.build` or the estimator, the target is
    constant, or the model predicts otherwise once it was saved; BundleError if it cannot be saved.
    """
    rows, validation = pd.read_parquet(paths.TRAIN), pd.read_parquet(paths.VALIDATION)
    settings = params.train
    try:
        model = estimator.build(seed=settings.seed, **settings.estimator)
    except TypeError as error:
        raise StageError(f"`train.estimator` in params.yaml does not fit: {error}") from error
    try:
        check_target(target_values(rows))
        check_target(target_values(validation))
    except ValueError as error:
        raise StageError(f"Nothing can be learned: {error}.") from error

    try:
        model.fit(encode(rows), target_values(rows))
    except ValueError as error:
        raise StageError(
            f"The estimator cannot be fitted; see `train.estimator` in params.yaml: {error}"
        ) from error
    unseen = raw_predictions(model, encode(validation))

    if paths.TRAINED.exists():
        shutil.rmtree(paths.TRAINED)
    paths.TRAINED.mkdir(parents=True)
    model_format.save(model, paths.TRAINED)
    check_saved(model, [rows, validation, pd.read_parquet(paths.TEST)])
    training = Training(
        trained_at=datetime.now(UTC).replace(microsecond=0),
        model_format=model_format.NAME,
        seed=settings.seed,
        parameters=settings.estimator,
        data=Data(
            md5=hashlib.md5(paths.RAW.read_bytes(), usedforsecurity=False).hexdigest(),
            rows=len(rows),
            start=rows[TIME].min().date(),
            end=rows[TIME].max().date(),
        ),
        code=code_version(),
        libraries=library_versions(*model_format.LIBRARIES),
        thresholds=choose_thresholds(target_values(validation), unseen),
    )
    TRAINING.write_text(training.model_dump_json(indent=2), encoding="utf-8")
    return f"{type(model).__name__} fitted on {len(rows):,} rows"


def check_saved(model: BaseEstimator, tables: list[pd.DataFrame]) -> None:
    """Raise StageError where the saved model does not predict what the fitted one does."""
    saved = model_format.load((paths.TRAINED / model_format.FILE).read_bytes())
    for table in tables:
        matrix = encode(table)
        expected, found = raw_predictions(model, matrix), saved(matrix)
        wrong = ~np.isclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)
        if wrong.any():
            raise StageError(
                f"{model_format.FILE} predicts otherwise than the fitted {type(model).__name__} "
                f"for {wrong.sum():,} of {len(table):,} rows, by up to "
                f"{np.abs(found - expected)[wrong].max():.2g}. "
                "Take another estimator or another model format."
            )


def target_values(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return the target of labelled rows, of shape (n_rows,); booleans as 0 and 1."""
    return table[target_name()].to_numpy(dtype=np.float64)

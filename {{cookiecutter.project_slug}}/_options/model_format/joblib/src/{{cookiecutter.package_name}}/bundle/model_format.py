"""The model as a joblib file.

Loading a joblib file runs code that is in it. `load` takes bytes rather than a path, so that only
content that was checked against its digest gets here.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib

from ..encoding import Matrix
from ..prediction import Vector, raw_predictions

NAME = "joblib"
FILE = "model.joblib"
LIBRARIES = ("joblib", "numpy", "scikit-learn")  # whose versions decide how the file is read

Predict = Callable[[Matrix], Vector]


def save(estimator: Any, folder: Path) -> None:
    """Write a fitted estimator to `FILE` in a folder."""
    joblib.dump(estimator, folder / FILE, compress=3)


def load(content: bytes) -> Predict:
    """Return the function from a matrix, (n_rows, n_columns), to raw predictions, (n_rows,)."""
    estimator = joblib.load(io.BytesIO(content))

    def predict(matrix: Matrix) -> Vector:
        return raw_predictions(estimator, matrix)

    return predict

"""The model as a pickle file.

Loading a pickle file runs code that is in it. `load` takes bytes rather than a path, so that only
content that was checked against its digest gets here.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..encoding import Matrix
from ..prediction import Vector, raw_predictions

NAME = "pickle"
FILE = "model.pkl"
LIBRARIES = ("numpy", "scikit-learn")  # whose versions decide how the file is read
PROTOCOL = 5  # of Python 3.8, which others may still have to read

Predict = Callable[[Matrix], Vector]


def save(estimator: Any, folder: Path) -> None:
    """Write a fitted estimator to `FILE` in a folder."""
    (folder / FILE).write_bytes(pickle.dumps(estimator, protocol=PROTOCOL))


def load(content: bytes) -> Predict:
    """Return the function from a matrix, (n_rows, n_columns), to raw predictions, (n_rows,)."""
    estimator = pickle.loads(content)  # noqa: S301

    def predict(matrix: Matrix) -> Vector:
        return raw_predictions(estimator, matrix)

    return predict

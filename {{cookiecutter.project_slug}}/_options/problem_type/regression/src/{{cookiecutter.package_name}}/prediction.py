"""From the estimator's output to the answer: a number."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from .encoding import Matrix

Vector = NDArray[np.float64]

RAW = "value"  # the field of an answer that has the raw prediction

# Of the histogram of predictions among the service's metrics: 1, 2, 5, 10, 20, 50, … on both sides.
_STEPS = [step * 10**power for power in range(6) for step in (1, 2, 5)]
BUCKETS = (*(-step for step in reversed(_STEPS)), 0, *_STEPS)


class Prediction(BaseModel):
    """The answer for one row."""

    value: float = Field(description="The expected value of the target.", examples=[12.5])


def raw_predictions(estimator: Any, matrix: Matrix) -> Vector:
    """Return the predicted value of each row, of shape (n_rows,)."""
    return np.asarray(estimator.predict(matrix), dtype=np.float64)


def answers(raw: Vector, thresholds: dict[str, float]) -> list[dict[str, Any]]:
    """Return a `Prediction` as a dictionary for each raw prediction, of shape (n_rows,)."""
    return [{"value": value} for value in raw.tolist()]

"""From the estimator's output to the answer: a probability, and a label by the threshold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from .encoding import Matrix

Vector = NDArray[np.float64]

RAW = "probability"  # the field of an answer that has the raw prediction

# Of the histogram of predictions among the service's metrics.
BUCKETS = tuple(step / 20 for step in range(1, 20))


class Prediction(BaseModel):
    """The answer for one row."""

    probability: float = Field(
        ge=0, le=1, description="How probable it is that the target is true.", examples=[0.42]
    )
    label: bool = Field(
        description="The probability reaches the model's threshold.", examples=[True]
    )


def raw_predictions(estimator: Any, matrix: Matrix) -> Vector:
    """Return the probability of each row that its target is true, of shape (n_rows,)."""
    probabilities: Vector = estimator.predict_proba(matrix)[:, 1]
    return probabilities


def answers(raw: Vector, thresholds: dict[str, float]) -> list[dict[str, Any]]:
    """Return a `Prediction` as a dictionary for each raw prediction, of shape (n_rows,)."""
    threshold = thresholds["label"]
    return [{"probability": value, "label": value >= threshold} for value in raw.tolist()]

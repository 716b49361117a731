"""How good a regression is: its metrics, a baseline to beat, and plots."""

import numpy as np
import pandas as pd
from sklearn.metrics import (
    mean_absolute_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_error,
)

from .prediction import Vector

MAIN_METRIC = "mae"
HIGHER_IS_BETTER = {
    "mae": False,
    "rmse": False,
    "median_absolute_error": False,
    "r2": True,
}


def score(target: Vector, predicted: Vector) -> dict[str, float]:
    """Return the metrics of predicted values, both of shape (n_rows,), in the target's unit."""
    return {
        "mae": float(mean_absolute_error(target, predicted)),
        "rmse": float(root_mean_squared_error(target, predicted)),
        "median_absolute_error": float(median_absolute_error(target, predicted)),
        "r2": float(r2_score(target, predicted)),
    }


def baseline(training_target: Vector, n_rows: int) -> Vector:
    """Predict the training data's median for every row."""
    return np.full(n_rows, np.median(training_target))


def choose_thresholds(target: Vector, predicted: Vector) -> dict[str, float]:
    """A number needs no threshold."""
    return {}


def check_target(target: Vector) -> None:
    """Raise ValueError where there is nothing to tell apart."""
    if len(np.unique(target)) < 2:
        raise ValueError("the target has only one value here; choose a longer period")


def plots(target: Vector, predicted: Vector, reference: Vector) -> dict[str, pd.DataFrame]:
    """Return the data of the plots by file name; `reference` holds the baseline's predictions."""
    shown = np.unique(np.linspace(0, len(target) - 1, 500).astype(int))
    share = np.linspace(0.01, 0.99, 99)
    return {
        "residuals": pd.DataFrame(
            {"predicted": predicted[shown], "residual": (target - predicted)[shown]}
        ),
        "error_distribution": pd.DataFrame(
            {
                "share_of_rows": share,
                "model": np.quantile(np.abs(target - predicted), share),
                "baseline": np.quantile(np.abs(target - reference), share),
            }
        ),
    }

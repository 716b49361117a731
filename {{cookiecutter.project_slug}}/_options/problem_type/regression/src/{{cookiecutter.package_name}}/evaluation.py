"""How good a regression is: its metrics, a baseline to beat, and plots."""

from collections.abc import Callable, Mapping

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
    "rank_correlation": True,
    "calibration_error": False,
}


def score(target: Vector, predicted: Vector, weights: Vector | None = None) -> dict[str, float]:
    """Return the metrics of predicted values, all but the last three in the target's unit.

    Args:
        target, predicted: of shape (n_rows,).
        weights: how much each row counts; by default all the same.
    """
    return {
        "mae": float(mean_absolute_error(target, predicted, sample_weight=weights)),
        "rmse": float(root_mean_squared_error(target, predicted, sample_weight=weights)),
        "median_absolute_error": float(
            median_absolute_error(target, predicted, sample_weight=weights)
        ),
        "r2": float(r2_score(target, predicted, sample_weight=weights)),
        "rank_correlation": _rank_correlation(target, predicted, weights),
        "calibration_error": _calibration_error(target, predicted, weights),
    }


def _rank_correlation(target: Vector, predicted: Vector, weights: Vector | None) -> float:
    """Return Spearman's correlation, which few large errors change little; 0 for a constant."""
    ranks = pd.DataFrame({"target": target, "predicted": predicted}).rank()
    covariance = np.cov(ranks, rowvar=False, aweights=weights)
    scale = np.sqrt(covariance[0, 0] * covariance[1, 1])
    return float(covariance[0, 1] / scale) if scale else 0.0


def _calibration_error(target: Vector, predicted: Vector, weights: Vector | None) -> float:
    """Return how far the share of targets below their prediction is from one half.

    The mean over tenths of the rows, by prediction: the value with the least mean absolute error is
    the median, of rows with low predictions as well as of those with high ones.
    """
    edges = np.unique(np.quantile(predicted, np.arange(1, 10) / 10))
    below = (target < predicted) + (target == predicted) / 2 - 0.5
    missed = np.bincount(
        np.searchsorted(edges, predicted, side="right"),
        weights=below if weights is None else below * weights,
    )
    return float(np.abs(missed).sum() / (len(target) if weights is None else weights.sum()))


def order(metrics: Mapping[str, float]) -> float:
    """Return how far predictions are in the order of the targets: 1 if they are, 0 by chance."""
    return metrics["rank_correlation"]


def main_metric(target: Vector, predicted: Vector) -> Callable[[Vector], float]:
    """Return the main metric as a function of how often each row counts, fast enough to resample.

    Args:
        target, predicted: of shape (n_rows,).
    """
    errors = np.abs(target - predicted)
    return lambda counts: float(counts @ errors / counts.sum())


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

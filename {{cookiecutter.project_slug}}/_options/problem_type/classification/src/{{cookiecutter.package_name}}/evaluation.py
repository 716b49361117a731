"""How good a classifier is: its metrics, a baseline to beat, and plots."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    log_loss,
    precision_recall_curve,
    roc_auc_score,
)

from .prediction import Vector

MAIN_METRIC = "roc_auc"
HIGHER_IS_BETTER = {
    "roc_auc": True,
    "pr_auc": True,
    "log_loss": False,
    "brier_score": False,
    "calibration_error": False,
}


def score(target: Vector, predicted: Vector, weights: Vector | None = None) -> dict[str, float]:
    """Return the metrics of predicted probabilities.

    Args:
        target, predicted: of shape (n_rows,).
        weights: how much each row counts; by default all the same.
    """
    return {
        "roc_auc": float(roc_auc_score(target, predicted, sample_weight=weights)),
        "pr_auc": float(average_precision_score(target, predicted, sample_weight=weights)),
        "log_loss": float(log_loss(target, predicted, labels=[0, 1], sample_weight=weights)),
        "brier_score": float(brier_score_loss(target, predicted, sample_weight=weights)),
        "calibration_error": _calibration_error(target, predicted, weights),
    }


def _calibration_error(target: Vector, predicted: Vector, weights: Vector | None) -> float:
    """Return how far probabilities are from the shares that were observed, over tenths of the rows.

    The expected calibration error of Naeini, Cooper and Hauskrecht (2015), with bins of equally many
    rows.
    """
    edges = np.unique(np.quantile(predicted, np.arange(1, 10) / 10))
    missed = np.bincount(
        np.searchsorted(edges, predicted, side="right"),
        weights=(predicted - target) if weights is None else (predicted - target) * weights,
    )
    return float(np.abs(missed).sum() / (len(target) if weights is None else weights.sum()))


def order(metrics: Mapping[str, float]) -> float:
    """Return how far predictions are in the order of the targets: 1 if they are, 0 by chance.

    Somers' D, of the area under the curve.
    """
    return 2 * metrics["roc_auc"] - 1


def main_metric(target: Vector, predicted: Vector) -> Callable[[Vector], float]:
    """Return the main metric as a function of how often each row counts, fast enough to resample.

    Args:
        target, predicted: of shape (n_rows,).
    """
    order = np.argsort(predicted, kind="stable")
    true = target[order] == 1
    # Where each group of rows with one and the same prediction starts.
    starts = np.flatnonzero(np.diff(predicted[order], prepend=-np.inf))

    def roc_auc(counts: Vector) -> float:
        ordered = counts[order]
        positive = np.add.reduceat(np.where(true, ordered, 0), starts)
        negative = np.add.reduceat(np.where(true, 0, ordered), starts)
        # Pairs in which the positive is predicted higher; a tie is worth one half.
        right = positive @ (np.cumsum(negative) - negative / 2)
        pairs = positive.sum() * negative.sum()
        return float(right / pairs) if pairs else float("nan")

    return roc_auc


def baseline(training_target: Vector, n_rows: int) -> Vector:
    """Predict for every row the share of true targets in the training data."""
    return np.full(n_rows, training_target.mean())


def choose_thresholds(target: Vector, predicted: Vector) -> dict[str, float]:
    """Return the probability from which on the label is true: where F1 is highest.

    Chosen on rows that the model has not seen, among the percentiles of its predictions.
    """
    grid = np.unique(np.percentile(predicted, np.arange(1, 100)))
    scores = [f1_score(target, predicted >= threshold, zero_division=0) for threshold in grid]
    return {"label": float(grid[int(np.argmax(scores))])}


def check_target(target: Vector) -> None:
    """Raise ValueError where there is nothing to tell apart."""
    if len(np.unique(target)) != 2:
        raise ValueError("the target has only one value here; choose a longer period")


def plots(target: Vector, predicted: Vector, reference: Vector) -> dict[str, pd.DataFrame]:
    """Return the data of the plots by file name; `reference` holds the baseline's predictions."""
    observed, mean = calibration_curve(target, predicted, n_bins=10, strategy="quantile")
    precision, recall, _ = precision_recall_curve(target, predicted)
    shown = np.unique(np.linspace(0, len(recall) - 1, 200).astype(int))
    return {
        "calibration": pd.DataFrame({"predicted": mean, "observed": observed, "ideal": mean}),
        "precision_recall": pd.DataFrame({"recall": recall, "precision": precision}).iloc[shown],
    }

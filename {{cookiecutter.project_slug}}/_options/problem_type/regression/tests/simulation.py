"""Pairs of models whose true quality is known, to see how often the gate is wrong."""

from statistics import NormalDist

import numpy as np

from {{ cookiecutter.package_name }}.prediction import Vector

SCALE = 30.0  # minutes: the mean distance of a target from its own median, as in the shipped rows
SPREAD = 9.0  # minutes: of a model's predictions around that median
# Of the errors in predictions of two models that were trained on other months of the shipped rows.
CORRELATION = 0.75
HARM = 0.4  # minutes of mean absolute error
# Those of the shipped params.yaml: by them, few harmful models pass and few equal ones are blocked.
MARGIN, TOLERANCE = 0.35, 1.2


def simulated_pair(
    generator: np.random.Generator, n_rows: int, loss: float, correlation: float = CORRELATION
) -> tuple[Vector, Vector, Vector]:
    """Return target, champion's and candidate's predictions, each of shape (n_rows,), in minutes.

    Targets are spread around their median by Laplace's distribution, predictions by the normal one,
    so that the true mean absolute error of each model is known.

    Args:
        loss: how much higher the candidate's true mean absolute error is.
        correlation: of the errors that the two models add.
    """
    median = generator.normal(0, 10, n_rows)
    target = median + generator.laplace(0, SCALE, n_rows)
    noise = generator.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], size=n_rows)
    spreads = np.linspace(SPREAD, 4 * SPREAD, 200)
    worse = np.interp(_true_error(SPREAD) + loss, [_true_error(s) for s in spreads], spreads)
    return target, median + SPREAD * noise[:, 0], median + worse * noise[:, 1]


def _true_error(spread: float) -> float:
    """Return the mean absolute error of predictions with such a spread."""
    off = spread * np.array([NormalDist().inv_cdf((i + 0.5) / 2_000) for i in range(2_000)])
    return float(np.mean(np.abs(off) + SCALE * np.exp(-np.abs(off) / SCALE)))

"""How right the predictions of a window were, by the labels that have come so far."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..evaluation import HIGHER_IS_BETTER, MAIN_METRIC, check_target, main_metric, order, score
from ..prediction import Vector

SEED = 2013  # the same labels give the same verdict
RESAMPLES = 200
CONFIDENCE = 0.95
MOST_ROWS = 20_000  # for the interval, which is narrow enough with them


@dataclass(frozen=True)
class Quality:
    """Metrics of predictions with their labels.

    Attributes:
        expected: the main metric that a model as good as on the test rows has on these rows.
        lost: how much worse it is than that, with a confidence of 95 %; below 0 if it may be better.
        order_kept: the part that is left of the order that predictions had on the test rows; NaN if
            they had none there.
    """

    metrics: dict[str, float]
    expected: float
    lost: float
    order_kept: float

    @property
    def value(self) -> float:
        return self.metrics[MAIN_METRIC]


def measure(
    target: Vector,
    predicted: Vector,
    on_test_rows: Mapping[str, Mapping[str, float]],
    constant: float,
) -> Quality | None:
    """Score predictions; both of shape (n_rows,).

    Some weeks are harder than others, for any model. So an error is expected to be the part of the
    baseline's error that it was on the test rows; what a new model would not do better, either, is
    not lost. A score, such as an area under a curve, is expected to stay as it is.

    Args:
        on_test_rows: metrics of "model" and "baseline", as in the bundle.
        constant: what the baseline predicts.

    Returns None where nothing can be told, such as for labels that are all the same.
    """
    try:
        check_target(target)
    except ValueError:
        return None
    expected = on_test_rows["model"][MAIN_METRIC]
    generator = np.random.default_rng(SEED)
    chosen = generator.permutation(len(target))[:MOST_ROWS]
    rows = len(chosen)
    metric = main_metric(target[chosen], predicted[chosen])
    of_baseline = main_metric(target[chosen], np.full(rows, constant))

    def expected_of(counts: Vector) -> float:
        if HIGHER_IS_BETTER[MAIN_METRIC]:
            return expected
        return expected * of_baseline(counts) / on_test_rows["baseline"][MAIN_METRIC]

    direction = 1 if HIGHER_IS_BETTER[MAIN_METRIC] else -1
    lost = []
    for _ in range(RESAMPLES):
        counts = np.bincount(generator.integers(rows, size=rows), minlength=rows).astype(float)
        lost.append(direction * (expected_of(counts) - metric(counts)))
    metrics = score(target, predicted)
    on_test = order(on_test_rows["model"])
    return Quality(
        metrics=metrics,
        expected=expected_of(np.ones(rows)),
        lost=float(np.nanquantile(lost, 1 - CONFIDENCE)),
        order_kept=order(metrics) / on_test if on_test > 0 else float("nan"),
    )

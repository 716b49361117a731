"""Whether a candidate is at least as good as the champion, as far as the test rows can tell."""

from dataclasses import dataclass

import numpy as np

from ..evaluation import HIGHER_IS_BETTER, MAIN_METRIC, main_metric
from ..params import Rival
from ..prediction import Vector
from ..slices import Mask

SEED = 2013  # the same rows give the same verdict
DIRECTION = 1 if HIGHER_IS_BETTER[MAIN_METRIC] else -1


@dataclass(frozen=True)
class Gain:
    """What a candidate gains on the champion in the main metric; below zero, it is worse.

    Attributes:
        lower, upper: of the paired bootstrap interval; each holds with the chosen confidence.
    """

    value: float
    lower: float
    upper: float


def gain(target: Vector, candidate: Vector, champion: Vector, rival: Rival) -> Gain:
    """Compare two models by their predictions for the same rows, all of shape (n_rows,).

    The rows are drawn with replacement, for both models the same, so that what makes a row easy or
    hard for both does not count. The bounds are percentiles: Efron and Tibshirani, An Introduction
    to the Bootstrap (1993), chapter 13.
    """
    of_candidate, of_champion = main_metric(target, candidate), main_metric(target, champion)
    generator = np.random.default_rng(SEED)
    n_rows = len(target)

    def difference(counts: Vector) -> float:
        return DIRECTION * (of_candidate(counts) - of_champion(counts))

    drawn = [
        difference(
            np.bincount(generator.integers(n_rows, size=n_rows), minlength=n_rows).astype(float)
        )
        for _ in range(rival.resamples)
    ]
    lower, upper = np.quantile(drawn, [1 - rival.confidence, rival.confidence])
    return Gain(difference(np.ones(n_rows)), float(lower), float(upper))


def gains_by_slice(
    target: Vector, candidate: Vector, champion: Vector, slices: dict[str, Mask]
) -> dict[str, float]:
    """Return what the candidate gains in each slice in which the main metric can be measured."""
    found = {}
    for name, mask in slices.items():
        everyone = np.ones(int(mask.sum()))
        of_candidate, of_champion = (
            main_metric(target[mask], predicted[mask])(everyone)
            for predicted in (candidate, champion)
        )
        if np.isfinite(of_champion):
            found[name] = DIRECTION * (of_candidate - of_champion)
    return found

"""How a candidate is compared with the champion, and how often chance decides."""

import numpy as np
import pytest

from {{ cookiecutter.package_name }}.evaluation import MAIN_METRIC, main_metric, score
from {{ cookiecutter.package_name }}.params import Rival
from {{ cookiecutter.package_name }}.prediction import Vector
from {{ cookiecutter.package_name }}.registry.comparison import gain

from .simulation import HARM, MARGIN, simulated_pair

N_ROWS = 5_800  # as many as the shipped problem has in its 30 newest days
PAIRS = 20
RULE = Rival(margin=MARGIN, resamples=300)


def pair(loss: float) -> tuple[Vector, Vector, Vector]:
    return simulated_pair(np.random.default_rng(4), N_ROWS, loss)


def test_the_main_metric_of_resampled_rows_is_that_of_the_rows_themselves() -> None:
    target, predicted, _ = simulated_pair(np.random.default_rng(0), 300, 0.0)
    predicted = predicted.round(1)  # so that there are ties
    metric = main_metric(target, predicted)
    assert metric(np.ones(300)) == pytest.approx(score(target, predicted)[MAIN_METRIC])
    generator = np.random.default_rng(1)
    for _ in range(5):
        drawn = generator.integers(300, size=300)
        counts = np.bincount(drawn, minlength=300).astype(float)
        expected = score(target[drawn], predicted[drawn])[MAIN_METRIC]
        assert metric(counts) == pytest.approx(expected)
        weighted = score(target, predicted, counts)[MAIN_METRIC]
        assert weighted == pytest.approx(expected)


def test_a_gain_is_positive_whatever_the_metric() -> None:
    target, good, worse = pair(2 * HARM)
    found = gain(target, good, worse, RULE)
    assert found.lower < found.value < found.upper
    assert found.value > 0
    difference = score(target, good)[MAIN_METRIC] - score(target, worse)[MAIN_METRIC]
    assert found.value == pytest.approx(abs(difference))


def test_the_same_rows_give_the_same_interval() -> None:
    pairs = pair(HARM)
    assert gain(*pairs, RULE) == gain(*pairs, RULE)


def test_few_harmful_models_pass_and_few_equal_ones_are_blocked() -> None:
    generator = np.random.default_rng(3)

    def passes(loss: float) -> int:
        pairs = (simulated_pair(generator, N_ROWS, loss) for _ in range(PAIRS))
        return sum(
            gain(target, candidate, best, RULE).lower >= -MARGIN
            for target, best, candidate in pairs
        )

    assert passes(HARM) <= 0.2 * PAIRS
    assert passes(0.0) >= 0.75 * PAIRS

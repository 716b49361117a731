"""A week that is harder for any model is no loss; a model that has become worse is one."""

import numpy as np
import pytest

from {{ cookiecutter.package_name }}.evaluation import baseline, score
from {{ cookiecutter.package_name }}.monitoring.quality import measure
from {{ cookiecutter.package_name }}.prediction import Vector

ROWS = 2_000
GENERATOR = np.random.default_rng(5)
PREDICTED = GENERATOR.normal(0, 10, ROWS)
TARGET = PREDICTED + GENERATOR.laplace(0, 20, ROWS)
ON_TEST_ROWS = {
    "model": score(TARGET, PREDICTED),
    "baseline": score(TARGET, baseline(TARGET, ROWS)),
}


def test_the_same_rows_are_as_good_as_expected() -> None:
    found = measure(TARGET, PREDICTED, ON_TEST_ROWS)
    assert found
    assert found.value == pytest.approx(found.expected)
    assert -1 < found.lost < 0


def test_errors_may_grow_as_much_as_those_of_a_constant() -> None:
    found = measure(2 * TARGET, 2 * PREDICTED, ON_TEST_ROWS)
    assert found
    assert found.value == pytest.approx(2 * ON_TEST_ROWS["model"]["mae"])
    assert found.lost < 0


@pytest.mark.parametrize(
    "target", [TARGET + 30, GENERATOR.permutation(TARGET)], ids=["shifted", "unrelated"]
)
def test_what_a_new_model_would_do_better_is_lost(target: Vector) -> None:
    found = measure(target, PREDICTED, ON_TEST_ROWS)
    assert found and found.lost > 0.5


def test_nothing_is_said_of_labels_that_are_all_the_same() -> None:
    assert measure(np.ones(ROWS), PREDICTED, ON_TEST_ROWS) is None

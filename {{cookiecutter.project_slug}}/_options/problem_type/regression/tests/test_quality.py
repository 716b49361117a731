"""A week that is harder for any model is no loss; a model that has become worse is one."""

import numpy as np
import pytest

from {{ cookiecutter.package_name }}.evaluation import baseline, score
from {{ cookiecutter.package_name }}.monitoring.quality import measure

ROWS = 2_000
GENERATOR = np.random.default_rng(5)
PREDICTED = GENERATOR.normal(0, 10, ROWS)
TARGET = PREDICTED + GENERATOR.laplace(0, 20, ROWS)
CONSTANT = float(baseline(TARGET, 1)[0])
ON_TEST_ROWS = {
    "model": score(TARGET, PREDICTED),
    "baseline": score(TARGET, baseline(TARGET, ROWS)),
}


def test_the_same_rows_are_as_good_as_expected() -> None:
    found = measure(TARGET, PREDICTED, ON_TEST_ROWS, CONSTANT)
    assert found
    assert found.value == pytest.approx(found.expected)
    assert found.order_kept == pytest.approx(1)
    assert -1 < found.lost < 0


def test_errors_may_grow_as_much_as_those_of_a_constant() -> None:
    found = measure(2 * TARGET, 2 * PREDICTED, ON_TEST_ROWS, 2 * CONSTANT)
    assert found
    assert found.value == pytest.approx(2 * ON_TEST_ROWS["model"]["mae"])
    assert found.lost < 0


def test_labels_that_have_nothing_to_do_with_predictions_are_a_loss() -> None:
    found = measure(GENERATOR.permutation(TARGET), PREDICTED, ON_TEST_ROWS, CONSTANT)
    assert found and found.lost > 0.5
    assert abs(found.order_kept) < 0.15


def test_a_few_very_large_errors_are_no_loss_of_order() -> None:
    target = TARGET.copy()
    target[GENERATOR.choice(ROWS, 20, replace=False)] += 1_000
    found = measure(target, PREDICTED, ON_TEST_ROWS, CONSTANT)
    assert found and found.order_kept > 0.9


def test_no_order_can_be_lost_by_a_model_that_had_none() -> None:
    reversed_order = {**ON_TEST_ROWS, "model": score(TARGET, -PREDICTED)}
    found = measure(TARGET, PREDICTED, reversed_order, CONSTANT)
    assert found and np.isnan(found.order_kept)


def test_nothing_is_said_of_labels_that_are_all_the_same() -> None:
    assert measure(np.ones(ROWS), PREDICTED, ON_TEST_ROWS, CONSTANT) is None

"""A score is expected to stay as it was on the test rows."""

import numpy as np
import pytest

from {{ cookiecutter.package_name }}.evaluation import baseline, score
from {{ cookiecutter.package_name }}.monitoring.quality import measure

ROWS = 2_000
GENERATOR = np.random.default_rng(5)
PREDICTED = GENERATOR.uniform(0, 1, ROWS)
TARGET = (GENERATOR.uniform(0, 1, ROWS) < PREDICTED).astype(float)
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
    assert -0.05 < found.lost < 0


def test_labels_that_have_nothing_to_do_with_predictions_are_a_loss() -> None:
    found = measure(GENERATOR.permutation(TARGET), PREDICTED, ON_TEST_ROWS, CONSTANT)
    assert found and found.lost > 0.2
    assert abs(found.order_kept) < 0.1


def test_nothing_is_said_of_labels_that_are_all_the_same() -> None:
    assert measure(np.ones(ROWS), PREDICTED, ON_TEST_ROWS, CONSTANT) is None

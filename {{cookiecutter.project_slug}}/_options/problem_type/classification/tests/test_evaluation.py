"""The metrics, the baseline and the threshold of a classifier."""

import numpy as np
import pytest

from {{ cookiecutter.package_name }}.evaluation import (
    HIGHER_IS_BETTER,
    baseline,
    check_target,
    choose_thresholds,
    plots,
    score,
)
from {{ cookiecutter.package_name }}.prediction import answers

RANDOM = np.random.default_rng(0)
TARGET = (RANDOM.random(1_000) < 0.3).astype(float)
PERFECT = np.where(TARGET == 1, 0.99, 0.01)


def test_a_perfect_model_has_perfect_scores() -> None:
    scores = score(TARGET, PERFECT)
    assert scores.keys() == HIGHER_IS_BETTER.keys()
    assert scores["roc_auc"] == scores["pr_auc"] == 1
    assert scores["log_loss"] < 0.011


def test_the_baseline_knows_only_the_share_of_true_targets() -> None:
    constant = baseline(TARGET, 10)
    assert constant.shape == (10,)
    assert score(TARGET, baseline(TARGET, len(TARGET)))["roc_auc"] == 0.5
    assert constant[0] == pytest.approx(TARGET.mean())


def test_the_threshold_tells_the_classes_apart() -> None:
    thresholds = choose_thresholds(TARGET, PERFECT)
    labels = [answer["label"] for answer in answers(PERFECT, thresholds)]
    assert labels == TARGET.astype(bool).tolist()


def test_a_target_of_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="only one value"):
        check_target(np.ones(5))


def test_a_calibrated_model_lies_on_the_diagonal() -> None:
    probability = RANDOM.random(50_000)
    target = (RANDOM.random(50_000) < probability).astype(float)
    points = plots(target, probability, probability)["calibration"]
    assert np.abs(points["observed"] - points["ideal"]).max() < 0.05

"""The metrics, the baseline and the threshold of a classifier."""

import numpy as np
import pytest

from {{ cookiecutter.package_name }}.evaluation import (
    HIGHER_IS_BETTER,
    baseline,
    check_target,
    choose_thresholds,
    main_metric,
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


def test_rows_of_one_class_have_no_main_metric() -> None:
    assert np.isnan(main_metric(np.ones(5), np.linspace(0.1, 0.9, 5))(np.ones(5)))


def test_probabilities_that_are_too_high_are_not_calibrated() -> None:
    probability = RANDOM.random(20_000)
    target = (RANDOM.random(20_000) < probability).astype(float)
    assert score(target, probability)["calibration_error"] < 0.02
    assert score(target, probability**0.5)["calibration_error"] > 0.1
    weights = RANDOM.integers(0, 3, 20_000).astype(float)
    rows = np.repeat(np.arange(20_000), weights.astype(int))
    weighted = score(target, probability**0.5, weights)["calibration_error"]
    repeated = score(target[rows], probability[rows] ** 0.5)["calibration_error"]
    assert weighted == pytest.approx(repeated, abs=0.002)  # the bins differ a little

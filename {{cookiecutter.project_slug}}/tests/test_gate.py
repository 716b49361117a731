"""The gate blocks unless every rule holds."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.bundle import Bundle, Manifest
from {{ cookiecutter.package_name }}.encoding import Feature
from {{ cookiecutter.package_name }}.evaluation import MAIN_METRIC, baseline, score
from {{ cookiecutter.package_name }}.params import Gate, Rival, Slices
from {{ cookiecutter.package_name }}.prediction import Vector
from {{ cookiecutter.package_name }}.registry.decision import _ask
from {{ cookiecutter.package_name }}.registry.gate import (
    Answers,
    GateError,
    Holdout,
    Rule,
    Unusable,
    judge,
)

from .simulation import HARM, MARGIN, TOLERANCE, simulated_pair

N_ROWS = 5_800  # as many as the shipped problem has in its 30 newest days
SEED = 4


@pytest.fixture
def gate() -> Gate:
    """Rules that fit the simulated pairs, whatever params.yaml has for yours."""
    return Gate(
        champion=Rival(margin=MARGIN, resamples=300),
        slices=Slices(columns=(), min_rows=1, tolerance=TOLERANCE),
        max_latency_ms=50,
        max_age_days=120,
    )


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return bundle.verify(paths.CANDIDATE)[0]


@pytest.fixture
def holdout(manifest: Manifest) -> Holdout:
    """Rows that are newer than those that the candidate was trained on, in two slices."""
    target, *_ = pair(0.0)
    halves = np.arange(N_ROWS) % 2 == 0
    return Holdout(
        target=target,
        baseline=baseline(target, N_ROWS),
        slices={"side = left": halves, "side = right": ~halves},
        start=manifest.data.end + timedelta(days=31),
        end=manifest.data.end + timedelta(days=60),
    )


@pytest.fixture
def equal(manifest: Manifest) -> Answers:
    """A model as good as those of `pair`."""
    return Answers(manifest, pair(0.0)[2], milliseconds=1.0)


def pair(loss: float) -> tuple[Vector, Vector, Vector]:
    return simulated_pair(np.random.default_rng(SEED), N_ROWS, loss)


def champion(manifest: Manifest) -> Answers:
    return Answers(manifest, pair(0.0)[1], milliseconds=1.0)


def failed(*arguments: object) -> list[str]:
    """Return the names of the rules that do not hold."""
    verdict = judge(*arguments)  # type: ignore[arg-type]
    return [rule.name for rule in verdict.rules if not rule.passed]


def test_a_first_model_needs_no_rival(equal: Answers, holdout: Holdout, gate: Gate) -> None:
    assert failed(equal, None, holdout, gate) == []


def test_a_first_model_has_to_beat_the_baseline(
    manifest: Manifest, holdout: Holdout, gate: Gate
) -> None:
    for useless in (holdout.baseline, np.flip(holdout.baseline + 0.0)):
        answers = Answers(manifest, useless, milliseconds=1.0)
        assert failed(answers, None, holdout, gate) == [f"{MAIN_METRIC} against the baseline"]


def test_an_equal_model_passes_and_a_worse_one_is_blocked(
    equal: Answers, holdout: Holdout, gate: Gate, manifest: Manifest
) -> None:
    assert failed(equal, champion(manifest), holdout, gate) == []
    worse = Answers(manifest, pair(2 * HARM)[2], milliseconds=1.0)
    assert f"{MAIN_METRIC} gained on the champion" in failed(
        worse, champion(manifest), holdout, gate
    )


def test_a_model_that_may_be_worse_by_more_than_the_margin_is_blocked(
    holdout: Holdout, gate: Gate, manifest: Manifest
) -> None:
    # On these rows it loses less, but by how much is known too roughly.
    _, good, doubtful = pair(0.75 * HARM)
    target, name = holdout.target, f"{MAIN_METRIC} gained on the champion"
    measured = abs(score(target, doubtful)[MAIN_METRIC] - score(target, good)[MAIN_METRIC])
    assert measured < MARGIN
    rivals = Answers(manifest, doubtful, 1.0), Answers(manifest, good, 1.0)
    assert name in failed(*rivals, holdout, gate)


def test_a_better_model_passes(holdout: Holdout, gate: Gate, manifest: Manifest) -> None:
    _, good, worse = pair(2 * HARM)
    rules = judge(Answers(manifest, good, 1.0), Answers(manifest, worse, 1.0), holdout, gate).rules
    assert all(rule.passed for rule in rules)
    (gained,) = [rule for rule in rules if rule.name == f"{MAIN_METRIC} gained on the champion"]
    assert gained.value > 0


def test_a_model_that_is_worse_in_one_slice_is_blocked(
    holdout: Holdout, gate: Gate, manifest: Manifest
) -> None:
    right = np.flatnonzero(holdout.slices["side = right"])[:600]
    part = np.zeros(N_ROWS, dtype=bool)
    part[right] = True
    spoilt = pair(0.0)[1].copy()
    spoilt[part] = np.random.default_rng(2).permutation(spoilt[part])
    rest = np.flatnonzero(~part)
    better = holdout.target[rest] > np.median(holdout.target)
    spoilt[rest] += np.where(better, 0.02, -0.02) * np.ptp(spoilt)  # it is better on the whole
    slices = {"part = spoilt": part, "part = rest": ~part}
    there = Holdout(holdout.target, holdout.baseline, slices, holdout.start, holdout.end)
    verdict = judge(Answers(manifest, spoilt, 1.0), champion(manifest), there, gate)
    (rule,) = [rule for rule in verdict.rules if not rule.passed]
    assert rule.name == f"{MAIN_METRIC} gained in each slice"
    assert "part = spoilt" in rule.note


@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_a_model_that_predicts_no_number_is_blocked(
    holdout: Holdout, gate: Gate, manifest: Manifest, nothing: float
) -> None:
    broken = pair(0.0)[2].copy()
    broken[7] = nothing
    answers = Answers(manifest, broken, milliseconds=1.0)
    limited = gate.model_copy(update={"minimum": {MAIN_METRIC: 0.0}})
    rules = judge(answers, champion(manifest), holdout, limited).rules
    blocked = {rule.name: rule.note for rule in rules if not rule.passed}
    assert blocked[MAIN_METRIC] == "no number was predicted for 1 rows"
    assert f"{MAIN_METRIC} against the champion" in blocked


def test_a_model_that_was_trained_on_test_rows_is_blocked(
    equal: Answers, holdout: Holdout, gate: Gate, manifest: Manifest
) -> None:
    for days in (0, 10):
        leaked = Holdout(
            holdout.target,
            holdout.baseline,
            holdout.slices,
            start=manifest.data.end - timedelta(days=days),
            end=holdout.end,
        )
        assert failed(equal, None, leaked, gate) == ["days from training to test rows"]


def test_a_model_of_old_rows_is_blocked(
    equal: Answers, holdout: Holdout, gate: Gate, manifest: Manifest
) -> None:
    late = manifest.data.end + timedelta(days=gate.max_age_days + 1)
    old = Holdout(holdout.target, holdout.baseline, holdout.slices, holdout.start, end=late)
    assert failed(equal, None, old, gate) == ["age of the training rows in days"]


def test_a_slow_model_is_blocked(holdout: Holdout, gate: Gate, manifest: Manifest) -> None:
    slow = Answers(manifest, pair(0.0)[2], milliseconds=gate.max_latency_ms + 1)
    assert failed(slow, None, holdout, gate) == ["latency of one row in ms"]


def test_a_model_is_timed_by_a_row_that_misses_every_optional_value(manifest: Manifest) -> None:
    features = (
        Feature("returns", "moment", optional=True, parts=("hour",)),
        Feature("stops", "number", optional=True),
        Feature("direct", "boolean", optional=True),
    )
    rows = pd.DataFrame(
        {
            "returns": pd.to_datetime(["NaT", "2024-02-29T23:00Z"], utc=True),
            "stops": pd.array([None, 2], dtype="Int64"),
            "direct": pd.array([None, True], dtype="boolean"),
        }
    )
    known = manifest.model_copy(update={"features": features})
    answers = _ask(Bundle(known, "", predict=lambda matrix: matrix.sum(axis=1)), rows)
    np.testing.assert_array_equal(answers.predicted, [np.nan, 26])
    assert answers.milliseconds > 0


def test_a_champion_that_cannot_be_compared_with_blocks_with_the_reason(
    equal: Answers, holdout: Holdout, gate: Gate
) -> None:
    verdict = judge(equal, Unusable("it was altered"), holdout, gate)
    (rule,) = [rule for rule in verdict.rules if not rule.passed]
    assert rule.note == "it was altered"


def test_absolute_limits_block(equal: Answers, holdout: Holdout, gate: Gate) -> None:
    for name, value in score(holdout.target, equal.predicted).items():
        for kind, limit in (("minimum", value + 1e-9), ("maximum", value - 1e-9)):
            limited = gate.model_copy(update={kind: {name: limit}})
            assert failed(equal, None, holdout, limited) == [name]


@pytest.mark.parametrize("sign", ["≥", "≤", ">", "<"])
def test_a_metric_that_is_no_number_never_passes(sign: str) -> None:
    assert not Rule("metric", float("nan"), sign, 0.0).passed


def test_a_limit_on_an_unknown_metric_is_named(
    equal: Answers, holdout: Holdout, gate: Gate
) -> None:
    with pytest.raises(GateError, match="acuracy"):
        judge(equal, None, holdout, gate.model_copy(update={"minimum": {"acuracy": 0.5}}))

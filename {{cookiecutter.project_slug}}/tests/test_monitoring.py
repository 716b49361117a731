"""Drift and lost quality are seen, chance is not, and a retraining is decided on once."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.bundle import Bundle, BundleError
from {{ cookiecutter.package_name }}.encoding import FEATURES, encode
from {{ cookiecutter.package_name }}.monitoring import drift, page, relations, retraining
from {{ cookiecutter.package_name }}.monitoring.decision import (
    decide,
    note_outcome,
    read,
    wanted,
)
from {{ cookiecutter.package_name }}.monitoring.drift import Drift
from {{ cookiecutter.package_name }}.monitoring.exporter import Gauges
from {{ cookiecutter.package_name }}.monitoring.monitor import Look
from {{ cookiecutter.package_name }}.monitoring.observation import Observation, observe
from {{ cookiecutter.package_name }}.monitoring.records import read_window
from {{ cookiecutter.package_name }}.monitoring.retraining import (
    RetrainingError,
    Trainer,
    act,
)
from {{ cookiecutter.package_name }}.monitoring.settings import MonitorSettings
from {{ cookiecutter.package_name }}.monitoring.tables import Tables
from {{ cookiecutter.package_name }}.monitoring.watched import Watched, watch
from {{ cookiecutter.package_name }}.monitoring.window import Window
from {{ cookiecutter.package_name }}.params import Monitoring, Params, Retraining
from {{ cookiecutter.package_name }}.tables import target_name

from .logged import write_log

WEEK = timedelta(days=7)
START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
NOW = START + 2 * WEEK
RULES = Retraining(consecutive=2, cooldown_hours=24 * 14)


@pytest.fixture(scope="module")
def model(project: Path) -> Bundle:
    return bundle.load(paths.CANDIDATE)


@pytest.fixture(scope="module")
def watched(project: Path, params: Params) -> Watched:
    return watch(paths.CANDIDATE, timedelta(days=params.monitoring.drift.training_days))


@pytest.fixture
def like_training(project: Path) -> pd.DataFrame:
    return pd.read_parquet(paths.TRAIN).sample(600, replace=True, random_state=5)


def seen(
    log: Path, rows: pd.DataFrame, model: Bundle, watched: Watched, params: Params
) -> Observation:
    window = Window(START, START + WEEK)
    write_log(log, rows, model, window.start, window.end, delay=timedelta(hours=5))
    return look_at(log, window, watched, params, NOW)


def look_at(
    log: Path, window: Window, watched: Watched, params: Params, now: datetime
) -> Observation:
    tables = Tables(str(log))
    tables.update(window.start.date(), now.date())
    records = read_window(tables, window, params.monitoring.sample_rows)
    return observe(records, watched, params.monitoring, now)


def test_a_bundle_that_another_one_replaces_while_it_is_read_is_refused(
    candidate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = bundle.load

    def load_too_early(folder: Path, pinned: str | None) -> Bundle:
        loaded = load(folder, pinned)
        pd.read_parquet(paths.TEST).to_parquet(folder / "reference.parquet")
        return loaded

    monkeypatch.setattr(bundle, "load", load_too_early)
    with pytest.raises(BundleError, match=r"reference\.parquet was altered"):
        watch(candidate, WEEK)


def test_rows_like_those_of_the_training_have_not_drifted(
    tmp_path: Path, like_training: pd.DataFrame, model: Bundle, watched: Watched, params: Params
) -> None:
    found = seen(tmp_path, like_training, model, watched, params)
    assert found.drift
    assert (found.unusual, found.drifted, found.worse) == ({}, "", "")
    assert found.label_coverage == 1
    assert found.median_delay_hours == pytest.approx(5.0)


@pytest.mark.parametrize("name", [f.name for f in FEATURES if f.kind == "number"])
def test_one_wrong_number_is_no_drift(
    like_training: pd.DataFrame, model: Bundle, watched: Watched, params: Params, name: str
) -> None:
    limits = params.monitoring.drift

    def unusual(rows: pd.DataFrame) -> dict[str, float]:
        predicted = model.predict(encode(rows))
        current = watched.comparable(rows.assign(**{drift.PREDICTION: predicted}))
        return watched.unusual(drift.measure(current, watched.trained_on), len(rows), limits)

    wrong = like_training.assign(**{name: like_training[name].astype(float)})
    wrong.loc[wrong.index[0], name] = 1e6
    assert unusual(wrong).keys() == unusual(like_training).keys()
    wrong[name] = 1e6
    assert name in unusual(wrong)


def test_few_rows_are_not_far_by_chance(
    tmp_path: Path, like_training: pd.DataFrame, model: Bundle, watched: Watched, params: Params
) -> None:
    few = like_training.head(params.monitoring.min_predictions)
    found = seen(tmp_path, few, model, watched, params)
    assert found.drift
    assert (found.unusual, found.drifted) == ({}, "")


def test_distances_are_those_of_the_page(
    like_training: pd.DataFrame, model: Bundle, watched: Watched
) -> None:
    predicted = model.predict(encode(like_training))
    current = watched.comparable(like_training.assign(**{drift.PREDICTION: predicted}))
    snapshot = page.report(current, watched.trained_on, limit=0.1).dict()
    shown = {metric["config"].get("column"): metric["value"] for metric in snapshot["metrics"]}
    found = drift.measure(current, watched.trained_on)
    distances = found.columns | {drift.PREDICTION: found.prediction}
    distances = {name: value for name, value in distances.items() if name not in page.SENSITIVE}
    assert {name: shown[name] for name in distances} == pytest.approx(distances)


def test_the_page_shows_nothing_that_is_sensitive(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next(feature.name for feature in FEATURES if feature.kind == "category")
    rows = watched.trained_on.assign(**{name: "told to nobody"})
    shown = []
    for sensitive in (set(), {name}):
        monkeypatch.setattr(page, "SENSITIVE", sensitive)
        page.write(tmp_path / "page.html", rows, watched.trained_on, limit=0.1)
        shown.append("told to nobody" in (tmp_path / "page.html").read_text(encoding="utf-8"))
    assert shown == [True, False]


@pytest.mark.parametrize("change", ["another unit", "gone"])
def test_numbers_that_change_are_seen(
    tmp_path: Path,
    like_training: pd.DataFrame,
    model: Bundle,
    watched: Watched,
    params: Params,
    change: str,
) -> None:
    numbers = [f.name for f in FEATURES if f.kind == "number" and f.optional][:2]
    changed = like_training.copy()
    for name in numbers:
        values = like_training[name]
        changed[name] = None if change == "gone" else values + 5 * values.std()
    found = seen(tmp_path, changed, model, watched, params)
    assert set(numbers) <= set(found.unusual)
    assert found.drifted


def test_values_that_no_training_row_has_are_seen_however_near_they_are(
    tmp_path: Path, like_training: pd.DataFrame, model: Bundle, watched: Watched, params: Params
) -> None:
    name = next(feature.name for feature in FEATURES if feature.kind == "number")
    values = like_training[name].astype(float)
    moved = like_training.assign(**{name: values + values.std() / 1e6})
    all_known = replace(watched, unseen=dict.fromkeys(watched.unseen, 0.0))
    found = seen(tmp_path, moved, model, all_known, params)
    assert found.drift
    assert found.drift.columns[name] < params.monitoring.drift.least
    assert found.unusual[name] == pytest.approx(1 / params.monitoring.drift.unseen)
    assert found.drifted


def test_each_week_of_the_training_is_compared_with_the_others(watched: Watched) -> None:
    for stretch in watched.stretches:
        own = drift.unseen(stretch, watched.trained_on.drop(stretch.index))
        assert all(share <= watched.unseen[name] for name, share in own.items())


def test_values_of_its_own_are_usual_for_a_week_if_each_week_had_some(
    watched: Watched, params: Params
) -> None:
    name = next(feature.name for feature in FEATURES if feature.kind == "number")
    rows = watched.trained_on.assign(**{name: np.arange(len(watched.trained_on)) + 0.5})
    half = rows.iloc[::2]
    own = drift.unseen(half, rows.drop(half.index))
    assert own[name] == 1
    found = Drift(columns={}, prediction=0.0, missing=dict.fromkeys(own, 0.0), unseen=own)
    limits = params.monitoring.drift
    assert name in replace(watched, unseen=dict.fromkeys(own, 0.0)).unusual(found, 600, limits)
    assert name not in replace(watched, unseen=own).unusual(found, 600, limits)


def test_numbers_that_no_longer_go_together_are_far(watched: Watched) -> None:
    names = [feature.name for feature in FEATURES if feature.kind == "number"][:2]
    if len(names) < 2:
        pytest.skip("needs two numbers")
    generator = np.random.default_rng(5)
    first = generator.normal(size=len(watched.trained_on))
    second = 2 * first + generator.normal(scale=0.1, size=len(first))
    rows = watched.trained_on.assign(**{names[0]: first, names[1]: second})
    learned = relations.learn(rows)
    assert learned
    apart = rows.assign(**{names[1]: generator.permutation(second)})
    missing = rows.assign(**{names[1]: np.nan})
    usual = learned.distances(rows).median()
    assert learned.distances(apart).median() > 2 * usual
    assert learned.distances(missing).notna().all()


def test_predictions_that_are_no_better_than_chance_are_seen(
    tmp_path: Path, like_training: pd.DataFrame, model: Bundle, watched: Watched, params: Params
) -> None:
    name = target_name()
    shuffled = like_training[name].sample(frac=1, random_state=1).to_numpy()
    # Whatever the main metric loses.
    rules = params.monitoring.model_copy(update={"quality_tolerance": 1e9})
    tolerant = params.model_copy(update={"monitoring": rules})
    found = seen(tmp_path, like_training.assign(**{name: shuffled}), model, watched, tolerant)
    assert found.worse and "order" in found.worse


def test_labels_that_are_all_off_in_the_same_way_are_seen(
    tmp_path: Path, like_training: pd.DataFrame, model: Bundle, watched: Watched, params: Params
) -> None:
    predicted = model.predict(encode(like_training))
    if pd.api.types.is_bool_dtype(like_training[name := target_name()]):
        # In the right order, but all that may be true is.
        actual = predicted > np.quantile(predicted, 0.05)
    else:
        actual = predicted + np.abs(like_training[name]) + 1
    found = seen(tmp_path, like_training.assign(**{name: actual}), model, watched, params)
    assert found.worse


def test_there_is_no_verdict_without_enough_rows_or_labels_or_about_another_model(
    tmp_path: Path, like_training: pd.DataFrame, model: Bundle, watched: Watched, params: Params
) -> None:
    few = seen(tmp_path / "few", like_training.head(20), model, watched, params)
    assert (few.drift, few.drifted, few.worse) == (None, None, None)
    other = replace(watched, manifest=watched.manifest.model_copy(update={"version": "other"}))
    found = seen(tmp_path / "other", like_training, model, other, params)
    assert (found.drift, found.drifted, found.worse) == (None, None, None)
    assert found.quality


def test_quality_counts_once_the_labels_have_had_their_time(
    tmp_path: Path, like_training: pd.DataFrame, model: Bundle, watched: Watched, params: Params
) -> None:
    first = seen(tmp_path, like_training, model, watched, params)
    early = look_at(tmp_path, first.window, watched, params, START + WEEK)
    assert early.quality
    assert early.worse is None


@pytest.fixture
def plain(
    tmp_path: Path, watched: Watched, params: Params, monkeypatch: pytest.MonkeyPatch
) -> Observation:
    """A window of which nothing is known, in a folder without a ledger."""
    monkeypatch.chdir(tmp_path)
    window = Window(START, START + WEEK)
    return look_at(tmp_path / "nowhere", window, watched, params, NOW)


@pytest.fixture
def settings(params: Params) -> Monitoring:
    drift = params.monitoring.drift.model_copy(update={"columns": 2, "far": 2.0})
    return params.monitoring.model_copy(update={"retraining": RULES, "drift": drift})


def weeks(plain: Observation, verdicts: Sequence[str | None]) -> list[Observation]:
    return [
        replace(
            plain,
            window=Window(START + n * WEEK, START + (n + 1) * WEEK),
            drifted=verdict,
            unusual={"far": 3.0} if verdict else {},
        )
        for n, verdict in enumerate(verdicts)
    ]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["bad"], "keep"),
        (["bad", "bad"], "retrain"),
        (["bad", ""], "keep"),
        (["", "bad"], "keep"),
        (["bad", None, "bad"], "retrain"),
        (["bad", "bad", None], "retrain"),
        ([None, None], "keep"),
    ],
)
def test_only_what_lasts_is_a_reason(
    plain: Observation, settings: Monitoring, verdicts: Sequence[str | None], expected: str
) -> None:
    decided = decide(weeks(plain, verdicts), "v1", settings)
    assert decided
    assert decided.decision == expected
    assert bool(decided.reasons) == (expected == "retrain")


def test_while_another_model_answers_it_is_not_said_that_nothing_is_wrong(
    plain: Observation, settings: Monitoring
) -> None:
    refused = [replace(week, version="v1") for week in weeks(plain, [None, None])]
    decided = decide(refused, "v2", settings)
    assert decided
    assert decided.note == "v1 has answered, not v2: is the champion not deployed?"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"a": 1.1, "b": 1.1}, {"a": 1.1, "b": 1.1}, "retrain"),
        ({"a": 1.1, "b": 1.1}, {"b": 1.1, "c": 1.1}, "keep"),
        ({"a": 3.0}, {"a": 2.5}, "retrain"),
        ({"a": 3.0}, {"a": 1.5, "b": 3.0}, "keep"),
        ({"prediction": 1.1}, {"prediction": 1.1}, "keep"),
        ({"prediction": 1.1, "a": 1.1}, {"prediction": 1.1, "a": 1.1}, "retrain"),
        ({"prediction": 2.0}, {"prediction": 2.0}, "retrain"),
        ({"prediction": 3.0}, {"a": 3.0}, "keep"),
        ({"a": 1.1, "numbers together": 1.1}, {"a": 1.1, "numbers together": 1.1}, "keep"),
        ({"numbers together": 2.0}, {"numbers together": 2.0}, "retrain"),
    ],
)
def test_what_lasts_is_drift_of_the_same_columns(
    plain: Observation,
    settings: Monitoring,
    first: dict[str, float],
    second: dict[str, float],
    expected: str,
) -> None:
    both = [
        replace(one, unusual=unusual)
        for one, unusual in zip(weeks(plain, ["bad", "bad"]), (first, second), strict=True)
    ]
    decided = decide(both, "v1", settings)
    assert decided and decided.decision == expected


def test_lost_quality_is_a_reason_of_its_own(plain: Observation, settings: Monitoring) -> None:
    both = [replace(one, worse="worse") for one in weeks(plain, ["", ""])]
    decided = decide(both, "v1", settings)
    assert decided and decided.reasons == ("worse",)


def test_labels_that_come_late_are_decided_on_once_more(
    plain: Observation, settings: Monitoring
) -> None:
    early = weeks(plain, ["", ""])
    late = [replace(one, worse="worse") for one in early]
    assert [decide(seen, "v1", settings) is None for seen in (early, early)] == [False, True]
    assert [decide(seen, "v1", settings) is None for seen in (late, late)] == [False, True]
    assert [entry.decision for entry in read()] == ["keep", "retrain"]


def test_a_window_is_decided_on_once(plain: Observation, settings: Monitoring) -> None:
    assert decide(weeks(plain, ["bad", "bad"]), "v1", settings)
    assert decide(weeks(plain, ["bad", "bad"]), "v1", settings) is None
    assert len(read()) == 1


def test_a_retraining_is_wanted_until_something_has_come_of_it(
    plain: Observation, settings: Monitoring
) -> None:
    assert wanted(read(), "v1") is None
    decided = decide(weeks(plain, ["bad", "bad"]), "v1", settings)
    assert decided and wanted(read(), "v1") == decided
    decide(weeks(plain, ["bad", "bad", ""]), "v1", settings)
    assert wanted(read(), "v1") == decided
    note_outcome(decided, "trained here, and promoted")
    assert wanted(read(), "v1") is None
    assert [entry.decision for entry in read()] == ["retrain", "keep", "trained"]


def test_a_retraining_is_not_wanted_once_somebody_has_promoted_another_model(
    plain: Observation, watched: Watched, settings: Monitoring
) -> None:
    newer = replace(watched, manifest=watched.manifest.model_copy(update={"version": "newer"}))
    assert decide(weeks(plain, ["bad", "bad"]), watched.manifest.version, settings)
    for model, expected in ((watched, 1), (newer, 0)):
        gauges = Gauges()
        gauges.update(Look(model, (plain,), None), read())
        assert gauges.registry.get_sample_value("monitor_retraining_wanted") == expected
    assert act("here", "newer") == ""


def test_a_retraining_takes_rows_whose_labels_have_had_their_time(
    plain: Observation, settings: Monitoring
) -> None:
    both = weeks(plain, ["bad", "bad"])
    days = [one.window.end.date() - timedelta(days=1) for one in both]
    seen = [
        replace(one, newest=day, is_due=is_due)
        for one, day, is_due in zip(both, days, (True, False), strict=True)
    ]
    decided = decide(seen, "v1", settings)
    assert decided and decided.until == days[0]


def test_a_training_that_fails_is_tried_again_after_longer_and_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0]
    attempts = []

    def fails(*_: str) -> str:
        attempts.append(clock[-1])
        raise RetrainingError("no memory")

    monkeypatch.setattr(retraining, "act", fails)
    monkeypatch.setattr(time, "monotonic", lambda: clock[-1])
    trainer = Trainer(MonitorSettings(retrain="here", monitor_interval_seconds=300))
    for look in range(0, 4 * 86_400, 300):
        clock.append(look)
        with suppress(RetrainingError):
            assert trainer.act("v1") == ""
    pauses = np.diff(attempts)
    assert pauses[:4].tolist() == [300, 600, 1200, 2400]
    assert pauses[-1] == 86_400


def test_what_was_said_of_a_model_that_serves_no_more_is_not_told(
    tmp_path: Path, like_training: pd.DataFrame, model: Bundle, watched: Watched, params: Params
) -> None:
    found = seen(tmp_path, like_training, model, watched, params)
    next_one = replace(watched, manifest=watched.manifest.model_copy(update={"version": "next"}))
    gauges = Gauges()
    told = []
    for served in (watched, next_one):
        observation = look_at(tmp_path, found.window, served, params, NOW)
        gauges.update(Look(served, (observation,), None), [])
        families = {family.name: family.samples for family in gauges.registry.collect()}
        told.append([bool(families[f"monitor_{name}"]) for name in ("drift", "quality")])
    assert told == [[True, True], [False, False]]


def test_the_next_retraining_waits(plain: Observation, settings: Monitoring) -> None:
    assert decide(weeks(plain, ["bad"] * 2), "v1", settings)
    second = decide(weeks(plain, ["bad"] * 3), "v1", settings)
    assert second and second.decision == "keep"
    assert "last retraining" in second.note
    assert second.reasons
    third = decide(weeks(plain, ["bad"] * 4), "v1", settings)
    assert third and third.decision == "retrain"

"""Weeks without drift, and with it, judged by the functions of the monitor.

Runs in a project that is called `watch`. Each run trains a model of its own, in a world of its own.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import chdir
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.logged import write_log
from watch import bundle, paths
from watch.bundle import Bundle
from watch.encoding import FEATURES, encode
from watch.evaluation import MAIN_METRIC
from watch.monitoring.decision import Decision, decide
from watch.monitoring.drift import PREDICTION
from watch.monitoring.monitor import Monitor
from watch.monitoring.observation import Observation, observe
from watch.monitoring.records import Records
from watch.monitoring.watched import Watched, watch
from watch.monitoring.window import Window
from watch.params import Monitoring, Params, read_params
from watch.pipeline.evaluate import evaluate
from watch.pipeline.seal import seal
from watch.pipeline.split import split
from watch.pipeline.train import target_values, train
from watch.pipeline.validate import validate
from watch.schema import TIME
from watch.serving.settings import Settings

from .world import SHIFTS, divide, draw_week, history, labelled, read_days, variation

QUIET = 50  # weeks of a run
ENOUGH = 2  # retrainings in them, at most; and windows until a shift is found
WEEK = timedelta(weeks=1)
START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
LABEL_DELAY = timedelta(hours=5)


@dataclass(frozen=True)
class Run:
    """What came of a model and its weeks.

    Attributes:
        retrainings: the reasons of each, in the weeks without drift.
        found: for each shift, the looks at which it was found, as `found_at` returns them.
        spread: standard deviations between weeks without drift: of the main metric, and of what it is
            above or below the expected one.
    """

    retrainings: list[tuple[str, ...]]
    found: dict[str, list[int]]
    spread: tuple[float, float]


def main() -> None:
    runs, trials = map(int, sys.argv[1:])
    days = read_days()
    print("\n| Weekly mean of | from week to week | simulated |\n| --- | ---: | ---: |")
    for column, real, drawn in variation(days):
        print(f"| {column} | {real:.3g} | {drawn:.3g} |")
    report([run(days, read_params(), number, trials) for number in range(runs)])


def run(days: dict[int, pd.DataFrame], params: Params, number: int, trials: int) -> Run:
    """Train a model in a world of its own, and watch it."""
    generator = np.random.default_rng(number)
    world = divide(generator)
    watching = Watching(*make(history(days, world), params), params.monitoring)
    weeks = [draw_week(days, world, generator) for _ in range(QUIET)]
    quiet = [watching.see(flights, week) for week, flights in enumerate(weeks)]
    found: dict[str, list[int]] = {name: [] for name in SHIFTS}
    for name, shift in SHIFTS.items():
        for _ in range(trials):
            drawn = [draw_week(days, world, generator) for _ in range(ENOUGH)]
            shifted = [
                watching.see(shift(flights, generator), week) for week, flights in enumerate(drawn)
            ]
            found[name].append(found_at(watching.decisions(shifted)))
    if number == 0:
        watching.agree(weeks[: params.monitoring.windows], quiet[: params.monitoring.windows])
    quality = [one.quality for one in quiet if one.quality]
    result = Run(
        retrainings=[
            one.reasons for _, one in watching.decisions(quiet) if one.decision == "retrain"
        ],
        found=found,
        spread=(
            float(np.std([one.value for one in quality])),
            float(np.std([one.value - one.expected for one in quality])),
        ),
    )
    print(f"run {number}: {result.retrainings}", file=sys.stderr, flush=True)
    return result


def make(rows: pd.DataFrame, params: Params) -> tuple[Bundle, Watched]:
    """Train a model as the pipeline does, on rows with `arrival_delay`."""
    paths.RAW.parent.mkdir(parents=True, exist_ok=True)
    labelled(rows).to_parquet(paths.RAW, index=False)
    for stage in (validate, split, train, evaluate, seal):
        stage(params)
    length = timedelta(days=params.monitoring.drift.training_days)
    return bundle.load(paths.CANDIDATE), watch(paths.CANDIDATE, length)


@dataclass(frozen=True)
class Watching:
    """A model that is watched, and the rules it is watched by."""

    model: Bundle
    watched: Watched
    settings: Monitoring

    def see(self, flights: pd.DataFrame, week: int) -> Observation:
        """Observe a week when its labels are due, as if it were read from a log."""
        rows = labelled(flights)
        predicted = self.model.predict(encode(rows))
        features = rows[[feature.name for feature in FEATURES]]
        window = Window(START + week * WEEK, START + (week + 1) * WEEK)
        records = Records(
            window=window,
            count=len(rows),
            newest=rows[TIME].max().date(),
            versions={self.model.manifest.version: len(rows)},
            sample=features.assign(**{PREDICTION: predicted}).head(self.settings.sample_rows),
            target=target_values(rows),
            predicted=predicted,
            delays=np.full(len(rows), LABEL_DELAY / timedelta(hours=1)),
            duplicates=0,
            unreadable=0,
        )
        due = window.end + timedelta(hours=self.settings.label_wait_hours)
        return observe(records, self.watched, self.settings, due)

    def decisions(self, windows: Sequence[Observation]) -> Iterator[tuple[int, Decision]]:
        """Decide on windows one after the other; yield each decision with the number of its look.

        There are two looks at each: when it is over, and when its labels are due.
        """
        version = self.model.manifest.version
        with tempfile.TemporaryDirectory() as folder, chdir(folder):  # for a ledger of its own
            for number, due in enumerate(windows):
                seen = windows[max(0, number + 1 - self.settings.windows) : number]
                for newest in (replace(due, is_due=False, worse=None), due):
                    decided = decide([*seen, newest], version, self.settings)
                    if decided:
                        yield 2 * number + newest.is_due, decided

    def agree(self, weeks: Sequence[pd.DataFrame], seen: Sequence[Observation]) -> None:
        """Raise AssertionError if a real log of weeks says anything else than what was seen of them."""
        candidate = paths.CANDIDATE.absolute()
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            for flights, one in zip(weeks, seen, strict=True):
                rows, window = labelled(flights), one.window
                write_log(Path("log"), rows, self.model, window.start, window.end, LABEL_DELAY)
            log = Settings(prediction_log_url="log", model_dir=candidate)
            due = seen[-1].window.end + timedelta(hours=self.settings.label_wait_hours)
            look = Monitor(log, self.settings).look(due)
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            decided = decide(seen, self.model.manifest.version, self.settings)
        assert look.decision and decided
        assert look.decision.decision == decided.decision
        for real, one in zip(look.observations, seen, strict=True):
            assert real.drift and one.drift and real.quality and one.quality
            assert real.drift.columns == pytest.approx(one.drift.columns)
            assert real.quality.metrics == pytest.approx(one.quality.metrics)
            assert (real.drifted, bool(real.worse)) == (one.drifted, bool(one.worse))


def found_at(decisions: Iterator[tuple[int, Decision]]) -> int:
    """Return the first look after which the model is to be trained again; one after all if none is."""
    return next((look for look, one in decisions if one.decision == "retrain"), 2 * ENOUGH)


def report(runs: Sequence[Run]) -> None:
    counts = [len(run.retrainings) for run in runs]
    few = np.mean([count <= ENOUGH for count in counts])
    reasons = Counter(
        reason.partition(" ")[0] for run in runs for each in run.retrainings for reason in each
    )
    print(
        f"\nRetrainings in {QUIET} weeks without drift, {len(runs)} runs: median "
        f"{np.median(counts):.0f}, mean {np.mean(counts):.2f}, most {max(counts)}; at most {ENOUGH} "
        f"in {few:.0%} of the runs. Reasons: {dict(reasons)}"
    )
    metric, excess = np.mean([run.spread for run in runs], axis=0)
    print(
        f"From week to week, {MAIN_METRIC} varies by {metric:.3g}; around what is expected, by {excess:.3g}.\n"
    )
    trials = sum(len(found) for found in runs[0].found.values()) // len(SHIFTS) * len(runs)
    print(f"| {trials} trials | Found when window {ENOUGH} is over | when its labels are due |")
    print("| --- | ---: | ---: |")
    over, due = 2 * ENOUGH - 2, 2 * ENOUGH - 1
    for name in SHIFTS:
        looks = np.array([look for run in runs for look in run.found[name]])
        print(f"| {name} | {np.mean(looks <= over):.0%} | {np.mean(looks <= due):.0%} |")


if __name__ == "__main__":
    main()

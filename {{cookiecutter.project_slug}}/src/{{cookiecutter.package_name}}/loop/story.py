"""The chapters: train, serve, drift, train again, take over, recover, and go back."""

import sys
import time
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import numpy as np

from .. import bundle, paths
from ..client import ClientError, fetch
from ..evaluation import MAIN_METRIC
from ..monitoring.window import EPOCH
from ..params import Loop, Params
from ..ports import free_port
from . import alerting
from .narrator import Narrator
from .page import main_metric_by_week, write_page
from .traffic import Traffic
from .workplace import LoopError, Workplace, keep_champion, prepare

PACKAGE = __package__.partition(".")[0]
YEAR = 52  # weeks
RECOVERED = 3  # weeks of the new model that are waited for
GRACE = 2.0  # seconds: longer than the service keeps records back
READY = 180.0  # seconds that the service may take to start


def tell_story(params: Params) -> Path:
    """Tell the story in a copy of the project, and return the page about it.

    Raises LoopError where it does not come to its end; there is a page of what was seen all the
    same, if anything was.
    """
    click.echo("On a copy of this project, with a registry of its own:")
    narrator = Narrator(prepare())
    _train_first(narrator, params.loop)
    page = narrator.workplace.folder / "index.html"
    try:
        _live(narrator, params.loop)
    finally:
        if narrator.traffic and narrator.seen:
            write_page(page, narrator, narrator.traffic, params.monitoring.drift.least)
    return page


def _train_first(narrator: Narrator, plan: Loop) -> None:
    work = narrator.workplace
    hours = plan.week_seconds / 3600
    work.run(
        PACKAGE,
        "configure",
        f"collect.end={plan.end}",
        f"split.test_days={plan.test_days}",
        f"split.validation_days={plan.validation_days}",
        # A week of the rows takes seconds of the clock; nothing else is another rule.
        f"monitoring.window_hours={hours}",
        f"monitoring.grace_minutes={GRACE / 60}",
        f"monitoring.label_wait_hours={hours}",
        # One training is enough for the story: the rows go on changing with the seasons.
        f"monitoring.retraining.cooldown_hours={YEAR * hours}",
    )
    narrator.say(f"training on the rows up to {plan.end}")
    work.run("dvc", "repro", "--quiet")
    work.run(PACKAGE, "promote")
    manifest = bundle.load(work.folder / paths.CHAMPION).manifest
    narrator.follow()
    value = manifest.metrics["model"][MAIN_METRIC]
    narrator.say(f"{MAIN_METRIC} is {value:.3f} on the {plan.test_days} newest days")
    keep_champion(work, "first")


def _live(narrator: Narrator, plan: Loop) -> None:
    work = narrator.workplace
    service, monitor = free_port(), free_port()
    with ExitStack() as servers:
        servers.enter_context(_service(work, service))
        url = f"http://127.0.0.1:{service}"
        _wait_until_ready(work, url)
        narrator.say(f"the service answers on {url}")
        watching = alerting.watching(work, service, monitor, narrator.say)
        narrator.alerts = servers.enter_context(watching)
        by_alert = narrator.alerts is not None
        length = timedelta(seconds=plan.week_seconds)
        start = EPOCH + ((datetime.now(UTC) - EPOCH) // length + 1) * length
        narrator.traffic = Traffic(url, plan.end + timedelta(days=1), start, length)
        servers.callback(narrator.traffic.stop)
        narrator.traffic.start()
        servers.enter_context(_monitor(work, monitor, plan, by_alert))
        _chapters(narrator, narrator.traffic)
    failures = narrator.traffic.failures
    if failures:
        raise LoopError(f"{len(failures)} requests have failed, such as {failures[0]}")
    asked = sum(sum(week.versions.values()) for week in narrator.traffic.weeks)
    narrator.say(f"{asked:,} rows were asked about, and not one request has failed")


def _chapters(narrator: Narrator, traffic: Traffic) -> None:
    narrator.wait(lambda: traffic.version != "", "The first answer")
    first = traffic.version
    narrator.say(f"{traffic.weeks[0]} is asked about, week by week; labels come a week later")
    narrator.wait(
        lambda: any(d.decision == "trained" for d in narrator.decisions()), "A retraining"
    )
    if len(narrator.promotions()) < 2 or narrator.promotions()[-1].decision != "promoted":
        raise LoopError("The gate has not let the new model pass: the first one stays.")
    keep_champion(narrator.workplace, "second")
    second = narrator.promotions()[-1].target.version
    narrator.wait(lambda: traffic.version == second, "The service taking the new model over")
    narrator.say(f"the service has taken {second} over, while it answered")
    narrator.wait(lambda: len(narrator.judged(second)) >= RECOVERED, "Labels for the new model")
    narrator.say(_compared(narrator, second))
    narrator.workplace.run(PACKAGE, "rollback", "--reason", "to show the way back")
    narrator.wait(lambda: traffic.version == first, "The service taking the old model over")
    narrator.say(f"rolled back: {first} answers again")


def _compared(narrator: Narrator, second: str) -> str:
    """Say what both models make of the weeks that the second one has answered."""
    weeks = narrator.judged(second)
    values = [
        np.mean(main_metric_by_week(narrator.workplace.folder / "models" / name, weeks))
        for name in ("first", "second")
    ]
    return (
        f"on these {len(weeks)} weeks, {MAIN_METRIC} is {values[1]:.3f}; "
        f"the first model would have had {values[0]:.3f}"
    )


def _service(work: Workplace, port: int) -> AbstractContextManager[None]:
    return work.running(
        "service",
        *(sys.executable, "-m", PACKAGE, "serve"),
        PORT=str(port),
        MODEL_RELOAD_SECONDS="1",
        PREDICTION_LOG_FLUSH_SECONDS=str(GRACE / 4),
    )


def _monitor(
    work: Workplace, port: int, plan: Loop, by_alert: bool
) -> AbstractContextManager[None]:
    return work.running(
        "monitor",
        *(sys.executable, "-m", PACKAGE, "monitor", "--serve"),
        MONITOR_PORT=str(port),
        MONITOR_INTERVAL_SECONDS=str(plan.week_seconds / 4),
        RETRAIN="here",
        RETRAIN_ON_ALERT=str(by_alert).lower(),
    )


def _wait_until_ready(work: Workplace, url: str) -> None:
    deadline = time.monotonic() + READY
    while True:
        work.check_servers()
        try:
            fetch(f"{url}/health/ready", {})
            return
        except ClientError as error:
            if time.monotonic() > deadline:
                raise LoopError(f"The service does not start: {error}") from error
            time.sleep(0.2)

"""What the monitor has seen reaches its log group, and alarms and dashboard ask for what there is."""

import json
import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from {{ cookiecutter.package_name }} import bundle, cli, paths
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError
from {{ cookiecutter.package_name }}.emf import NAMESPACE
from {{ cookiecutter.package_name }}.encoding import FEATURES
from {{ cookiecutter.package_name }}.monitoring.monitor import Look, Monitor
from {{ cookiecutter.package_name }}.monitoring.publishing import Publisher
from {{ cookiecutter.package_name }}.monitoring.server import MonitorServer
from {{ cookiecutter.package_name }}.monitoring.settings import MonitorSettings
from {{ cookiecutter.package_name }}.monitoring.window import closed_windows
from {{ cookiecutter.package_name }}.params import Params
from {{ cookiecutter.package_name }}.serving import publishing as serving
{% if cookiecutter.serving_framework == "flask" and cookiecutter.cloud_target != "aws-lambda" %}
from {{ cookiecutter.package_name }}.serving.gunicorn_config import threads
{% endif %}
from {{ cookiecutter.package_name }}.serving.metrics import Metrics
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .account import client, empty_account
from .conftest import ROOT
from .embedded import Known, check, known, noted
from .logged import write_log

SERVICE = ROOT / "infra" / "service"
GROUP = "/flight-delay/production/monitor"
ENVIRONMENT = frozenset({"environment"})


@pytest.fixture(scope="module")
def log(project: Path, params: Params, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prediction log with a window of rows that have drifted, and all of their labels."""
    folder = tmp_path_factory.mktemp("log")
    length = timedelta(hours=params.monitoring.window_hours)
    *_, window, _ = closed_windows(datetime.now(UTC), length, timedelta(), 3)
    rows = pd.read_parquet(paths.TRAIN).sample(600, replace=True, random_state=5)
    numbers = [f.name for f in FEATURES if f.kind == "number" and f.optional]
    rows[numbers] = rows[numbers] * 3
    model = bundle.load(paths.CANDIDATE)
    write_log(folder, rows, model, window.start, window.end, delay=timedelta(hours=5))
    return folder


@pytest.fixture(scope="module")
def look(project: Path, params: Params, log: Path) -> Look:
    settings = Settings(model_dir=paths.CANDIDATE, prediction_log_url=str(log))
    return Monitor(settings, params.monitoring).look()


@pytest.fixture(autouse=True)
def account(tmp_path: Path) -> Iterator[None]:
    """An account with the monitor's log group."""
    with empty_account(tmp_path):
        client("logs").create_log_group(logGroupName=GROUP)
        yield


def settings(**others: Any) -> MonitorSettings:
    return MonitorSettings(
        **({"environment": "production", "monitor_log_group": GROUP, "retrain": "nowhere"} | others)
    )


def received() -> list[dict[str, Any]]:
    """Return the lines that the log group has got, each of them checked."""
    logs = client("logs")
    streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    events = [
        event
        for stream in streams
        for event in logs.get_log_events(
            logGroupName=GROUP, logStreamName=stream["logStreamName"], startFromHead=True
        )["events"]
    ]
    return [check(json.loads(event["message"])) for event in events]


def of(name: str, lines: list[dict[str, Any]], dimension: str) -> dict[str, float]:
    """Return a metric by one of its dimensions."""
    return {line[dimension]: line[name] for line in lines if dimension in line and name in line}


def test_what_was_seen_reaches_the_log_group(look: Look) -> None:
    Publisher(settings()).publish(look)
    lines = received()
    assert {line["environment"] for line in lines} == {"production"}
    (seen,) = (one for one in look.observations if one.drift)
    assert seen.drift
    assert of("monitor_drift", lines, "column") == seen.drift.columns | {
        "prediction": seen.drift.prediction
    }
    assert of("monitor_verdict", lines, "of")["drift"] == 1
    expected = look.watched.manifest.metrics["model"]
    assert of("monitor_quality_expected", lines, "metric") == expected
    assert of("monitor_quality", lines, "metric").keys() == expected.keys()
    (whole,) = (line for line in lines if "monitor_data_age_days" in line)
    assert whole["monitor_label_coverage_due"] == 1
    assert whole["monitor_drifted_columns"] == len(seen.unusual)
    assert whole["monitor_last_look_seconds"] == pytest.approx(
        datetime.now(UTC).timestamp(), abs=600
    )


def test_looks_of_one_monitor_share_a_stream_and_those_of_others_have_their_own(look: Look) -> None:
    first, second = Publisher(settings()), Publisher(settings())
    for publisher in (first, first, second):
        publisher.publish(look)
    assert len(client("logs").describe_log_streams(logGroupName=GROUP)["logStreams"]) == 2
    assert len([line for line in received() if "monitor_last_look_seconds" in line]) == 3


def test_without_a_log_group_nothing_is_sent(look: Look) -> None:
    Publisher(settings(monitor_log_group="")).publish(look)
    assert received() == []


def test_a_log_group_that_is_not_there_is_named(look: Look) -> None:
    with pytest.raises(DeploymentError, match="/no/group"):
        Publisher(settings(monitor_log_group="/no/group")).publish(look)


@pytest.fixture
def here(look: Look, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command line finds: the model and the log, and no decision yet."""
    monkeypatch.setenv("MODEL_DIR", str(paths.CANDIDATE.resolve()))
    monkeypatch.setenv("PREDICTION_LOG_URL", str(log))
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("MONITOR_LOG_GROUP", GROUP)


def test_one_look_from_the_command_line_is_published(here: None) -> None:
    result = CliRunner().invoke(cli.app, ["monitor"])
    assert result.exit_code == 0, result.output
    assert of("monitor_verdict", received(), "of")["drift"] == 1


def test_what_was_seen_is_published_even_if_the_training_cannot_be_started(
    here: None, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: str) -> str:
        raise DeploymentError("no CI")

    monkeypatch.setattr(Monitor, "look", lambda _: look)
    monkeypatch.setattr("{{ cookiecutter.package_name }}.monitoring.retraining.act", fails)
    result = CliRunner().invoke(cli.app, ["monitor"])
    assert (result.exit_code, "no CI" in result.output) == (1, True)
    assert any("monitor_retraining_wanted" in line for line in received())


class Looks:
    """Takes the monitor's place: its second look fails, and its third comes with a signal to end."""

    def __init__(self, found: Look) -> None:
        self._found = found
        self._count = 0

    def look(self) -> Look:
        self._count += 1
        if self._count == 2:
            raise OSError("no network")
        if self._count == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return self._found


def test_a_monitor_that_goes_on_publishes_each_look_until_it_is_told_to_end(look: Look) -> None:
    endings = {ending: signal.getsignal(ending) for ending in (signal.SIGINT, signal.SIGTERM)}
    looks: Any = Looks(look)
    try:
        MonitorServer(looks, settings(monitor_interval_seconds=0.01)).run()
    finally:
        for ending, handler in endings.items():
            signal.signal(ending, handler)
    assert len([line for line in received() if "monitor_last_look_seconds" in line]) == 2


@pytest.fixture
def published(look: Look) -> Known:
    """All metrics that the service and the monitor publish, with their dimensions."""
    metrics = Metrics()
    metrics.request_done("/predict", 200, 0.01)
    metrics.batch_done(np.array([0.5]), unseen=0)
    with noted(serving.logger) as lines:
        own = Settings(environment="production", metrics_seconds=0)
        serving.Publisher(own, metrics.registry).answered()
    Publisher(settings()).publish(look)
    return known(lines + received())


def asked_by_alarms() -> Known:
    """Return the metrics that the alarms in infra/service go by."""
    found = set()
    watching = (SERVICE / "watching.tf").read_text(encoding="utf-8")
    for alarm in re.findall(r"^    [a-z-]+ = \{\n.*?^    \}", watching, re.MULTILINE | re.DOTALL):
        (name,) = re.findall(r'metric += "(\w+)"', alarm)
        others = re.findall(r"dimensions += \{ (\w+) =", alarm)
        found.add((name, ENVIRONMENT | set(others)))
    budget = (SERVICE / "error_budget.tf").read_text(encoding="utf-8")
    (shares,) = re.findall(r'toset\(\["(\w+)", "(\w+)"\]\)', budget)
    return frozenset(found | {(name, ENVIRONMENT) for name in shares})


def drawn() -> list[dict[str, Any]]:
    """Return what the panels of the dashboard are."""
    text = Template((SERVICE / "dashboard.json").read_text(encoding="utf-8")).substitute(
        namespace="flight-delay", environment="production", region="eu-north-1"
    )
    return [
        widget["properties"] for widget in json.loads(text)["widgets"] if widget["type"] == "metric"
    ]


def asked_by_the_dashboard() -> Known:
    """Return the metrics that the dashboard shows."""
    found = set()
    for panel in drawn():
        for metric in panel["metrics"]:
            if isinstance(metric[0], dict):
                found.add(_searched(metric[0]["expression"]))
            else:
                namespace, name, *pairs = metric[:-1]
                assert (namespace, pairs) == (
                    "flight-delay",
                    ["environment", "production"],
                )
                found.add((name, ENVIRONMENT))
    return frozenset(found)


def _searched(expression: str) -> tuple[str, frozenset[str]]:
    """Return the metric that an expression searches for."""
    found = re.fullmatch(
        r"""SEARCH\('\{"([\w-]+)",([\w,]+)\} MetricName="(\w+)" environment="production"', .*\)""",
        expression,
    )
    assert found, expression
    namespace, dimensions, name = found.groups()
    assert namespace == "flight-delay"
    return name, frozenset(dimensions.split(","))


def test_each_alarm_is_about_what_is_published(published: Known) -> None:
    asked = asked_by_alarms()
    assert len(asked) >= 9
    assert asked - published == set()


{% if cookiecutter.cloud_target != "aws-lambda" %}
def test_more_requests_can_wait_than_raise_an_alarm() -> None:
    watching = (SERVICE / "watching.tf").read_text(encoding="utf-8")
    (limit,) = re.findall(r"requests-wait = \{.*? above += (\d+)", watching, re.DOTALL)
    assert int(limit) < {{ "threads" if cookiecutter.serving_framework == "flask" else "Settings().queue_max_requests" }}


{% endif %}
def test_the_dashboard_shows_what_is_published(published: Known) -> None:
    asked = asked_by_the_dashboard()
    assert asked - published == set()
    assert asked_by_alarms() - asked <= {("monitor_last_look_seconds", ENVIRONMENT)}


def test_what_the_monitor_says_once_a_day_is_seen_all_day() -> None:
    for panel in drawn():
        metrics = json.dumps(panel["metrics"])
        if "monitor_" in metrics:
            assert (panel["start"], panel["period"]) == ("-P14D", 86400), panel["title"]
            assert metrics.count("SEARCH(") == metrics.count("'Maximum', 86400)"), panel["title"]
        else:
            assert "start" not in panel, panel["title"]
            assert panel["period"] <= 300, panel["title"]


def test_the_monitors_log_group_is_the_one_that_is_made() -> None:
    monitor = (SERVICE / "monitor.tf").read_text(encoding="utf-8")
    made = 'name              = "/${local.namespace}/${var.environment}/monitor"'
    assert made in monitor
    watching = (SERVICE / "watching.tf").read_text(encoding="utf-8")
    assert f'namespace = "{NAMESPACE}"' in watching

"""A real Prometheus and a real Alertmanager, with the service and the monitor of this project.

Whatever a panel or an alert asks for is there, and drifted traffic ends in a training. Only the CI,
which is asked to train, is a stand-in.
"""

import json
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pandas as pd
import pytest
import yaml

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.client import ClientError, ask
from {{ cookiecutter.package_name }}.encoding import FEATURES
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.loop.alerting import Prometheus, watching
from {{ cookiecutter.package_name }}.loop.workplace import Workplace
from {{ cookiecutter.package_name }}.monitoring import trigger
from {{ cookiecutter.package_name }}.monitoring.decision import Decision
from {{ cookiecutter.package_name }}.monitoring.window import EPOCH
from {{ cookiecutter.package_name }}.params import set_params
from {{ cookiecutter.package_name }}.ports import free_port
from {{ cookiecutter.package_name }}.registry import chain
from {{ cookiecutter.package_name }}.serving import logs

from .conftest import ROOT, copied
from .logged import write_log
from .server import serving

FOLDER = ROOT / "monitoring"
PATIENCE = 180.0  # seconds
HOUR = timedelta(hours=1)
MONITOR = (sys.executable, "-m", paths.__package__, "monitor", "--serve")
HOURLY = (
    "monitoring.window_hours=1",
    "monitoring.windows=4",
    "monitoring.grace_minutes=0",
    "monitoring.label_wait_hours=0.5",
)

pytestmark = pytest.mark.skipif(
    not shutil.which("prometheus")
    or not (shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")),
    reason="Prometheus and Alertmanager are not installed here",
)


@dataclass
class Ci:
    """Stands in for the CI: it takes whatever it is asked, and remembers it."""

    port: int = 0
    asked: list[str] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        """Return the variables by which the monitor finds it."""
        address = f"http://127.0.0.1:{self.port}"
        return dict.fromkeys(trigger.SETTINGS, "known") | {trigger.ADDRESS: address}


@dataclass(frozen=True)
class Observed:
    prometheus: Prometheus
    ci: Ci
    folder: Path

    def decisions(self) -> list[Decision]:
        return chain.read(self.folder / paths.MONITOR_LEDGER, Decision)


@pytest.fixture(scope="module")
def observed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    """All of it at work, after four hours of which the last two were unlike the training rows."""
    folder = copied(project, tmp_path_factory.mktemp("observed") / "project")
    shutil.copytree(FOLDER, folder / "monitoring")
    set_params(HOURLY, folder / paths.PARAMS)
    log = folder / "log"
    write_four_hours(log)
    work, monitor = Workplace(folder), free_port()
    with (
        serving(log, PREDICTION_LOG_FLUSH_SECONDS="0.2") as server,
        _ci() as ci,
        watching(work, server.port, monitor, print) as prometheus,
        work.running(
            "monitor",
            *MONITOR,
            MODEL_DIR=str(paths.CANDIDATE),
            MONITOR_INTERVAL_SECONDS="5",
            MONITOR_PORT=str(monitor),
            PREDICTION_LOG_URL=str(log),
            RETRAIN="ci",
            RETRAIN_ON_ALERT="true",
            **ci.settings(),
        ),
    ):
        assert prometheus
        stop = threading.Event()
        traffic = threading.Thread(target=_ask_until, args=(server.url, stop), daemon=True)
        traffic.start()
        yield Observed(prometheus, ci, folder)
        stop.set()
        traffic.join()


def write_four_hours(log: Path) -> None:
    """Write windows that are over: two like the training rows, two with sensors of another unit."""
    model = bundle.load(paths.CANDIDATE)
    rows = pd.read_parquet(paths.TRAIN).sample(2000, replace=True, random_state=3)
    numbers = [f.name for f in FEATURES if f.kind == "number" and f.optional][:4]
    this_hour = EPOCH + (datetime.now(UTC) - EPOCH) // HOUR * HOUR
    for number in range(4):
        part = rows.iloc[number * 500 : (number + 1) * 500]
        if number >= 2:
            part = part.assign(**{name: part[name] * 3 + 40 for name in numbers})
        start = this_hour - (4 - number) * HOUR
        write_log(log, part, model, start, start + HOUR, delay=timedelta(minutes=5))


def _ask_until(url: str, stop: threading.Event) -> None:
    while not stop.wait(0.1):
        ask(url, [example_instance()] * 2)


@contextmanager
def _ci() -> Iterator[Ci]:
    ci = Ci()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            ci.asked.append(unquote_plus(body))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ci.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield ci
    server.shutdown()
    server.server_close()


def eventually(look: Callable[[], Any], what: str) -> None:
    """Wait until a function returns something."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if look():
                return
        except ClientError:
            pass  # it is starting
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE:.0f} seconds"
        time.sleep(0.5)


def _panels() -> Iterator[tuple[str, str]]:
    for file in sorted(FOLDER.glob("grafana/dashboards/*.json")):
        for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]:
            for target in panel.get("targets", []):
                name = f"{file.stem}: {panel['title']}"
                yield name, target["expr"].replace("$__rate_interval", "1m")


def _rules(kind: str) -> Iterator[tuple[str, str]]:
    for name in ("recording.yml", "alerts.yml"):
        content = yaml.safe_load((FOLDER / "prometheus" / name).read_text(encoding="utf-8"))
        for group in content["groups"]:
            for rule in group["rules"]:
                if kind in rule:
                    yield rule[kind], rule["expr"]


def _judged(expression: str) -> str:
    """Return an alert's expression with its verdict as 0 or 1, instead of nothing for good news."""
    return re.sub(r"(==|>=|<=|>|<) ", r"\1 bool ", expression)


@pytest.mark.parametrize(("name", "expression"), list(_panels()))
def test_no_panel_is_empty(observed: Observed, name: str, expression: str) -> None:
    eventually(lambda: observed.prometheus.query(expression), name)


@pytest.mark.parametrize(("name", "expression"), list(_rules("record")))
def test_each_recording_rule_records(observed: Observed, name: str, expression: str) -> None:
    eventually(lambda: observed.prometheus.query(name), name)


@pytest.mark.parametrize(("name", "expression"), list(_rules("alert")))
def test_each_alert_has_something_to_judge(observed: Observed, name: str, expression: str) -> None:
    eventually(lambda: observed.prometheus.query(_judged(expression)), name)


def test_drifted_traffic_leads_to_a_training(observed: Observed) -> None:
    eventually(lambda: observed.ci.asked, "The CI is asked to train")
    newest = observed.decisions()[0]
    assert newest.decision == "retrain"
    assert f"collect.end={newest.until}" in observed.ci.asked[0]
    assert "drift of" in observed.ci.asked[0]
    eventually(lambda: len(observed.decisions()) == 2, "The ledger knows what came of it")
    assert observed.decisions()[1].note == "asked the CI to train"


def test_the_monitor_says_so_in_ecs(observed: Observed) -> None:
    log = observed.folder / "logs" / "monitor.log"
    said = '"message":"Retraining: asked the CI to train"'
    eventually(lambda: said in log.read_text(encoding="utf-8"), "The monitor says it")
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert {line["event"]["dataset"] for line in lines} == {logs.SYSTEM}


def test_it_is_asked_for_once(observed: Observed) -> None:
    eventually(lambda: observed.ci.asked, "The CI is asked to train")
    resolved = lambda: "RetrainingWanted" not in observed.prometheus.firing()  # noqa: E731
    eventually(resolved, "The alert is over")
    time.sleep(10)  # in which the monitor looks twice
    assert len(observed.ci.asked) == 1

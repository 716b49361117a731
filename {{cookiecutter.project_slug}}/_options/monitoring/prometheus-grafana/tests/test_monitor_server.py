"""What the monitor has seen can be asked for while it trains, and after a training that failed."""

import os
import signal
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import httpx2
import pytest

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.monitoring import retraining, server
from {{ cookiecutter.package_name }}.monitoring.monitor import Monitor
from {{ cookiecutter.package_name }}.monitoring.retraining import RetrainingError
from {{ cookiecutter.package_name }}.monitoring.settings import MonitorSettings
from {{ cookiecutter.package_name }}.params import Params
from {{ cookiecutter.package_name }}.ports import free_port
from {{ cookiecutter.package_name }}.serving.settings import Settings


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """What signals did before the monitor."""
    endings = {ending: signal.getsignal(ending) for ending in (signal.SIGINT, signal.SIGTERM)}
    yield
    for ending, handler in endings.items():
        signal.signal(ending, handler)


Run = Callable[[Callable[[str], None], int], None]


@pytest.fixture
def run(tmp_path: Path, params: Params, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What runs a monitor whose training is a function of its address, so many times."""
    settings = Settings(model_dir=paths.CANDIDATE.resolve(), prediction_log_url=str(tmp_path))
    monkeypatch.chdir(tmp_path)
    port = free_port()
    monitoring = MonitorSettings(retrain="here", monitor_port=port, monitor_interval_seconds=0.01)

    def run(train: Callable[[str], None], times: int) -> None:
        left = list(range(times))

        def act(*_: str) -> None:
            left.pop()
            try:
                train(f"http://127.0.0.1:{port}")
            finally:  # or it would go on for ever
                if not left:
                    os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr(retraining, "act", act)
        server.MonitorServer(Monitor(settings, params.monitoring), monitoring).run()

    return run


def test_what_was_seen_is_told_before_the_training_that_may_fail(run: Run) -> None:
    told = []

    def train(url: str) -> None:
        told.append(httpx2.get(f"{url}/metrics").text)
        raise RetrainingError("no memory")

    run(train, 2)
    assert len(told) == 2
    for metrics in told:
        assert "monitor_last_look_seconds 1." in metrics
        assert "monitor_predictions 0.0" in metrics
        assert "monitor_training 1.0" in metrics
    assert "monitor_failures_total 1.0" in told[1]


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/alerts", str(server.LARGEST_BODY + 1), 413),
        ("/alerts", "many", 411),
        ("/alerts", "-1", 411),
        ("/alerts", None, 411),
        ("/alerts", "0", 400),
        ("/other", "0", 404),
    ],
)
def test_what_is_no_message_is_refused_before_it_has_come(
    run: Run, path: str, length: str | None, status: int
) -> None:
    answers = []

    def ask(url: str) -> None:
        connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.putrequest("POST", path)
        if length is not None:
            connection.putheader("Content-Length", length)
        connection.endheaders()
        answers.append(connection.getresponse().status)

    run(ask, 1)
    assert answers == [status]

"""What the monitor has seen can be asked for while it trains, and after a training that failed."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.monitoring import server
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


def test_what_was_seen_is_told_before_the_training_that_may_fail(
    tmp_path: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(model_dir=paths.CANDIDATE.resolve(), prediction_log_url=str(tmp_path))
    monkeypatch.chdir(tmp_path)
    port = free_port()
    told = []

    def train(*_: str) -> str:
        told.append(httpx2.get(f"http://127.0.0.1:{port}/metrics").text)
        if len(told) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        raise RetrainingError("no memory")

    monkeypatch.setattr(server, "act", train)
    monitoring = MonitorSettings(retrain="here", monitor_port=port, monitor_interval_seconds=0.01)
    server.MonitorServer(Monitor(settings, params.monitoring), monitoring).run()
    for metrics in told:
        assert "monitor_last_look_seconds 1." in metrics
        assert "monitor_predictions 0.0" in metrics
        assert "monitor_training 1.0" in metrics
    assert "monitor_failures_total 1.0" in told[1]

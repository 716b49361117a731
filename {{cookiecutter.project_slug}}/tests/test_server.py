"""A real server on a real port: how it starts, changes its model, and ends."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from httpx2 import Client, Response, TransportError

from {{ cookiecutter.package_name }}.bundle.model_format import FILE
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.monitoring.records import read_window
from {{ cookiecutter.package_name }}.monitoring.tables import Tables
from {{ cookiecutter.package_name }}.monitoring.window import Window
from {{ cookiecutter.package_name }}.ports import free_port
from {{ cookiecutter.package_name }}.serving.listening import ServerError, take_port
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import log_lines, with_other
from .server import COMMAND, PATIENCE, serving

BODY = {"instances": [example_instance()]}


class Load:
    """Callers that ask again and again, each on a connection of its own that it keeps.

    A caller that is asked to close its connection opens another one if it is to return.
    """

    def __init__(self, url: str, callers: int = 8, returning: bool = True) -> None:
        self.statuses: Counter[int] = Counter()
        self.version: str | None = None  # of the latest answer
        self.lost: list[Exception] = []
        self.answered: list[tuple[float, str]] = []  # when, and the id of the prediction
        self._url = url
        self._returning = returning
        self._stopping = threading.Event()
        self._begun = threading.Barrier(callers + 1)
        self._threads = [threading.Thread(target=self._ask) for _ in range(callers)]

    def _ask(self) -> None:
        with Client(base_url=self._url, timeout=PATIENCE) as client:
            client.get("/health/live")  # which connects
            self._begun.wait(PATIENCE)
            while not self._stopping.is_set():
                try:
                    response = client.post("/predict", json=BODY)
                except TransportError as error:
                    self.lost.append(error)
                    return
                self._note(response)
                if response.headers.get("Connection") == "close" and not self._returning:
                    return

    def _note(self, response: Response) -> None:
        self.statuses[response.status_code] += 1
        if response.status_code == 200:
            answer = response.json()
            self.version = answer["model"]["version"]
            self.answered += [(time.monotonic(), name) for name in answer["prediction_ids"]]

    @contextmanager
    def running(self) -> Iterator["Load"]:
        for thread in self._threads:
            thread.start()
        self._begun.wait(PATIENCE)
        try:
            yield self
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join()


def test_sigterm_loses_no_request_and_no_record(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as server:
        with Load(server.url, returning=False).running() as load:
            time.sleep(0.5)
            assert server.stop() == 0
        assert load.lost == []
    assert set(load.statuses) == {200}
    answered = load.statuses[200] + 1  # the one that found the server ready
    assert len(log_lines(tmp_path / "log", "predictions")) == answered


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_sigkill_loses_no_more_than_what_waited_to_be_written(tmp_path: Path) -> None:
    flush = 0.5
    began = datetime.now(UTC)
    with serving(tmp_path / "log", PREDICTION_LOG_FLUSH_SECONDS=str(flush)) as server:
        with Load(server.url).running() as load:
            time.sleep(4 * flush)
            for process in processes_of(server.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            killed = time.monotonic()
        server.process.wait(PATIENCE)
    written = {
        json.loads(line)["prediction_id"] for line in log_lines(tmp_path / "log", "predictions")
    }
    slack = 0.5  # seconds that it may take to write a file
    older = {name for moment, name in load.answered if moment < killed - flush - slack}
    assert older and older <= written
    window = Window(began, began + timedelta(hours=1))
    tables = Tables(str(tmp_path / "log"))
    tables.update(window.start.date(), window.end.date())
    records = read_window(tables, window, sample_rows=100)
    assert (records.count, records.unreadable) == (len(written), 0)


def processes_of(pid: int) -> list[int]:
    """Return a process and all that it has started, itself first."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = {
        int(child): int(parent) for child, parent in map(str.split, found.stdout.splitlines())
    }
    tree = [pid]
    for process in tree:  # which grows on the way
        tree += [child for child, parent in parents.items() if parent == process]
    return tree


def test_several_workers_count_as_one(tmp_path: Path) -> None:
    with serving(tmp_path / "log", WORKERS="2") as server:
        server.wait_for("Ready: ", times=2)
        with Load(server.url, callers=16).running() as load:
            time.sleep(0.5)
        with ThreadPoolExecutor(8) as callers:
            scrapes = set(callers.map(_requests, [server.url] * 40))
        assert server.stop() == 0
    assert scrapes == {load.statuses[200] + 1.0}
    assert len(log_lines(tmp_path / "log", "predictions")) == load.statuses[200] + 1


def _requests(url: str) -> float:
    """Ask on a connection of its own, so that any worker may answer."""
    with Client(base_url=url) as client:
        text = client.get("/metrics").text
    name = 'requests_total{route="/predict",status="200"} '
    return sum(float(line.split()[1]) for line in text.splitlines() if line.startswith(name))


def test_health_and_metrics_can_have_a_port_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path / "log", MANAGEMENT_PORT=str(port)) as server:
        with Client(base_url=server.url) as client:
            assert client.get("/metrics").status_code == 404
            assert client.get("/health/ready").status_code == 404
            assert "/metrics" not in client.get("/openapi.json").json()["paths"]
        with Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/health/ready").json() == {"status": "ok"}
            assert 'route="/predict",status="200"} 1.0' in client.get("/metrics").text
            unknown = client.get("/predict", headers={"X-Request-ID": "mine"})
            assert (unknown.status_code, unknown.headers["X-Request-ID"]) == (404, "mine")
        assert server.stop() == 0


def test_a_management_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = {"PORT": str(free_port()), "MANAGEMENT_PORT": str(port)}
        environment = os.environ | settings | {"PREDICTION_LOG_URL": str(tmp_path / "log")}
        result = subprocess.run(
            COMMAND, env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
    assert result.returncode == 1
    assert f"Port {port} is in use" in result.stderr
    assert "MANAGEMENT_PORT=" in result.stderr


def test_a_host_without_an_address_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=unknown))
    with pytest.raises(ServerError, match="HOST=nowhere is no address: Name or service not known"):
        take_port(with_other(settings, host="nowhere"))


def test_an_interrupt_ends_it_like_sigterm(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(PATIENCE) == 0
    assert len(log_lines(tmp_path / "log", "predictions")) == 1


@pytest.fixture
def other(candidate: Path, tmp_path: Path) -> Path:
    """Another good bundle: the same model under another version."""
    folder = shutil.copytree(candidate, tmp_path / "other")
    manifest = folder / "bundle.json"
    text = manifest.read_text(encoding="utf-8")
    version = '"version": "'
    assert version in text
    manifest.write_text(text.replace(version, version + "other-", 1), encoding="utf-8")
    return folder


def swap(current: Path, other: Path) -> None:
    """Exchange two bundles, as `promote` does."""
    aside = current.with_name("aside")
    current.rename(aside)
    other.rename(current)
    aside.rename(other)


def test_a_new_bundle_is_taken_over_without_a_failed_request(
    candidate: Path, other: Path, tmp_path: Path
) -> None:
    reloading = {"MODEL_DIR": str(candidate), "MODEL_RELOAD_SECONDS": "0.05"}
    with serving(tmp_path / "log", **reloading) as server, Load(server.url).running() as load:
        for _ in range(5):
            swap(candidate, other)
            version = json.loads((candidate / "bundle.json").read_text(encoding="utf-8"))["version"]
            deadline = time.monotonic() + PATIENCE
            while load.version != version:
                assert time.monotonic() < deadline, "the new bundle is not taken"
                time.sleep(0.01)
    assert load.lost == []
    assert set(load.statuses) == {200}


def test_a_bad_bundle_is_refused_and_the_old_one_answers_on(
    candidate: Path, other: Path, tmp_path: Path
) -> None:
    with (other / FILE).open("ab") as file:
        file.write(b"x")
    reloading = {"MODEL_DIR": str(candidate), "MODEL_RELOAD_SECONDS": "0.05"}
    with (
        serving(tmp_path / "log", **reloading) as server,
        Client(base_url=server.url) as client,
    ):
        before = client.get("/model").json()["version"]
        swap(candidate, other)
        deadline = time.monotonic() + PATIENCE
        while 'model_reloads_total{outcome="refused"} 1.0' not in client.get("/metrics").text:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        shutil.rmtree(candidate)  # nor does an absent one hurt
        time.sleep(0.2)
        assert client.post("/predict", json=BODY).json()["model"]["version"] == before
        other.rename(candidate)  # the old one is back: nothing to take
        time.sleep(0.2)
        assert client.get("/model").json()["version"] == before
        assert client.get("/health/ready").status_code == 200

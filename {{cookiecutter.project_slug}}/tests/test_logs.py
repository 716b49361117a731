"""What the service says: lines of JSON that can be told apart, and that keep what is secret."""

import json
import logging
import os
import select
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import Mock, call

import pytest
from httpx2 import Client
from pydantic import Field

from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.fields import (
    Category,
    Row,
    Sensitive,
    sensitive_fields,
)
from {{ cookiecutter.package_name }}.schema import Features
from {{ cookiecutter.package_name }}.serving import logs, predictor
from {{ cookiecutter.package_name }}.serving.settings import Settings
from {{ cookiecutter.package_name }}.serving.stdout import Stdout

from .conftest import Json, log_records, predict, with_other
from .running import running
from .said import as_written
from .server import PATIENCE, serving

QUOTED = "born in 1971"  # what an error may quote of a caller's values
KEY = "c0ffee-of-a-test"  # pragma: allowlist secret
BODY = {"instances": [example_instance()]}
FEATURES = tuple(Features.model_fields)


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture, dataset: str) -> list[Json]:
    """Return the lines of a data set, as they are written."""
    return [line for line in as_written(caplog.records) if line["event"]["dataset"] == dataset]


def test_every_line_is_ecs_of_one_of_four_data_sets_and_has_no_key(tmp_path: Path) -> None:
    settings = {"API_KEYS": KEY, "ACCESS_LOG": "all", "LOG_SAMPLE": "1"}
    with serving(tmp_path / "log", **settings) as server:
        with Client(base_url=server.url, headers={"X-API-Key": KEY}) as client:
            client.post("/predict", json=BODY)
            client.post("/predict", content=b"{")
            client.post(f"/predict?key={KEY}", headers={"X-API-Key": f"{KEY}-wrong"})
        assert server.stop() == 0
    said = server.output.read_text(encoding="utf-8")
    assert KEY not in said
    written = [json.loads(line) for line in said.splitlines()]
    for line in written:
        assert list(line)[:3] == ["@timestamp", "log.level", "message"]
        assert {"ecs.version", "service", "log"} <= line.keys()
        assert datetime.fromisoformat(line["@timestamp"])
    assert len({line["ecs.version"] for line in written}) == 1
    found = Counter(line["event"]["dataset"] for line in written)
    assert found[logs.INPUT] == found[logs.PREDICTION] == 2  # the first found the server ready
    assert found[logs.SYSTEM] > 4
    assert set(found) == {logs.INPUT, logs.PREDICTION, logs.SYSTEM}
    statuses = [line["http"]["response"]["status_code"] for line in written if "url" in line]
    assert statuses[-3:] == [200, 400, 401]


def test_a_row_is_noted_with_what_was_asked_and_what_was_answered(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"X-Request-ID": "order-17"}
    monkeypatch.setattr(logs, "SENSITIVE_TARGET", ())
    with running(with_other(settings, log_sample=1)) as client:
        answer = client.post("/predict", json=BODY, headers=headers).json()
    (asked,), (answered,) = (lines(caplog, name) for name in (logs.INPUT, logs.PREDICTION))
    (record,) = log_records(settings, "predictions")
    shown = set(FEATURES) - set(logs.SENSITIVE)
    assert asked["prediction"]["features"] == {name: record["features"][name] for name in shown}
    assert answered["prediction"]["answer"] == answer["predictions"][0]
    assert answered["prediction"]["model_version"] == answer["model"]["version"]
    assert asked["prediction"]["id"] == answered["prediction"]["id"] == record["prediction_id"]
    assert asked["http"]["request"]["id"] == answered["http"]["request"]["id"] == "order-17"


@pytest.mark.parametrize(("share", "least", "most"), [(0, 0, 0), (0.25, 170, 330), (1, 1000, 1000)])
def test_a_row_is_in_the_sample_with_both_of_its_lines_or_not_at_all(
    settings: Settings, caplog: pytest.LogCaptureFixture, share: float, least: int, most: int
) -> None:
    body = {"instances": [example_instance()] * 1000}
    with running(with_other(settings, log_sample=share)) as client:
        assert client.post("/predict", json=body).status_code == 200
    asked, answered = (
        [line["prediction"]["id"] for line in lines(caplog, name)]
        for name in (logs.INPUT, logs.PREDICTION)
    )
    assert asked == answered
    assert least <= len(asked) <= most
    assert len(log_records(settings, "predictions")) == 1000  # that one is no sample


def test_an_unforeseen_error_is_noted_among_the_errors(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(settings) as client:
        monkeypatch.setattr(predictor, "encode", lambda _: 1 / 0)
        client.post("/predict", json=BODY, headers={"X-Request-ID": "order-18"})
    (line,) = lines(caplog, logs.ERROR)
    assert line["error"]["type"] == "ZeroDivisionError"
    assert line["http"]["request"]["id"] == "order-18"
    (access,) = (line for line in lines(caplog, logs.SYSTEM) if "url" in line)
    assert access["http"]["response"]["status_code"] == 500


def test_what_others_log_goes_by_its_level(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("a.library").warning("A hint")
    logging.getLogger("a.library").error("A fault")
    assert [line["message"] for line in lines(caplog, logs.SYSTEM)] == ["A hint"]
    assert [line["message"] for line in lines(caplog, logs.ERROR)] == ["A fault"]


@pytest.mark.parametrize("marked", [FEATURES[:1], FEATURES], ids=["one", "all"])
def test_values_of_sensitive_fields_are_in_no_line(
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    marked: tuple[str, ...],
) -> None:
    def quote(_: Any) -> None:
        raise ValueError(QUOTED)

    monkeypatch.setattr(logs, "SENSITIVE", marked)
    with running(with_other(settings, log_sample=1, log_error_messages=True)) as client:
        predict(client)
        monkeypatch.setattr(predictor, "encode", quote)
        assert predict(client).status_code == 500
    (asked,) = lines(caplog, logs.INPUT)
    assert asked["prediction"]["features"].keys() == set(FEATURES) - set(marked)
    assert asked["prediction"]["redacted"] == list(marked)
    (error,) = lines(caplog, logs.ERROR)
    assert error["error"]["type"] == "ValueError"
    assert QUOTED not in json.dumps(as_written(caplog.records))
    (record,) = log_records(settings, "predictions")
    assert record["features"].keys() == set(FEATURES)  # monitoring needs them there


def test_a_prediction_of_something_sensitive_is_not_shown(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "SENSITIVE_TARGET", ("diagnosis",))
    with running(with_other(settings, log_sample=1)) as client:
        predict(client)
    (answered,) = lines(caplog, logs.PREDICTION)
    assert answered["prediction"]["redacted"] == ["diagnosis"]
    assert "answer" not in answered["prediction"]


class Patient(Row):
    age: Annotated[float, Sensitive()] = Field(ge=0)
    weight: Annotated[float, Sensitive()] | None = None
    height: Annotated[float | None, Sensitive()] = None
    blood: Annotated[str, Category(("A", "B", "AB", "0")), Sensitive()]
    ward: Annotated[str, Category(("north", "south"))]
    visits: int


def test_fields_are_marked_as_sensitive_in_the_schema() -> None:
    assert sensitive_fields(Patient) == ("age", "weight", "height", "blood")
    assert sensitive_fields(Features) == logs.SENSITIVE


@pytest.mark.parametrize(
    ("access_log", "statuses"), [("errors", [400]), ("all", [200, 400]), ("none", [])]
)
def test_the_access_log_has_what_was_asked_for(
    settings: Settings, caplog: pytest.LogCaptureFixture, access_log: str, statuses: list[int]
) -> None:
    with running(with_other(settings, access_log=access_log)) as client:
        predict(client)
        client.post("/predict", content=b"{", headers={"X-Request-ID": "order-18"})
    found = [line for line in lines(caplog, logs.SYSTEM) if "url" in line]
    assert [line["http"]["response"]["status_code"] for line in found] == statuses
    for line in found[-1:]:
        assert line["url"]["path"] == "/predict"
        assert line["http"]["request"]["id"] == "order-18"
        assert line["event"]["duration"] > 0


def test_a_reader_that_falls_behind_holds_up_nobody_and_what_it_misses_is_counted() -> None:
    reader, writer = os.pipe()
    command = [sys.executable, "-c", WRITING]
    program = subprocess.Popen(command, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert program.stderr
    written, _, _ = select.select([program.stderr], [], [], PATIENCE)
    assert written, "it waits for somebody who reads"
    with os.fdopen(reader, encoding="utf-8") as file:
        read = [json.loads(line) for line in file]
    assert program.wait(PATIENCE) == 0
    *_, told = (line["message"] for line in read if line["log"]["logger"].endswith(".stdout"))
    events = [line for line in read if line["message"] == "x" * 1000]
    assert int(told.split()[0]) + len(events) == 20_000
    assert events


def test_a_line_that_cannot_be_written_is_counted_and_those_after_it_are_written(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Mock(side_effect=[OSError("No space left on device"), None])
    monkeypatch.setattr(sys, "stdout", Mock(write=written))
    output = Stdout()
    output.start()
    for line in ("lost", "kept"):
        output.write(line)
    deadline = time.monotonic() + PATIENCE
    while "1 lines of the log were lost" not in caplog.text:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    output.stop()
    assert written.mock_calls == [call("lost"), call("kept")]


WRITING = """
import logging, sys, time
from {{ cookiecutter.package_name }}.serving import logs

logs.configure()
logs.stdout.start()
for _ in range(20_000):
    logging.info("x" * 1000)
print("written", file=sys.stderr, flush=True)
while logs.stdout._waiting:
    time.sleep(0.1)
logs.stdout.stop()
"""

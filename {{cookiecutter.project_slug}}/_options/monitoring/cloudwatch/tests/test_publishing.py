"""What the service says in the embedded metric format is valid, complete, and said in time."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from httpx2 import Client

from {{ cookiecutter.package_name }}.emf import Metric, document
from {{ cookiecutter.package_name }}.serving.metrics import LATENCY_BUCKETS, Metrics
from {{ cookiecutter.package_name }}.serving.publishing import Publisher, logger
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import predict, with_other
from .embedded import LARGEST, Lines, check, noted
from .running import running
from .server import serving


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The lines of metrics, each of them checked."""
    with noted(logger) as lines:
        yield lines


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def publisher(settings: Settings, metrics: Metrics) -> Publisher:
    """One that publishes before each answer."""
    return Publisher(with_other(settings, metrics_seconds=0), metrics.registry)


def test_the_end_of_the_service_loses_no_count(settings: Settings, lines: Lines) -> None:
    with running(with_other(settings, environment="staging")) as client:
        predict(client)
        client.post("/predict", content=b"{")
        client.get("/health/live")
        assert lines == []
    (line,) = lines
    assert line["environment"] == "staging"
    assert (line["requests"], line["client_errors"], line["errors"]) == (2, 1, 0)
    assert (line["predicted_rows"], line["ready"]) == (1, 1)
    assert line["answers"] == {"/predict 200": 1, "/predict 400": 1, "/health/live 200": 1}
    assert line["request_seconds"]["Counts"] in ([2], [1, 1])
    assert line["batch_rows"] == {"Values": [1], "Counts": [1]}
    assert sum(line["prediction"]["Counts"]) == 1


def test_where_processes_are_frozen_each_answer_comes_after_its_numbers(
    settings: Settings, lines: Lines
) -> None:
    with running(with_other(settings, metrics_seconds=0)) as client:
        for number in range(1, 4):
            predict(client)
            assert [line["requests"] for line in lines] == [1] * number
    assert len(lines) == 3


def test_a_count_is_published_once(publisher: Publisher, metrics: Metrics, lines: Lines) -> None:
    metrics.request_done("/predict", 200, 0.01)
    publisher.answered()
    metrics.request_done("/predict", 503, 0.01)
    metrics.request_done("/predict", 500, 0.01)
    metrics.dropped.inc(7)
    publisher.answered()
    publisher.answered()
    assert [line["requests"] for line in lines] == [1, 2, 0]
    assert [line["errors"] for line in lines] == [0, 2, 0]
    assert [line["prediction_log_dropped"] for line in lines] == [0, 7, 0]
    assert "request_seconds" not in lines[-1]


@pytest.mark.parametrize("limit", LATENCY_BUCKETS[:-1])
def test_a_time_stays_on_its_side_of_each_limit(
    publisher: Publisher, metrics: Metrics, lines: Lines, limit: float
) -> None:
    """A percentile of what is published lies above a bucket's end if, and only if, it really does."""
    metrics.request_done("/predict", 200, limit * 0.999)
    publisher.answered()
    metrics.request_done("/predict", 200, limit * 1.001)
    publisher.answered()
    fast, slow = (line["request_seconds"]["Values"] for line in lines)
    assert fast[0] <= limit < slow[0]


def test_predictions_of_any_size_are_published(
    publisher: Publisher, metrics: Metrics, lines: Lines
) -> None:
    metrics.batch_done(np.array([-1e9, 0.5, 0.5, 1e9]), unseen=3)
    publisher.answered()
    assert sum(lines[0]["prediction"]["Counts"]) == 4
    assert len(lines[0]["prediction"]["Values"]) == 3
    assert (lines[0]["batch_rows"], lines[0]["unseen_categories"]) == (
        {"Values": [3], "Counts": [1]},
        3,
    )


def test_what_others_ask_is_not_counted_among_predictions(
    publisher: Publisher, metrics: Metrics, lines: Lines
) -> None:
    metrics.request_done("/health/ready", 503, 2.0)
    metrics.request_done("unknown", 404, 0)
    publisher.answered()
    assert (lines[0]["requests"], lines[0]["errors"], lines[0]["client_errors"]) == (0, 0, 0)
    assert "request_seconds" not in lines[0]


def test_it_is_not_ready_without_a_model(
    publisher: Publisher, metrics: Metrics, lines: Lines
) -> None:
    publisher.answered()
    metrics.model_changed(None, ("delay", "1"))
    metrics.model_changed(("delay", "1"), ("delay", "2"))
    publisher.answered()
    assert [line["ready"] for line in lines] == [0, 1]
    assert [line["model"] for line in lines] == ["", "delay 2"]


def test_a_real_server_says_it_every_few_seconds_among_its_other_lines(tmp_path: Path) -> None:
    with serving(tmp_path / "log", METRICS_SECONDS="0.2", ENVIRONMENT="production") as server:
        with Client(base_url=server.url) as client:
            client.post("/predict", content=b"{")
        server.wait_for('"CloudWatchMetrics"', times=2)
        assert server.stop() == 0
        output = server.output.read_text(encoding="utf-8").splitlines()
    found = [line for line in map(json.loads, output) if "_aws" in line]
    assert all(check(line)["environment"] == "production" for line in found)
    assert max(map(len, output)) < LARGEST
    assert sum(line["requests"] for line in found) == 2  # one of them asked whether it is ready
    assert sum(line["client_errors"] for line in found) == 1


def test_a_process_publishes_for_itself_where_several_share_their_metrics(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "log", METRICS_SECONDS="0.2", WORKERS="2") as server:
        with Client(base_url=server.url) as client:
            for _ in range(20):
                client.post("/predict", content=b"{")
        assert server.stop() == 0
        output = server.output.read_text(encoding="utf-8").splitlines()
    found = [check(line) for line in map(json.loads, output) if "_aws" in line]
    assert sum(line["client_errors"] for line in found) == 20


def test_what_is_no_number_and_no_ascii_does_not_spoil_a_line() -> None:
    metrics = [Metric("good", 1.5), Metric("bad", float("nan")), Metric("endless", float("inf"))]
    line = check(document(metrics, {"column": "größe"}))
    assert [metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == [
        "good"
    ]
    assert line["column"] == "gr\\xf6\\xdfe"
    assert not {"bad", "endless"} & line.keys()

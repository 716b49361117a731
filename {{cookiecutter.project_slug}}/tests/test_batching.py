"""Requests that come together are answered together, and none suffers for another."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from httpx2 import Client

from {{ cookiecutter.package_name }} import bundle
from {{ cookiecutter.package_name }}.bundle import model_format
from {{ cookiecutter.package_name }}.bundle.model_format import Predict
from {{ cookiecutter.package_name }}.encoding import Matrix, encode
from {{ cookiecutter.package_name }}.prediction import Vector
from {{ cookiecutter.package_name }}.schema import Features
from {{ cookiecutter.package_name }}.serving.request import Job, make_request
from {{ cookiecutter.package_name }}.serving.service import Service
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import as_body, log_records, predict, with_other
from .running import running

Wrap = Callable[[Predict, Matrix], Vector]


@pytest.fixture
def wrap_model(monkeypatch: pytest.MonkeyPatch) -> Callable[[Wrap], None]:
    """Put a function around the model of each bundle that is loaded."""

    def put(around: Wrap) -> None:
        load = model_format.load

        def wrapped(content: bytes) -> Predict:
            model = load(content)
            return lambda matrix: around(model, matrix)

        monkeypatch.setattr(model_format, "load", wrapped)

    return put


def slowly(seconds: float) -> Wrap:
    def around(model: Predict, matrix: Matrix) -> Vector:
        time.sleep(seconds)
        return model(matrix)

    return around


def ask_together(client: Client, bodies: list[bytes], at_once: int) -> list[Any]:
    """Send each body as a request of its own, several at a time; return the responses in order."""
    with ThreadPoolExecutor(at_once) as callers:
        return list(callers.map(lambda body: client.post("/predict", content=body), bodies))


def sample(name: str, client: Client) -> float:
    """Return the value of a metric without labels."""
    lines = client.get("/metrics").text.splitlines()
    (value,) = (line.split()[1] for line in lines if line.startswith(f"{name} "))
    return float(value)


def rows_of(table: pd.DataFrame, count: int) -> list[pd.DataFrame]:
    features = table[list(Features.model_fields)]
    return [features.iloc[[index]] for index in range(count)]


@pytest.mark.parametrize("seconds", [0.0, 0.03], ids=["fast model", "slow model"])
def test_each_caller_gets_its_own_rows(
    settings: Settings, rows: pd.DataFrame, wrap_model: Callable[[Wrap], None], seconds: float
) -> None:
    asked = rows_of(rows, 200)
    model = bundle.load(settings.model_dir)
    expected = [model.answers(model.predict(encode(table))) for table in asked]
    wrap_model(slowly(seconds))
    with running(settings) as client:
        responses = ask_together(client, [as_body(table) for table in asked], at_once=16)
        batches, predicted = sample("batch_rows_count", client), sample("batch_rows_sum", client)
    answered = [
        prediction for response in responses for prediction in response.json()["predictions"]
    ]
    # The size of a batch may change the order of a sum, and so its last digits.
    assert answered == [pytest.approx(prediction, rel=1e-9) for (prediction,) in expected]
    assert predicted == len(asked)
    if seconds:
        assert batches < len(asked) / 4, "requests that waited were not answered together"
    logged = {record["prediction_id"]: record for record in log_records(settings, "predictions")}
    for response, prediction in zip(responses, answered, strict=True):
        (prediction_id,) = response.json()["prediction_ids"]
        assert logged[prediction_id]["prediction"] == prediction
        assert logged[prediction_id]["request_id"] == response.headers["X-Request-ID"]


def test_a_request_that_fails_does_not_fail_its_neighbours(
    settings: Settings, rows: pd.DataFrame, wrap_model: Callable[[Wrap], None]
) -> None:
    asked = rows_of(rows, 20)
    poison = encode(asked[7])

    def around(model: Predict, matrix: Matrix) -> Vector:
        time.sleep(0.03)
        if any(np.array_equal(row, poison[0], equal_nan=True) for row in matrix):
            raise RuntimeError("no row of this kind")
        return model(matrix)

    wrap_model(around)
    with running(settings) as client:
        responses = ask_together(client, [as_body(table) for table in asked], at_once=20)
        batches = sample("batch_rows_count", client)
    statuses = [response.status_code for response in responses]
    assert statuses == [500 if index == 7 else 200 for index in range(20)]
    assert batches >= 1


def test_a_full_queue_is_503_and_says_when_to_come_back(
    settings: Settings, rows: pd.DataFrame, wrap_model: Callable[[Wrap], None]
) -> None:
    wrap_model(slowly(0.2))
    few = with_other(settings, queue_max_requests=2, batch_max_rows=1)
    bodies = [as_body(table) for table in rows_of(rows, 12)]
    with running(few) as client:
        responses = ask_together(client, bodies, at_once=12)
    statuses = {response.status_code for response in responses}
    assert statuses == {200, 503}
    for response in responses:
        assert (response.status_code == 503) == ("Retry-After" in response.headers)


def test_the_metrics_say_how_many_requests_wait_for_a_slow_model_and_then_that_none_does(
    settings: Settings, rows: pd.DataFrame, wrap_model: Callable[[Wrap], None]
) -> None:
    wrap_model(slowly(0.5))
    bodies = [as_body(table) for table in rows_of(rows, 6)]
    with running(with_other(settings, batch_max_rows=1)) as client:
        with ThreadPoolExecutor(1) as callers:
            asked = callers.submit(ask_together, client, bodies, at_once=6)
            time.sleep(0.3)
            assert sample("waiting_requests", client) == 5
            assert {response.status_code for response in asked.result()} == {200}
        assert sample("waiting_requests", client) == 0


def test_a_request_that_waits_too_long_is_503_and_never_predicted(
    settings: Settings, rows: pd.DataFrame, wrap_model: Callable[[Wrap], None]
) -> None:
    hurried = with_other(settings, request_timeout_seconds=0.3, batch_max_rows=1)
    wrap_model(slowly(0.2))
    bodies = [as_body(table) for table in rows_of(rows, 8)]
    with running(hurried) as client:
        responses = ask_together(client, bodies, at_once=8)
        time.sleep(8 * 0.2)
        predicted = sample("predicted_rows_total", client)
    assert {response.status_code for response in responses} == {200, 503}
    assert predicted <= 3


def test_a_model_that_fails_for_a_full_batch_is_not_served(
    settings: Settings, wrap_model: Callable[[Wrap], None], caplog: pytest.LogCaptureFixture
) -> None:
    def around(model: Predict, matrix: Matrix) -> Vector:
        if len(matrix) > 1:
            raise ValueError("one row at a time")
        return model(matrix)

    wrap_model(around)
    with running(settings) as client:
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").status_code == 503
    assert "fails for 256 rows at once (ValueError: one row at a time)" in caplog.text


def test_a_request_that_has_waited_too_long_leaves_the_others_their_batch(
    settings: Settings, rows: pd.DataFrame
) -> None:
    service = Service(settings)
    (route,) = (route for route in service.routes if route.path == "/predict")
    service.start()
    try:
        received = [
            service.receive(make_request(route, None, None, None), as_body(table))
            for table in rows_of(rows, 3)
        ]
        jobs = [job for job in received if isinstance(job, Job)]
        jobs[1].request.start -= settings.request_timeout_seconds
        assert [reply.status for reply in service.answer(jobs)] == [200, 503, 200]
        assert b"batch_rows_count 1.0" in service.metrics.render()
    finally:
        service.stop()


def test_a_request_of_more_rows_than_a_batch_is_answered_whole(
    settings: Settings, rows: pd.DataFrame
) -> None:
    table = rows[list(Features.model_fields)].head(30)
    with running(with_other(settings, batch_max_rows=8)) as client:
        response = client.post("/predict", content=as_body(table))
    assert len(response.json()["predictions"]) == 30


def test_a_lonely_request_does_not_wait_for_others(settings: Settings) -> None:
    with running(with_other(settings, batch_max_wait_ms=2_000)) as client:
        start = time.perf_counter()
        assert predict(client).status_code == 200
    assert time.perf_counter() - start < 1.5

"""What the service keeps of a request: its id, a count, and the prediction."""

from typing import Any

import pytest
from httpx2 import Client

from {{ cookiecutter.package_name }}.example import example_instance, example_label
from {{ cookiecutter.package_name }}.schema import Features
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import log_records, pointers, predict, with_other
from .running import running

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"  # pragma: allowlist secret


def test_feedback_is_logged_beside_the_prediction(settings: Settings) -> None:
    with running(settings) as client:
        (prediction_id,) = predict(client).json()["prediction_ids"]
        label = {"prediction_id": prediction_id, "actual": example_label()}
        response = client.post("/feedback", json={"labels": [label]})
        assert (response.status_code, response.json()) == (202, {"accepted": 1})
    (prediction,) = log_records(settings, "predictions")
    (outcome,) = log_records(settings, "labels")
    assert prediction["prediction_id"] == outcome["prediction_id"] == prediction_id
    assert prediction["features"].keys() == Features.model_fields.keys()
    assert outcome["actual"] == example_label()


@pytest.mark.parametrize(
    ("labels", "pointer"),
    [
        ([], "#/labels"),
        ([{"prediction_id": "1", "actual": example_label()}], "#/labels/0/prediction_id"),
        ([{"prediction_id": "0" * 32}], "#/labels/0/actual"),
        ([{"prediction_id": "0" * 32, "actual": "perhaps"}], "#/labels/0/actual"),
    ],
)
def test_bad_feedback_is_422(client: Client, labels: Any, pointer: str) -> None:
    response = client.post("/feedback", json={"labels": labels})
    assert response.status_code == 422
    assert pointers(response) == [pointer]


def test_ids_of_the_caller_go_through(settings: Settings) -> None:
    headers = {"X-Request-ID": "order-17", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    body = {"instances": [example_instance()]}
    with running(settings) as client:
        response = client.post("/predict", json=body, headers=headers)
    assert response.headers["X-Request-ID"] == "order-17"
    (record,) = log_records(settings, "predictions")
    assert (record["request_id"], record["trace_id"]) == ("order-17", TRACE)


@pytest.mark.parametrize("theirs", [None, "with space", "x" * 129, "\x7f"])
def test_a_request_without_a_good_id_gets_one(client: Client, theirs: str | None) -> None:
    headers = {} if theirs is None else {"X-Request-ID": theirs}
    first, second = (client.get("/model", headers=headers) for _ in range(2))
    ids = {first.headers["X-Request-ID"], second.headers["X-Request-ID"]}
    assert len(ids) == 2
    assert theirs not in ids


def test_requests_are_counted_by_route_and_status(client: Client) -> None:
    predict(client)
    client.post("/predict", content=b"")
    client.get("/nothing")
    metrics = client.get("/metrics").text
    assert 'requests_total{route="/predict",status="200"} 1.0' in metrics
    assert 'requests_total{route="/predict",status="400"} 1.0' in metrics
    assert 'requests_total{route="unknown",status="404"} 1.0' in metrics
    assert 'request_seconds_count{route="/predict"} 2.0' in metrics


def test_errors_are_counted_before_the_first_one(client: Client) -> None:
    metrics = client.get("/metrics").text
    assert 'requests_total{route="/predict",status="500"} 0.0' in metrics
    assert 'requests_total{route="/predict",status="503"} 0.0' in metrics


def test_rows_batches_and_predictions_are_counted(client: Client) -> None:
    body = {"instances": [example_instance()] * 3}
    client.post("/predict", json=body)
    metrics = client.get("/metrics").text
    assert "predicted_rows_total 3.0" in metrics
    assert "batch_rows_count 1.0" in metrics
    assert "prediction_count 3.0" in metrics
    assert "waiting_requests " in metrics
    version = client.get("/model").json()["version"]
    assert f'version="{version}"}} 1.0' in metrics


def test_a_lost_record_is_counted(settings: Settings) -> None:
    body = {"instances": [example_instance()] * 3}
    few = with_other(settings, prediction_log_queue=1, prediction_log_flush_seconds=60)
    with running(few) as client:
        client.post("/predict", json=body)
        assert "prediction_log_dropped_total 2.0" in client.get("/metrics").text
    assert len(log_records(settings, "predictions")) == 1

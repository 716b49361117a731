"""The HTTP contract. What is asked and what is wrong with it derives from the schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from {{ cookiecutter.package_name }} import bundle
from {{ cookiecutter.package_name }}.bundle.model_format import FILE
from {{ cookiecutter.package_name }}.encoding import FEATURES, encode
from {{ cookiecutter.package_name }}.example import example_instance, example_label
from {{ cookiecutter.package_name }}.prediction import Prediction
from {{ cookiecutter.package_name }}.schema import Features
from {{ cookiecutter.package_name }}.serving.app import create_app, read_body
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import as_body

Json = dict[str, Any]


def predict(client: TestClient, **changes: Any) -> Any:
    return client.post("/predict", json={"instances": [example_instance() | changes]})


def pointers(response: Any) -> list[str]:
    """Check that a response is a problem, and return the places it points to."""
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    return [error["pointer"] for error in problem.get("errors", [])]


def test_a_prediction_comes_with_its_id_and_the_model(client: TestClient) -> None:
    response = predict(client)
    assert response.status_code == 200
    answer = response.json()
    assert Prediction.model_validate(answer["predictions"][0])
    assert len(answer["prediction_ids"]) == 1
    assert answer["model"]["version"] == client.get("/model").json()["version"]


def test_rows_are_answered_in_order_with_what_the_model_says(
    client: TestClient, settings: Settings, rows: pd.DataFrame
) -> None:
    table = rows[list(Features.model_fields)].head(50)
    served = client.post("/predict", content=as_body(table)).json()["predictions"]
    model = bundle.load(settings.model_dir)
    assert served == model.answers(model.predict(encode(table)))


def test_optional_features_may_be_left_out_or_null(client: TestClient) -> None:
    optional = [feature.name for feature in FEATURES if feature.optional]
    without = {n: v for n, v in example_instance().items() if n not in optional}
    with_null = without | dict.fromkeys(optional)
    response = client.post("/predict", json={"instances": [without, with_null]})
    first, second = response.json()["predictions"]
    assert first == second


def test_an_integer_is_a_number(client: TestClient) -> None:
    example = example_instance()
    fractions = [name for name, value in example.items() if isinstance(value, float)]
    whole = {name: int(example[name]) for name in fractions}
    same = {name: float(whole[name]) for name in fractions}
    first, second = (predict(client, **values).json() for values in (whole, same))
    assert first["predictions"] == second["predictions"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"instances": NaN', b"nonsense"])
def test_what_is_not_json_is_400(client: TestClient, body: bytes) -> None:
    response = client.post("/predict", content=body)
    assert response.status_code == 400
    assert pointers(response) == []


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ([], "#"),
        ({}, "#/instances"),
        ({"instances": []}, "#/instances"),
        ({"instances": {}}, "#/instances"),
        ({"instances": [1]}, "#/instances/0"),
        ({"instances": [example_instance()], "more": 1}, "#/more"),
        ({"instances": [example_instance() | {"a/b": 1}]}, "#/instances/0/a~1b"),
    ],
)
def test_another_shape_is_422(client: TestClient, content: Any, pointer: str) -> None:
    response = client.post("/predict", json=content)
    assert response.status_code == 422
    assert pointers(response) == [pointer]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
@pytest.mark.parametrize("value", [[1], {}, "", "\ud800"], ids=repr)
def test_a_value_of_another_type_is_422(client: TestClient, feature: Any, value: Any) -> None:
    body = json.dumps({"instances": [example_instance() | {feature.name: value}]})
    response = client.post("/predict", content=body)
    if value == "\ud800":  # half of a character is no JSON text
        assert response.status_code == 400
        return
    assert response.status_code == 422
    assert pointers(response) == [f"#/instances/0/{feature.name}"]


@pytest.mark.parametrize("name", [f.name for f in FEATURES if f.kind == "number"])
@pytest.mark.parametrize("value", [True, "1", 1e400, "NaN"], ids=repr)
def test_a_number_is_neither_a_boolean_nor_a_text_nor_infinite(
    client: TestClient, name: str, value: Any
) -> None:
    body = json.dumps({"instances": [example_instance() | {name: value}]})
    assert client.post("/predict", content=body).status_code == 422


@pytest.mark.parametrize("name", [f.name for f in FEATURES if not f.optional])
def test_a_missing_feature_is_422(client: TestClient, name: str) -> None:
    instance = example_instance()
    del instance[name]
    response = client.post("/predict", json={"instances": [instance]})
    assert response.status_code == 422
    assert pointers(response) == [f"#/instances/0/{name}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, getattr(mark, limit) + step)
        for name, field in Features.model_fields.items()
        for mark in field.metadata
        for limit, step in (("ge", -1), ("gt", 0), ("le", 1), ("lt", 0))
        if hasattr(mark, limit)
    ],
)
def test_a_value_out_of_range_is_422(client: TestClient, name: str, value: float) -> None:
    response = predict(client, **{name: value})
    assert response.status_code == 422
    assert pointers(response) == [f"#/instances/0/{name}"]


@pytest.mark.parametrize("feature", [f for f in FEATURES if f.kind == "category"])
def test_an_unseen_category_is_counted_or_refused(client: TestClient, feature: Any) -> None:
    response = predict(client, **{feature.name: "unheard of"})
    if feature.closed:
        assert response.status_code == 422
    else:
        assert response.status_code == 200
        assert "unseen_categories_total 1.0" in client.get("/metrics").text


def test_at_most_twenty_errors_are_listed(client: TestClient) -> None:
    response = client.post("/predict", json={"instances": [{}] * 100})
    assert len(pointers(response)) == 20


def test_too_many_instances_are_422(settings: Settings) -> None:
    few = settings.model_copy(update={"max_instances": 2})
    with TestClient(create_app(few)) as client:
        response = client.post("/predict", json={"instances": [example_instance()] * 3})
    assert response.status_code == 422
    assert pointers(response) == ["#/instances"]


@pytest.mark.parametrize("path", ["/predict", "/feedback", "/invocations"])
def test_a_huge_body_is_413_with_and_without_its_length(client: TestClient, path: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    for content in (b" " * 2_000_000, chunks()):
        response = client.post(path, content=content)
        assert response.status_code == 413
        assert pointers(response) == []


def test_an_endless_body_is_read_no_further_than_its_limit() -> None:
    received = 0

    async def receive() -> Json:
        nonlocal received
        received += 100
        assert received <= 1_100, "the body is read on"
        return {"type": "http.request", "body": b" " * 100, "more_body": True}

    async def body() -> bytes | None:
        return await read_body(Request({"type": "http", "headers": []}, receive), limit=1_000)

    assert anyio.run(body) is None


def test_feedback_is_logged_beside_the_prediction(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        (prediction_id,) = predict(client).json()["prediction_ids"]
        label = {"prediction_id": prediction_id, "actual": example_label()}
        response = client.post("/feedback", json={"labels": [label]})
        assert (response.status_code, response.json()) == (202, {"accepted": 1})
    (prediction,) = log_records(settings, "predictions")
    (outcome,) = log_records(settings, "labels")
    assert prediction["prediction_id"] == outcome["prediction_id"] == prediction_id
    assert prediction["features"].keys() == Features.model_fields.keys()
    assert outcome["actual"] == example_label()


def log_records(settings: Settings, kind: str) -> list[Json]:
    folder = Path(settings.prediction_log_url) / kind
    return [
        json.loads(line)
        for file in folder.glob("date=*/*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


@pytest.mark.parametrize(
    ("labels", "pointer"),
    [
        ([], "#/labels"),
        ([{"prediction_id": "1", "actual": example_label()}], "#/labels/0/prediction_id"),
        ([{"prediction_id": "0" * 32}], "#/labels/0/actual"),
        ([{"prediction_id": "0" * 32, "actual": "perhaps"}], "#/labels/0/actual"),
    ],
)
def test_bad_feedback_is_422(client: TestClient, labels: Any, pointer: str) -> None:
    response = client.post("/feedback", json={"labels": labels})
    assert response.status_code == 422
    assert pointers(response) == [pointer]


def test_guarded_routes_ask_for_a_key_and_take_any_of_several(settings: Settings) -> None:
    guarded = Settings(**settings.model_dump() | {"api_keys": "old, new"})
    with TestClient(create_app(guarded)) as client:
        assert predict(client).status_code == 401
        assert client.get("/model", headers={"X-API-Key": "wrong"}).status_code == 401
        for key in ("old", "new"):
            assert client.get("/model", headers={"X-API-Key": key}).status_code == 200
        for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json"):
            assert client.get(path).status_code == 200


def test_a_tampered_bundle_keeps_the_service_from_becoming_ready(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with (settings.model_dir / FILE).open("ab") as file:
        file.write(b"x")
    with TestClient(create_app(settings)) as client:
        assert client.get("/health/live").status_code == 200
        for response in (client.get("/health/ready"), client.get("/ping"), predict(client)):
            assert response.status_code == 503
            assert response.headers["Retry-After"]
    assert "was altered" in caplog.text


def test_sagemaker_finds_its_routes(client: TestClient) -> None:
    assert client.get("/ping").status_code == 200
    response = client.post("/invocations", json={"instances": [example_instance()]})
    assert response.json()["predictions"] == predict(client).json()["predictions"]


def test_unknown_paths_and_methods_are_problems(client: TestClient) -> None:
    assert client.get("/nothing").status_code == 404
    response = client.get("/predict")
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert pointers(response) == []


def test_an_unforeseen_error_is_500_without_details(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("{{ cookiecutter.package_name }}.serving.service.encode", fail)
    with TestClient(create_app(settings)) as client:
        response = predict(client)
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "secret" in caplog.text


def test_metrics_count_requests_by_route_and_status(client: TestClient) -> None:
    predict(client)
    client.post("/predict", content=b"")
    metrics = client.get("/metrics").text
    assert 'requests_total{route="/predict",status="200"} 1.0' in metrics
    assert 'requests_total{route="/predict",status="400"} 1.0' in metrics
    assert "predicted_rows_total 1.0" in metrics
    assert "model_info{" in metrics


def test_the_document_describes_every_route_and_the_page_shows_it(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert {"/predict", "/feedback", "/model", "/metrics"} <= set(document["paths"])
    instance = document["components"]["schemas"]["Features"]["properties"]
    assert instance.keys() == Features.model_fields.keys()
    assert all("description" in field for field in instance.values())
    assert "/openapi.json" in client.get("/docs").text

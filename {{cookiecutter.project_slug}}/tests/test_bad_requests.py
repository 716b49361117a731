"""Bodies that are no requests. What is wrong with them derives from the schema."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Client

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.encoding import FEATURES
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.fields import limits
from {{ cookiecutter.package_name }}.schema import Features
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import pointers, predict
from .running import running


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of one service for all: what it refuses leaves nothing behind."""
    log = tmp_path_factory.mktemp("refused") / "log"
    with running(Settings(model_dir=paths.CANDIDATE, prediction_log_url=str(log))) as client:
        yield client


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"instances": NaN', b"nonsense"])
def test_what_is_not_json_is_400(client: Client, body: bytes) -> None:
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
def test_another_shape_is_422(client: Client, content: Any, pointer: str) -> None:
    response = client.post("/predict", json=content)
    assert response.status_code == 422
    assert pointers(response) == [pointer]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
@pytest.mark.parametrize("value", [[1], {}, "", "\ud800"], ids=repr)
def test_a_value_of_another_type_is_422(client: Client, feature: Any, value: Any) -> None:
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
    client: Client, name: str, value: Any
) -> None:
    body = json.dumps({"instances": [example_instance() | {name: value}]})
    assert client.post("/predict", content=body).status_code == 422


@pytest.mark.parametrize("name", [f.name for f in FEATURES if not f.optional])
def test_a_missing_feature_is_422(client: Client, name: str) -> None:
    instance = example_instance()
    del instance[name]
    response = client.post("/predict", json={"instances": [instance]})
    assert response.status_code == 422
    assert pointers(response) == [f"#/instances/0/{name}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value + {"ge": -1, "gt": 0, "le": 1, "lt": 0}[limit])
        for name, field in Features.model_fields.items()
        for limit, value in limits(field)
    ],
)
def test_a_value_out_of_range_is_422(client: Client, name: str, value: float) -> None:
    response = predict(client, **{name: value})
    assert response.status_code == 422
    assert pointers(response) == [f"#/instances/0/{name}"]


def test_at_most_twenty_errors_are_listed(client: Client) -> None:
    response = client.post("/predict", json={"instances": [{}] * 100})
    assert len(pointers(response)) == 20

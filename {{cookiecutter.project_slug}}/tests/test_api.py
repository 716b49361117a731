"""The HTTP contract. What is asked and what is wrong with it derives from the schema."""

import json
from typing import Any

import pandas as pd
import pytest
from httpx2 import Client

from {{ cookiecutter.package_name }} import bundle
from {{ cookiecutter.package_name }}.encoding import FEATURES, encode
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.prediction import Prediction
from {{ cookiecutter.package_name }}.schema import Features
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import as_body, pointers, predict


def test_a_prediction_comes_with_its_id_and_the_model(client: Client) -> None:
    response = predict(client)
    assert response.status_code == 200
    answer = response.json()
    assert Prediction.model_validate(answer["predictions"][0])
    assert len(answer["prediction_ids"]) == 1
    assert answer["model"]["version"] == client.get("/model").json()["version"]


def test_rows_are_answered_in_order_with_what_the_model_says(
    client: Client, settings: Settings, rows: pd.DataFrame
) -> None:
    table = rows[list(Features.model_fields)].head(50)
    served = client.post("/predict", content=as_body(table)).json()["predictions"]
    model = bundle.load(settings.model_dir)
    assert served == model.answers(model.predict(encode(table)))


def test_optional_features_may_be_left_out_or_null(client: Client) -> None:
    optional = [feature.name for feature in FEATURES if feature.optional]
    without = {n: v for n, v in example_instance().items() if n not in optional}
    with_null = without | dict.fromkeys(optional)
    response = client.post("/predict", json={"instances": [without, with_null]})
    first, second = response.json()["predictions"]
    assert first == second


def test_an_integer_is_a_number(client: Client) -> None:
    example = example_instance()
    fractions = [name for name, value in example.items() if isinstance(value, float)]
    whole = {name: int(example[name]) for name in fractions}
    same = {name: float(whole[name]) for name in fractions}
    first, second = (predict(client, **values).json() for values in (whole, same))
    assert first["predictions"] == second["predictions"]


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
        (name, getattr(mark, limit) + step)
        for name, field in Features.model_fields.items()
        for mark in field.metadata
        for limit, step in (("ge", -1), ("gt", 0), ("le", 1), ("lt", 0))
        if hasattr(mark, limit)
    ],
)
def test_a_value_out_of_range_is_422(client: Client, name: str, value: float) -> None:
    response = predict(client, **{name: value})
    assert response.status_code == 422
    assert pointers(response) == [f"#/instances/0/{name}"]


@pytest.mark.parametrize("feature", [f for f in FEATURES if f.kind == "category"])
def test_an_unseen_category_is_counted_or_refused(client: Client, feature: Any) -> None:
    response = predict(client, **{feature.name: "unheard of"})
    if feature.closed:
        assert response.status_code == 422
    else:
        assert response.status_code == 200
        assert "unseen_categories_total 1.0" in client.get("/metrics").text


def test_at_most_twenty_errors_are_listed(client: Client) -> None:
    response = client.post("/predict", json={"instances": [{}] * 100})
    assert len(pointers(response)) == 20


def test_unknown_paths_and_methods_are_problems(client: Client) -> None:
    mine = {"X-Request-ID": "mine"}
    unknown, other = (client.get(path, headers=mine) for path in ("/nothing", "/predict"))
    assert (unknown.status_code, other.status_code) == (404, 405)
    assert other.headers["Allow"] == "POST"
    for response in (unknown, other):
        assert response.headers["X-Request-ID"] == "mine"
        assert pointers(response) == []


def test_the_document_describes_every_route_and_the_page_shows_it(client: Client) -> None:
    document = client.get("/openapi.json").json()
    assert {"/predict", "/feedback", "/model", "/metrics"} <= set(document["paths"])
    instance = document["components"]["schemas"]["Features"]["properties"]
    assert instance.keys() == Features.model_fields.keys()
    assert all("description" in field for field in instance.values())
    page = client.get("/docs")
    assert "openapi.json" in page.text
    assert page.headers["Content-Type"].startswith("text/html")


def test_head_is_get_without_a_body(client: Client) -> None:
    response = client.head("/model")
    assert (response.status_code, response.content) == (200, b"")

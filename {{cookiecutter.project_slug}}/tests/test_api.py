"""The HTTP contract. What is asked and what is wrong with it derives from the schema."""

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


@pytest.mark.parametrize("feature", [f for f in FEATURES if f.kind == "category"])
def test_an_unseen_category_is_counted_or_refused(client: Client, feature: Any) -> None:
    response = predict(client, **{feature.name: "unheard of"})
    if feature.closed:
        assert response.status_code == 422
    else:
        assert response.status_code == 200
        assert "unseen_categories_total 1.0" in client.get("/metrics").text


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

"""The schema is complete, and rows are encoded alike wherever they come from."""

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.bundle.storage import example_table
from {{ cookiecutter.package_name }}.encoding import FEATURES, columns, encode
from {{ cookiecutter.package_name }}.example import example_instance, example_label
from {{ cookiecutter.package_name }}.schema import ID, TIME, Features, Target
from {{ cookiecutter.package_name }}.serving.contract import PredictRequest

from .conftest import as_body


@pytest.mark.parametrize("model", [Features, Target])
def test_every_field_is_described(model: type[Features] | type[Target]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, f"{name} has no description"
        assert field.examples, f"{name} has no example"


def test_the_example_is_a_row() -> None:
    assert set(example_instance()) == set(Features.model_fields)
    assert Target.model_validate({next(iter(Target.model_fields)): example_label()})


def test_the_example_is_encoded() -> None:
    matrix = encode(example_table(example_instance()))
    assert matrix.shape == (1, len(columns()))
    assert matrix.dtype == np.float64


def test_collected_rows_have_all_columns(rows: pd.DataFrame) -> None:
    assert {ID, TIME, *Features.model_fields, *Target.model_fields} == set(rows.columns)


def test_a_request_is_encoded_like_the_table_that_trains_the_model(rows: pd.DataFrame) -> None:
    table = rows[list(Features.model_fields)].sample(200, random_state=0)
    instances = PredictRequest.model_validate_json(as_body(table)).instances
    request = {f.name: [getattr(row, f.name) for row in instances] for f in FEATURES}
    np.testing.assert_array_equal(encode(request), encode(table))

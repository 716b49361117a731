"""What is wrong with a table, by a schema made for the purpose."""

from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from pydantic import AwareDatetime, Field, ValidationError

from {{ cookiecutter.package_name }} import tables
from {{ cookiecutter.package_name }}.cli import app
from {{ cookiecutter.package_name }}.encoding import describe
from {{ cookiecutter.package_name }}.fields import Category, DateParts, Row, SchemaError
from {{ cookiecutter.package_name }}.slices import slices
from {{ cookiecutter.package_name }}.tables import problem, problems


class Customer(Row):
    age: Annotated[int, Field(ge=18)] | None = None
    fee: float
    plan: Annotated[str, Category(("basic", "pro"))]
    region: Annotated[str | None, Category(("north", "south"), closed=True)] = None
    active: bool | None = None


class Outcome(Row):
{% if cookiecutter.problem_type == "classification" %}
    churned: bool
{% else %}
    spent: float = Field(ge=0)
{% endif %}


class Other(Row):
{% if cookiecutter.problem_type == "classification" %}
    churned: float
{% else %}
    spent: bool
{% endif %}


class Optional(Row):
    {{ "churned: bool" if cookiecutter.problem_type == "classification" else "spent: float" }} | None = None


class Two(Outcome):
    more: bool


class Empty(Row):
    pass


TARGET = next(iter(Outcome.model_fields))
VALID: dict[str, Any] = {
    "age": [31, None, 47, 18],
    "fee": [9.5, 20, 0, -1],
    "plan": ["basic", "pro", "gold", "pro"],
    "region": ["north", None, "south", "north"],
    "active": [True, None, False, True],
}
OUTCOMES = {{ "[True, False, True, False]" if cookiecutter.problem_type == "classification" else "[1.5, 0, 2, 7]" }}
JOINED = [datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4)]


@pytest.fixture(autouse=True)
def _schema(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"Features": Customer, "FEATURES": describe(Customer), "Target": Outcome}
    for name, value in (own | {"ID": "customer", "TIME": "joined"}).items():
        monkeypatch.setattr(tables, name, value)


@pytest.fixture
def customers() -> pd.DataFrame:
    """Valid rows: nothing is wrong with them."""
    return pd.DataFrame({"customer": list("abcd"), "joined": JOINED, **VALID, TARGET: OUTCOMES})


def test_valid_rows_are_valid_in_every_type_that_pandas_has_for_them(
    customers: pd.DataFrame,
) -> None:
    assert problems(customers) == []
    assert problems(customers.astype({"age": "Int64", "plan": "string", "active": "boolean"})) == []
    assert problems(customers.astype(dict.fromkeys(VALID, object))) == []
    assert problems(customers.assign(age=None, region=None, active=None)) == []


@pytest.mark.parametrize(
    ("name", "value", "check", "shown"),
    [
        ("age", 47.5, "whole, in 64 bits", "47.5"),
        ("age", 2**63, "whole, in 64 bits", "9.223372036854776e+18"),
        ("age", 17, "greater_than_or_equal_to(18)", "17.0"),
        ("fee", np.inf, "finite", "inf"),
        ("fee", -np.inf, "finite", "-inf"),
        ("plan", "", "1 to 100 characters", ""),
        ("plan", 101 * "x", "1 to 100 characters", 101 * "x"),
        ("region", "west", "isin(('north', 'south'))", "west"),
    ],
)
def test_a_value_that_requests_refuse_is_a_problem(
    customers: pd.DataFrame, name: str, value: Any, check: str, shown: str
) -> None:
    customers[name] = [*customers[name][:-1], value]
    assert problems(customers) == [problem(name, check, rows=1, examples=[shown])]
    row = {name: values[0] for name, values in VALID.items()}
    with pytest.raises(ValidationError, match=name):
        Customer.model_validate(row | {name: value})


@pytest.mark.parametrize(
    ("name", "values", "check"),
    [
        ("fee", ["9.5", "20", "0", "1"], "should be numbers: use pd.to_numeric(…)"),
        ("fee", [True, False, True, True], "is bool, should be numbers: use pd.to_numeric(…)"),
        ("fee", [1, "20", 0, 1], "is mixed-integer, should be numbers: use pd.to_numeric(…)"),
        ("active", [0, 1, 1, 0], "is int64, should be bool: use .astype(bool)"),
        ("plan", [1, 2, 1, 2], 'is int64, should be text: use .astype("str")'),
        (
            "joined",
            [moment.replace(tzinfo=None) for moment in JOINED],
            "should be times with their timezone: use pd.to_datetime(…, utc=True)",
        ),
{% if cookiecutter.problem_type == "classification" %}
        (TARGET, [0, 1, 1, 0], "is int64, should be bool: use .astype(bool)"),
{% else %}
        (TARGET, ["0", "1", "1", "0"], "should be numbers: use pd.to_numeric(…)"),
{% endif %}
    ],
)
def test_a_column_of_another_type_is_one_problem_that_says_what_to_do(
    customers: pd.DataFrame, name: str, values: list[Any], check: str
) -> None:
    (found,) = problems(customers.assign(**{name: values}))
    assert (found["column"], found["rows"], found["examples"]) == (name, None, [])
    assert found["check"].endswith(check)


def test_a_column_too_few_or_too_many_is_named(customers: pd.DataFrame) -> None:
    assert problems(customers.rename(columns={"plan": "tariff"})) == [
        problem("plan", "the column is missing"),
        problem("tariff", "schema.py has no such column"),
    ]


def test_too_many_missing_values_are_a_problem_of_the_whole_column(
    customers: pd.DataFrame,
) -> None:
    customers["age"] = [None, None, None, 20]
    assert problems(customers, max_missing=0.75) == []
    assert problems(customers, max_missing=0.5) == [problem("age", "at most 50% missing")]


def test_missing_values_of_the_time_and_of_the_target_are_a_problem(
    customers: pd.DataFrame,
) -> None:
    for name in ("joined", TARGET):
        gaps = customers.assign(**{name: customers[name].mask(customers.index < 2)})
        assert problems(gaps) == [problem(name, "no missing values", rows=2)]


@pytest.mark.parametrize("dtype", ["str", "string", "object"])
def test_a_row_without_a_value_is_in_no_slice(customers: pd.DataFrame, dtype: str) -> None:
    found = slices(customers.astype({"region": dtype}), ["region"], min_rows=1)
    np.testing.assert_array_equal(found["region = north"], [True, False, False, True])


def test_the_time_may_be_missing_in_a_request_and_never_in_a_table(
    customers: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Member(Customer):
        joined: Annotated[AwareDatetime | None, DateParts(("month",))] = None

    monkeypatch.setattr(tables, "Features", Member)
    monkeypatch.setattr(tables, "FEATURES", describe(Member))
    customers["joined"] = customers["joined"].mask(customers.index < 2)
    assert problems(customers) == [problem("joined", "no missing values", rows=2)]


{% if cookiecutter.problem_type == "regression" %}
def test_a_target_may_have_whole_numbers_and_no_infinite_ones(customers: pd.DataFrame) -> None:
    assert problems(customers.assign(**{TARGET: [1, 2, 3, 4]})) == []
    infinite = customers.assign(**{TARGET: [1, 2, 3, np.inf]})
    assert problems(infinite) == [problem(TARGET, "finite", rows=1, examples=["inf"])]


{% endif %}
@pytest.mark.parametrize("target", [Two, Empty, Optional, Other], ids=lambda row: row.__name__)
def test_a_target_is_one_value_that_is_always_known(
    monkeypatch: pytest.MonkeyPatch, target: type[Row]
) -> None:
    monkeypatch.setattr(tables, "Target", target)
    with pytest.raises(SchemaError, match="Target needs one field"):
        tables.target_name()


@pytest.mark.parametrize(
    ("role", "name"), [("ID", "plan"), ("ID", "joined"), ("ID", TARGET), ("TIME", TARGET)]
)
def test_a_column_has_one_role(monkeypatch: pytest.MonkeyPatch, role: str, name: str) -> None:
    monkeypatch.setattr(tables, role, name)
    with pytest.raises(SchemaError, match=f"{name} cannot be two"):
        tables.table_schema()


def test_a_mistake_in_the_schema_ends_a_command_with_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "Target", Empty)
    result = CliRunner().invoke(app, ["validate"])
    assert result.exit_code == 1
    assert result.output.startswith("schema.py: Target needs one field")

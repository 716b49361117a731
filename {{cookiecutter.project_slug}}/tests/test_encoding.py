"""How each kind of field is encoded, on a schema made for the purpose."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from pydantic import AwareDatetime, ValidationError

from {{ cookiecutter.package_name }}.encoding import (
    categorical_columns,
    columns,
    count_unseen,
    describe,
    encode,
)
from {{ cookiecutter.package_name }}.fields import Category, DateParts, Row, SchemaError

NEW_YORK = ZoneInfo("America/New_York")


class Trip(Row):
    miles: float
    stops: int | None = None
    direct: bool | None = None
    color: Annotated[str | None, Category(("red", "green"))] = None
    shape: Annotated[str, Category(("round", "flat"), closed=True)]
    leaves: Annotated[
        AwareDatetime | None,
        DateParts(("year", "month", "day", "weekday", "hour", "minute_of_day"), "America/New_York"),
    ] = None


class Trips(Row):
    trips: list[Trip]


FEATURES = describe(Trip)
# 23:30 on the last day of a leap year's February in New York is the first of March in UTC.
EVENING = datetime(2024, 2, 29, 23, 30, tzinfo=NEW_YORK)
TABLE = {
    "miles": [1.5, -2],
    "stops": [3, None],
    "direct": [True, None],
    "color": ["green", "blue"],
    "shape": ["round", "flat"],
    "leaves": [EVENING.astimezone(ZoneInfo("UTC")), None],
}


def test_columns_are_named_after_fields_and_date_parts() -> None:
    assert columns(FEATURES)[:6] == ("miles", "stops", "direct", "color", "shape", "leaves.year")
    assert columns(FEATURES)[-1] == "leaves.minute_of_day"
    assert categorical_columns(FEATURES) == [3, 4]


def test_values_become_numbers_and_missing_ones_nan() -> None:
    nan = np.nan
    expected = [
        [1.5, 3, 1, 1, 0, 2024, 2, 29, 3, 23, 23 * 60 + 30],
        [-2, nan, nan, nan, 1, nan, nan, nan, nan, nan, nan],
    ]
    np.testing.assert_array_equal(encode(TABLE, FEATURES), expected)


def test_a_data_frame_is_encoded_like_lists() -> None:
    frame = pd.DataFrame(TABLE).astype({"direct": "boolean", "stops": "Int64"})
    np.testing.assert_array_equal(encode(frame, FEATURES), encode(TABLE, FEATURES))


@pytest.mark.parametrize("edge", [datetime.min, datetime.max], ids=str)
def test_a_moment_that_no_clock_of_the_zone_can_show_is_missing(edge: datetime) -> None:
    zones = ("Pacific/Kiritimati", "Pacific/Pago_Pago")  # 14 hours ahead, 11 hours behind
    for moment in (edge.replace(tzinfo=ZoneInfo(zone)) for zone in zones):
        assert encode(TABLE | {"leaves": [moment, None]}, FEATURES).shape == (2, 11)


def test_no_rows_make_an_empty_matrix() -> None:
    empty: dict[str, list[object]] = {name: [] for name in TABLE}
    assert encode(empty, FEATURES).shape == (0, 11)


def test_unseen_categories_are_counted_and_missing_ones_are_not() -> None:
    table = TABLE | {"color": ["blue", None]}
    assert count_unseen(table, encode(table, FEATURES), FEATURES) == 1


def test_a_closed_category_refuses_other_values() -> None:
    with pytest.raises(ValidationError, match="round"):
        Trip(miles=1, shape="square")


@pytest.mark.parametrize("digits", [20, 400])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_whole_number_that_needs_more_than_64_bits_is_refused(digits: int, sign: str) -> None:
    trip = {"miles": 1, "shape": "flat", "stops": int(f"{sign}{'9' * digits}")}
    with pytest.raises(ValidationError, match=r"stops\n.*9223372036854775") as caught:
        Trips.model_validate_json(json.dumps({"trips": [trip]}))
    assert caught.value.errors()[0]["loc"] == ("trips", 0, "stops")


def test_a_missing_column_is_an_error() -> None:
    with pytest.raises(KeyError, match="shape"):
        encode({name: values for name, values in TABLE.items() if name != "shape"}, FEATURES)


def test_a_field_that_cannot_be_encoded_is_refused() -> None:
    class Unknown(Row):
        name: str

    with pytest.raises(SchemaError, match=r"name.*Category"):
        describe(Unknown)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: Category(("a", "b", "a")), "has 'a' twice"),
        (lambda: Category("basic"), r"'basic' is none.*comma"),  # type: ignore[arg-type]
        (lambda: Category(["a", "b"]), "tuple"),  # type: ignore[arg-type]
        (lambda: Category((1, 2)), "texts"),  # type: ignore[arg-type]
        (lambda: Category(()), "tuple"),
        (lambda: DateParts("year"), r"'year' is none.*comma"),  # type: ignore[arg-type]
        (lambda: DateParts(("yer",)), "no part 'yer'; there are year, month"),  # type: ignore[arg-type]
        (lambda: DateParts(("year",), "Europe/Olso"), "no timezone 'Europe/Olso'"),
        (lambda: DateParts(("year",), "../Oslo"), "no timezone"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(
    declare: Callable[[], object], message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        declare()

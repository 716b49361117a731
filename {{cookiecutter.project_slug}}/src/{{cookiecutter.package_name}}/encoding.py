"""Rows become the model's matrix by the schema alone: nothing is fitted, so nothing can diverge.

Training, tests, serving and batch scoring all call `encode`. Numbers stay as they are, booleans
become 0 and 1, categories their index in the declared list, points in time their declared parts.
Missing values and undeclared categories become NaN.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel

from .fields import Category, DatePart, DateParts, SchemaError, base_type, marks
from .schema import Features

Matrix = NDArray[np.float64]
Kind = Literal["number", "boolean", "category", "moment"]

MISSING = float("nan")


class Table(Protocol):
    """Values by column name: a dictionary of lists or arrays, or a pandas DataFrame."""

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True)
class Feature:
    """How one field of the schema is encoded; it travels with the model as its feature schema."""

    name: str
    kind: Kind
    optional: bool = False
    categories: tuple[str, ...] = ()
    closed: bool = False
    parts: tuple[DatePart, ...] = ()
    timezone: str = "UTC"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns in the matrix."""
        if self.kind == "moment":
            return tuple(f"{self.name}.{part}" for part in self.parts)
        return (self.name,)

    @cached_property
    def index(self) -> dict[str | None, float]:
        """The code of each declared category."""
        return {category: float(code) for code, category in enumerate(self.categories)}

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def parse(self, value: Any) -> Any:
        """Return a value from JSON as `encode` takes it."""
        if self.kind == "moment" and value is not None:
            return datetime.fromisoformat(value)
        return value


def describe(model: type[BaseModel]) -> tuple[Feature, ...]:
    """Return how each field of a schema is encoded.

    Raises SchemaError for a field of a type that has no encoding.
    """
    return tuple(_describe_field(name, field) for name, field in model.model_fields.items())


def _describe_field(name: str, field: Any) -> Feature:
    annotation, optional = base_type(field)
    for mark in marks(field):
        if isinstance(mark, Category) and annotation is str:
            return Feature(name, "category", optional, categories=mark.values, closed=mark.closed)
        if isinstance(mark, DateParts) and annotation in (datetime, AwareDatetime):
            return Feature(name, "moment", optional, parts=mark.parts, timezone=mark.timezone)
    if annotation is bool:
        return Feature(name, "boolean", optional)
    if annotation in (int, float):
        return Feature(name, "number", optional)
    raise SchemaError(
        f"schema.py: {name}: {field.annotation} cannot be encoded. Use float, int, bool, "
        "Annotated[str, Category(…)] or Annotated[AwareDatetime, DateParts(…)], "
        "each with `| None` if it may be missing."
    )


FEATURES = describe(Features)


def columns(features: Iterable[Feature] = FEATURES) -> tuple[str, ...]:
    """The names of the matrix's columns, in order."""
    return tuple(column for feature in features for column in feature.columns)


def categorical_columns(features: Iterable[Feature] = FEATURES) -> list[int]:
    """The positions of the matrix's columns that hold category codes."""
    names = columns(features := tuple(features))
    categories = {feature.name for feature in features if feature.kind == "category"}
    return [position for position, name in enumerate(names) if name in categories]


def encode(table: Table, features: Sequence[Feature] = FEATURES) -> Matrix:
    """Return the matrix of a table.

    Args:
        table: the values by column name; columns that are no features are ignored.
        features: the schema to encode with; an older model's may differ from today's.

    Returns:
        float64 of shape (n_rows, n_columns), with the columns that `columns(features)` names.

    Raises:
        KeyError: a feature is not in the table.
    """
    n_rows = len(table[features[0].name])
    matrix = np.empty((n_rows, len(columns(features))))
    position = 0
    for feature in features:
        width = len(feature.columns)
        matrix[:, position : position + width] = _encode_column(table[feature.name], feature)
        position += width
    return matrix


def count_unseen(table: Table, matrix: Matrix, features: Sequence[Feature] = FEATURES) -> int:
    """Count the values of open categories that the schema does not declare."""
    count = 0
    for position, name in enumerate(columns(features)):
        feature = next((f for f in features if f.name == name), None)
        if feature and feature.kind == "category" and not feature.closed:
            given = sum(isinstance(value, str) for value in table[name])
            count += given - int(np.count_nonzero(~np.isnan(matrix[:, position])))
    return count


def _encode_column(values: Any, feature: Feature) -> Matrix:
    if feature.kind == "category":
        code = feature.index.get
        codes = (code(value, MISSING) for value in values)
        return np.fromiter(codes, np.float64, len(values))[:, np.newaxis]
    if feature.kind == "moment":
        return _date_parts(_local_time(values, feature), feature.parts)
    if hasattr(values, "to_numpy"):  # a pandas column may hold its own kinds of missing value
        values = values.to_numpy(dtype=np.float64, na_value=MISSING)
    return np.asarray(values, dtype=np.float64)[:, np.newaxis]


def _local_time(values: Any, feature: Feature) -> NDArray[np.datetime64]:
    """Return what the clocks of the feature's timezone show, as naive datetime64[s]."""
    if hasattr(values, "dt"):  # a pandas column converts all its values at once
        local = values.dt.tz_convert(feature.timezone).dt.tz_localize(None)
        return np.asarray(local, dtype="datetime64[s]")
    return np.array([_wall_clock(value, feature.zone) for value in values], dtype="datetime64[s]")


def _wall_clock(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return what a clock in the zone shows; nothing for the first and last day of the calendar."""
    try:
        return moment and moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return None


def _date_parts(moments: NDArray[np.datetime64], parts: Sequence[DatePart]) -> Matrix:
    """Return float64 of shape (n_rows, len(parts))."""
    days = moments.astype("datetime64[D]")
    months = moments.astype("datetime64[M]")
    minutes = (moments - days).astype("timedelta64[m]").astype(np.int64)
    matrix = np.empty((len(moments), len(parts)))
    for position, part in enumerate(parts):
        match part:
            case "year":
                matrix[:, position] = moments.astype("datetime64[Y]").astype(np.int64) + 1970
            case "month":
                matrix[:, position] = months.astype(np.int64) % 12 + 1
            case "day":
                matrix[:, position] = (days - months).astype(np.int64) + 1
            case "weekday":  # 1970-01-01 was a Thursday
                matrix[:, position] = (days.astype(np.int64) + 3) % 7
            case "hour":
                matrix[:, position] = minutes // 60
            case "minute_of_day":
                matrix[:, position] = minutes
    matrix[np.isnat(moments)] = MISSING
    return matrix

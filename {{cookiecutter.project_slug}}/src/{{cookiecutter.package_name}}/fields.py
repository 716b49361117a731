"""The kinds of field that a schema can declare beyond plain numbers and booleans."""

from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from .errors import ProjectError

DatePart = Literal["year", "month", "day", "weekday", "hour", "minute_of_day"]

LONGEST_TEXT = 100  # characters; a category that nobody declared still has to fit in a log line
LOWEST, HIGHEST = -(2**63), 2**63 - 1  # of the whole numbers that the prediction log can hold


class SchemaError(ProjectError):
    """schema.py declares what cannot be."""


def _keep_to_64_bits(schema: Any) -> None:
    """Limit the whole numbers of a schema. Others fit neither into the matrix nor into the log."""
    if isinstance(schema, list):
        for part in schema:
            _keep_to_64_bits(part)
    if isinstance(schema, dict):
        if schema.get("type") == "int":
            schema["ge"] = max(schema.get("ge", LOWEST), LOWEST)
            schema["le"] = min(schema.get("le", HIGHEST), HIGHEST)
        for part in schema.values():
            _keep_to_64_bits(part)


class Row(BaseModel):
    """One row. Values must have the declared type: no text for a number, no unknown field."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        _keep_to_64_bits(schema)
        return schema


@dataclass(frozen=True)
class Category:
    """Text out of a list. The model sees the index in the list.

    An open category takes other texts too: they reach the model as missing and are counted in the
    service's metrics. A closed one refuses them.
    """

    values: tuple[str, ...]
    closed: bool = False

    def __post_init__(self) -> None:
        _check_tuple("Category", self.values)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        text = (
            core_schema.literal_schema(list(self.values))
            if self.closed
            else core_schema.str_schema(min_length=1, max_length=LONGEST_TEXT)
        )
        optional = NoneType in get_args(source)
        return core_schema.nullable_schema(text) if optional else text


@dataclass(frozen=True)
class DateParts:
    """What the model sees of a point in time: these parts of the clock and calendar of a place.

    `weekday` is 0 on Mondays, `minute_of_day` 0 at midnight.
    """

    parts: tuple[DatePart, ...]
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        _check_tuple("DateParts", self.parts)
        known = get_args(DatePart)
        if unknown := [part for part in self.parts if part not in known]:
            raise SchemaError(
                f"schema.py: DateParts has no part {', '.join(map(repr, unknown))}; "
                f"there are {', '.join(known)}."
            )
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a path is no name, either
            raise SchemaError(
                f"schema.py: DateParts knows no timezone {self.timezone!r}; "
                "its name is that of a place, such as 'Europe/Oslo', or 'UTC'."
            ) from error


@dataclass(frozen=True)
class Sensitive:
    """Marks a field whose values are not for those who read the logs."""


def marks(field: FieldInfo) -> list[Any]:
    """Return what a field is annotated with, also within `Annotated[…] | None`."""
    inner = [arg for arg in get_args(field.annotation) if get_origin(arg) is Annotated]
    found = [*field.metadata, *(mark for arg in inner for mark in get_args(arg)[1:])]
    return [
        part
        for mark in found
        for part in (mark.metadata if isinstance(mark, FieldInfo) else [mark])
    ]


def limits(field: FieldInfo) -> list[tuple[str, Any]]:
    """Return the limits of a field by name, such as ("ge", 0)."""
    return [
        (name, limit)
        for mark in marks(field)
        for name in ("ge", "gt", "le", "lt")
        if (limit := getattr(mark, name, None)) is not None
    ]


def base_type(field: FieldInfo) -> tuple[Any, bool]:
    """Return the type of a field without what it is annotated with, and whether it may be missing."""
    optional = NoneType in get_args(field.annotation)
    types = [arg for arg in get_args(field.annotation) if arg is not NoneType]
    annotation = types[0] if optional and len(types) == 1 else field.annotation
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation, optional


def sensitive_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the fields that are marked as sensitive."""
    return tuple(
        name
        for name, field in model.model_fields.items()
        if any(isinstance(mark, Sensitive) for mark in marks(field))
    )


def _check_tuple(kind: str, values: Any) -> None:
    """Raise SchemaError unless values are texts, each of them once, in a tuple."""
    if not isinstance(values, tuple) or not values or {type(value) for value in values} != {str}:
        raise SchemaError(
            f"schema.py: {kind} takes a tuple of texts; {values!r} is none. "
            f'One with a single text needs a comma: {kind}(("…",)).'
        )
    if twice := sorted({value for value in values if values.count(value) > 1}):
        raise SchemaError(f"schema.py: {kind} has {', '.join(map(repr, twice))} twice.")

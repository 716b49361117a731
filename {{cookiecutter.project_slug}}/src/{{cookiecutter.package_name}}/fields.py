"""The kinds of field that a schema can declare beyond plain numbers and booleans."""

from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

DatePart = Literal["year", "month", "day", "weekday", "hour", "minute_of_day"]

LONGEST_TEXT = 100  # characters; a category that nobody declared still has to fit in a log line


class Row(BaseModel):
    """One row. Values must have the declared type: no text for a number, no unknown field."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Category:
    """Text out of a list. The model sees the index in the list.

    An open category takes other texts too: they reach the model as missing and are counted in the
    service's metrics. A closed one refuses them.
    """

    values: tuple[str, ...]
    closed: bool = False

    def __post_init__(self) -> None:
        if len(set(self.values)) != len(self.values):
            raise ValueError(f"a category is declared twice: {self.values}")

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


@dataclass(frozen=True)
class Sensitive:
    """Marks a field whose values are not for those who read the logs."""


def marks(field: FieldInfo) -> list[Any]:
    """Return what a field is annotated with, also within `Annotated[…] | None`."""
    inner = [arg for arg in get_args(field.annotation) if get_origin(arg) is Annotated]
    return [*field.metadata, *(mark for arg in inner for mark in get_args(arg)[1:])]


def sensitive_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the fields that are marked as sensitive."""
    return tuple(
        name
        for name, field in model.model_fields.items()
        if any(isinstance(mark, Sensitive) for mark in marks(field))
    )

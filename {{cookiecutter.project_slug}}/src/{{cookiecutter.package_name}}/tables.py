"""Tables by the schema: checks, with pandera, and rows as requests carry them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pydantic.fields import FieldInfo

from .encoding import FEATURES, Feature, Kind, describe
from .fields import HIGHEST, LONGEST_TEXT, SchemaError, base_type, limits
from .schema import ID, TIME, Features, Target

Problem = Mapping[str, Any]

LIMITS: dict[str, Callable[..., pa.Check]] = {
    "ge": pa.Check.ge,
    "gt": pa.Check.gt,
    "le": pa.Check.le,
    "lt": pa.Check.lt,
}
# The values of each kind as `pd.api.types.infer_dtype` calls them, as we do, and the way there.
VALUES: dict[Kind, tuple[set[str], str, str]] = {
    "number": (
        {"integer", "floating", "decimal", "mixed-integer-float"},
        "numbers",
        "pd.to_numeric(…)",
    ),
    "boolean": ({"boolean"}, "bool", ".astype(bool)"),
    "category": ({"string"}, "text", '.astype("str")'),
    "moment": ({"datetime64"}, "times with their timezone", "pd.to_datetime(…, utc=True)"),
}


def table_schema(max_missing: float = 1.0) -> pa.DataFrameSchema:
    """Return the checks of a labelled table: limits, categories, missing values, identity.

    Args:
        max_missing: the largest share of missing values in a column that may have any.

    Raises SchemaError where schema.py gives one column two roles.
    """
    fields = Features.model_fields | Target.model_fields
    others = [TIME] if TIME not in Features.model_fields else []
    names = [ID, *others, *Features.model_fields, target_name()]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SchemaError(
            f"schema.py: {', '.join(twice)} cannot be two of ID, TIME, a feature and the target. "
            "Only TIME may be a feature."
        )
    columns = {ID: pa.Column(unique=True), TIME: pa.Column()}
    for feature in (*FEATURES, target()):
        columns[feature.name] = _column(feature, fields[feature.name], max_missing)
    return pa.DataFrameSchema(columns, strict=True)


def problems(table: pd.DataFrame, max_missing: float = 1.0) -> list[Problem]:
    """Return what is wrong with a labelled table: a mapping for each column and check.

    It has the number of rows, or None where a column is wrong as a whole, and examples. Raises
    SchemaError as `table_schema` does.
    """
    schema = table_schema(max_missing)
    wrong = {name: "the column is missing" for name in schema.columns if name not in table}
    wrong |= {name: "schema.py has no such column" for name in table if name not in schema.columns}
    kinds = {feature.name: feature.kind for feature in (*FEATURES, target())} | {TIME: "moment"}
    for name, kind in kinds.items():
        if name in table and (difference := _other_values(table[name], kind)):
            wrong[name] = difference
    found = [problem(name, check) for name, check in wrong.items()]
    # The values of these columns would only fail once more, in words of pandera's.
    schema = schema.remove_columns([name for name in wrong if name in schema.columns])
    try:
        schema.validate(table.drop(columns=[name for name in wrong if name in table]), lazy=True)
    except pa.errors.SchemaErrors as error:
        found += _by_row(error)
    return found


def problem(
    column: str, check: str, rows: int | None = None, examples: list[str] | None = None
) -> Problem:
    """Return one problem of a table."""
    return {"column": column, "check": check, "rows": rows, "examples": examples or []}


def as_instances(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the features of rows as a request carries them."""
    records = with_none(rows[list(Features.model_fields)]).to_dict("records")
    return [
        Features.model_validate(record, strict=False).model_dump(mode="json") for record in records
    ]


def with_none(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with None for what is missing, which pandas calls NaN, NaT or NA by its type."""
    objects = rows.astype(object)
    return objects.where(objects.notna(), None)


def target() -> Feature:
    """Return the target. Raises SchemaError unless schema.py has one, which is always known."""
    described = describe(Target)
{% if cookiecutter.problem_type == "classification" %}
    if [(one.kind, one.optional) for one in described] != [("boolean", False)]:
        raise SchemaError("schema.py: Target needs one field, a bool that may not be missing.")
{% else %}
    if [(one.kind, one.optional) for one in described] != [("number", False)]:
        raise SchemaError("schema.py: Target needs one field, a number that may not be missing.")
{% endif %}
    return described[0]


def target_name() -> str:
    """The name of the target's column."""
    return target().name


def _other_values(values: "pd.Series[Any]", kind: Kind) -> str | None:
    """Return what is wrong where the values of a column are of another kind."""
    wanted, name, remedy = VALUES[kind]
    present = values.dropna()
    inferred = pd.api.types.infer_dtype(present)
    if kind == "moment":  # without a timezone they are called the same
        right = isinstance(values.dtype, pd.DatetimeTZDtype)
    else:
        right = present.empty or inferred in wanted
    dtype = inferred if values.dtype == object else values.dtype
    return None if right else f"is {dtype}, should be {name}: use {remedy}"


def _column(feature: Feature, field: FieldInfo, max_missing: float) -> pa.Column:
    checks = [LIMITS[name](limit) for name, limit in limits(field)]
    if feature.optional:
        checks.append(
            pa.Check(
                lambda values: bool(values.isna().mean() <= max_missing),
                name=f"at most {max_missing:.0%} missing",
                ignore_na=False,
            )
        )
    nullable = feature.optional and feature.name != TIME
    if feature.kind == "number":
        checks.append(pa.Check(np.isfinite, name="finite"))
        if base_type(field)[0] is int:
            whole = pa.Check(
                lambda values: (values % 1 == 0) & (values.abs() < HIGHEST),
                name="whole, in 64 bits",
            )
            checks.append(whole)
        return pa.Column(float, checks, nullable=nullable, coerce=True)
    if feature.kind == "category":
        checks.append(
            pa.Check.isin(feature.categories)
            if feature.closed
            else pa.Check.str_length(1, LONGEST_TEXT, error=f"1 to {LONGEST_TEXT} characters")
        )
    return pa.Column(None, checks, nullable=nullable)


# What pandera calls checks that are not ours, for people.
NAMES = {"field_uniqueness": "no value twice", "not_nullable": "no missing values"}


def _by_row(error: pa.errors.SchemaErrors, examples: int = 5) -> list[Problem]:
    found = []
    for (column, check), group in error.failure_cases.groupby(["column", "check"], sort=False):
        cases = group.loc[group["index"].notna(), "failure_case"].map(str)  # else: of no one row
        given = cases.drop_duplicates().head(examples).tolist() if check != "not_nullable" else []
        found.append(problem(column, NAMES.get(check, check), len(cases) or None, given))
    return found

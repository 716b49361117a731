"""Tables by the schema: checks, with pandera, and rows as requests carry them."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pydantic.fields import FieldInfo

from .encoding import FEATURES, Feature
from .schema import ID, TIME, Features, Target

LIMITS: dict[str, Callable[..., pa.Check]] = {
    "ge": pa.Check.ge,
    "gt": pa.Check.gt,
    "le": pa.Check.le,
    "lt": pa.Check.lt,
}


def table_schema(max_missing: float = 1.0) -> pa.DataFrameSchema:
    """Return the checks of a labelled table: types, ranges, categories, missing values, identity.

    Args:
        max_missing: the largest share of missing values in a column that may have any.
    """
    columns = {ID: pa.Column(unique=True)}
    if TIME not in Features.model_fields:
        columns[TIME] = _moment(optional=False)
    for feature in FEATURES:
        columns[feature.name] = _column(feature, Features.model_fields[feature.name], max_missing)
    (name, field), *_ = Target.model_fields.items()
    columns[name] = pa.Column(field.annotation, _limits(field))
    return pa.DataFrameSchema(columns, strict=True)


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


def target_name() -> str:
    """The name of the target's column."""
    return next(iter(Target.model_fields))


def _column(feature: Feature, field: FieldInfo, max_missing: float) -> pa.Column:
    checks = _limits(field)
    if feature.optional:
        checks.append(
            pa.Check(
                lambda values: bool(values.isna().mean() <= max_missing),
                name=f"at most {max_missing:.0%} missing",
                ignore_na=False,
            )
        )
    match feature.kind:
        case "moment":
            return _moment(feature.optional)
        case "category":
            if feature.closed:
                checks.append(pa.Check.isin(feature.categories))
            return pa.Column(str, checks, nullable=feature.optional)
        case "boolean":  # with missing values, pandas has it as objects or as a type of its own
            checks.append(pa.Check.isin((True, False)))
            return pa.Column(None if feature.optional else bool, checks, nullable=feature.optional)
        case "number":
            return pa.Column(float, checks, nullable=feature.optional, coerce=True)


def _moment(optional: bool) -> pa.Column:
    has_timezone = pa.Check(
        lambda values: isinstance(values.dtype, pd.DatetimeTZDtype),
        name="a time with its timezone",
    )
    return pa.Column(None, has_timezone, nullable=optional)


def _limits(field: FieldInfo) -> list[pa.Check]:
    """Turn the limits of a field, such as ge=0, into checks."""
    return [
        check(getattr(mark, limit))
        for mark in field.metadata
        for limit, check in LIMITS.items()
        if getattr(mark, limit, None) is not None
    ]


# What pandera calls checks that are not ours, for people.
NAMES = {
    "column_in_dataframe": "the column is there",
    "column_in_schema": "the column is declared in schema.py",
    "field_uniqueness": "no value twice",
    "not_nullable": "no missing values",
}


def problems(error: pa.errors.SchemaErrors, examples: int = 5) -> list[Mapping[str, Any]]:
    """Return what is wrong, a mapping for each column and check with rows and examples."""
    cases = error.failure_cases.assign(column=error.failure_cases["column"].fillna("table"))
    return [
        {
            "column": column,
            "check": NAMES.get(check, check),
            "rows": int(group["index"].notna().sum()),
            "examples": [str(value) for value in group["failure_case"].unique()[:examples]],
        }
        for (column, check), group in cases.groupby(["column", "check"], sort=False)
    ]

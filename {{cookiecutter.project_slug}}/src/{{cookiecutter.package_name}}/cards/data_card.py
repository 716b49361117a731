"""The data card: what the rows are that models are trained on and judged by."""

from typing import Any

import pandas as pd

from ..params import Params
from ..schema import TIME, Features
from ..tables import target_name
from .text import table


def data_card(
    rows: pd.DataFrame, params: Params, notes: dict[str, str], pictures: dict[str, str]
) -> str:
    """Return the card of the collected rows in Markdown.

    Args:
        notes: what people wrote, by section.
        pictures: what each shows, by the path of its file.
    """
    time = rows[TIME]
    period = f"{time.min():%Y-%m-%d} to {time.max():%Y-%m-%d}"
    parts = [
        f"# Data card: {params.model_name}",
        f"{len(rows):,} rows from {period}, all valid by `schema.py`. The newest "
        f"{params.split.test_days} days are for testing, the {params.split.validation_days} days "
        "before them for validation, all others for training.",
        "## About the data",
        notes["About the data"],
        "## Target",
        table(("", "Value"), _numbers(rows[target_name()].astype(float))),
        *(f"![{shown}]({path})" for path, shown in pictures.items()),
        "## Features",
        table(("Feature", "Missing", "Different values", "Range or most frequent"), _columns(rows)),
    ]
    return "\n\n".join(parts) + "\n"


def _numbers(values: "pd.Series[float]") -> list[tuple[str, str]]:
    found = {
        "mean": values.mean(),
        "median": values.median(),
        "lowest": values.min(),
        "highest": values.max(),
    }
    return [(name, f"{value:,.3g}") for name, value in found.items()]


def _columns(rows: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    found = []
    for name in Features.model_fields:
        column = rows[name]
        found.append(
            (f"`{name}`", f"{column.isna().mean():.1%}", f"{column.nunique():,}", _summary(column))
        )
    return found


def _summary(column: "pd.Series[Any]") -> str:
    present = column.dropna()
    if present.empty:
        return ""
    if pd.api.types.is_datetime64_any_dtype(present):
        return f"{present.min():%Y-%m-%d} to {present.max():%Y-%m-%d}"
    if pd.api.types.is_numeric_dtype(present) and not pd.api.types.is_bool_dtype(present):
        numbers = present.astype(float)
        return f"{numbers.min():,.4g} to {numbers.max():,.4g}"
    return ", ".join(map(str, present.value_counts().index[:3]))

"""Evidently's report on the drift of a window, as a page to look at."""

import warnings
from pathlib import Path
from typing import Any

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

from ..encoding import FEATURES
from ..fields import sensitive_fields
from ..schema import Features, Target
from .drift import PREDICTION

# The page shows how values are distributed, and the largest ones, to more people than the log does.
SENSITIVE = {
    column
    for feature in FEATURES
    if feature.name in sensitive_fields(Features)
    for column in feature.columns
}
if sensitive_fields(Target):
    SENSITIVE.add(PREDICTION)


def report(current: pd.DataFrame, trained_on: pd.DataFrame, limit: float) -> Any:
    """Compare two tables that `drift.comparable` has made, each with at least one row.

    Args:
        limit: the distance from which on a column is called drifted.

    Returns Evidently's snapshot, with the distances of `drift.measure` and the distributions, but for
    what is marked as sensitive in `schema.py`.
    """
    tables = (current, trained_on)
    compared = [
        name
        for name in current
        if name not in SENSITIVE and not any(table[name].isna().all() for table in tables)
    ]
    numbers = [name for name in compared if pd.api.types.is_numeric_dtype(trained_on[name])]
    definition = DataDefinition(
        numerical_columns=numbers,
        categorical_columns=[name for name in compared if name not in numbers],
    )
    preset = DataDriftPreset(
        num_method="wasserstein",
        cat_method="jensenshannon",
        num_threshold=limit,
        cat_threshold=limit,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of columns in which all values are the same
        return Report([preset]).run(
            Dataset.from_pandas(current[compared], definition),
            Dataset.from_pandas(trained_on[compared], definition),
        )


def write(path: Path, current: pd.DataFrame, trained_on: pd.DataFrame, limit: float) -> None:
    """Write the report as HTML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    report(current, trained_on, limit).save_html(str(path))

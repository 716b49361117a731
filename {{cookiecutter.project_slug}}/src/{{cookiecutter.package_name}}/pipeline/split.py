"""Split by time: a model is judged on rows that are newer than all it has seen."""

from datetime import timedelta

import pandas as pd

from .. import paths
from ..params import Params
from ..schema import TIME
from .errors import StageError


def split(params: Params) -> str:
    """Write the training, validation and test rows. Raises StageError if one part is empty."""
    parts = split_by_time(
        pd.read_parquet(paths.RAW), params.split.validation_days, params.split.test_days
    )
    for name, rows in parts.items():
        if rows.empty:
            raise StageError(
                f"No rows are left for {name}. Collect a longer period, or choose fewer days under "
                "`split` in params.yaml."
            )
    paths.SPLIT.mkdir(parents=True, exist_ok=True)
    for path, rows in zip((paths.TRAIN, paths.VALIDATION, paths.TEST), parts.values(), strict=True):
        rows.to_parquet(path, index=False)
    return ", ".join(f"{len(rows):,} rows for {name}" for name, rows in parts.items())


def split_by_time(
    table: pd.DataFrame, validation_days: int, test_days: int
) -> dict[str, pd.DataFrame]:
    """Return the parts by name, each in order of time.

    The newest `test_days` are for testing, the `validation_days` before them for validation.
    """
    table = table.sort_values(TIME, kind="stable", ignore_index=True)
    time = table[TIME]
    test_start = time.max() - timedelta(days=test_days)
    validation_start = test_start - timedelta(days=validation_days)
    return {
        "training": table[time <= validation_start],
        "validation": table[(time > validation_start) & (time <= test_start)],
        "testing": table[time > test_start],
    }

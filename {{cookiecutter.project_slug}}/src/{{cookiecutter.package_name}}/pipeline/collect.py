"""Read the rows of the chosen period from the source."""

from .. import dataset, paths
from ..params import Params
from .errors import StageError


def collect(params: Params) -> str:
    """Write the collected rows. Raises StageError if there are none."""
    period = params.collect
    rows = dataset.read(period.start, period.end)
    if rows.empty:
        raise StageError(
            f"The source has no rows from {period.start} to {period.end}. "
            "Choose another period under `collect` in params.yaml."
        )
    paths.RAW.parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(paths.RAW, index=False)
    return f"{len(rows):,} rows from {period.start} to {period.end}"

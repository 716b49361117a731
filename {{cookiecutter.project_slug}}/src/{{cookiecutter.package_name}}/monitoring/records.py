"""What the prediction log has of a window."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from ..prediction import Vector
from .tables import Tables
from .window import Window


@dataclass(frozen=True)
class Records:
    """What the log has of a window.

    Attributes:
        count: predictions, each counted once.
        newest: the last day that its rows are of, up to the window's end.
        versions: the models that made them, with how many each.
        sample: some of them: a column for each feature, and `prediction` with the raw prediction.
        target, predicted: of shape (n_labels,): what has happened, as far as it is known, and the raw
            predictions of it.
        delays: of shape (n_labels,): hours from a prediction to its first label.
        duplicates: records of predictions that were there already.
        unreadable: lines of its days that are no whole records, and files that cannot be read.
    """

    window: Window
    count: int
    newest: date | None
    versions: dict[str, int]
    sample: pd.DataFrame
    target: Vector
    predicted: Vector
    delays: Vector
    duplicates: int
    unreadable: int


def read_window(tables: Tables, window: Window, sample_rows: int) -> Records:
    """Return what was read of a window.

    Args:
        sample_rows: how many rows the sample has at most; always the same ones.
    """
    first, last = window.start.date(), window.end.date()
    with tables.opened() as database:
        database.execute(
            "CREATE TEMP MACRO in_window(moment) AS "
            f"moment >= '{window.start.isoformat()}' AND moment < '{window.end.isoformat()}'"
        )
        database.execute(
            f"CREATE TEMP MACRO no_later(moment) AS moment < '{window.end.isoformat()}'"
        )
        ((count, copies, newest),) = database.execute(COUNTS).fetchall()
        ((unreadable,),) = database.execute(UNREADABLE, [first, last]).fetchall()
        known = database.execute(KNOWN).df().to_numpy(dtype=float)
        return Records(
            window=window,
            count=count,
            newest=date.fromisoformat(newest) if newest else None,
            versions=dict(database.execute(VERSIONS).fetchall()),
            sample=database.execute(SAMPLE, [sample_rows]).df(),
            target=known[:, 0],
            predicted=known[:, 1],
            delays=known[:, 2],
            duplicates=copies - count,
            unreadable=int(unreadable),
        )


COUNTS = """
SELECT
    count(DISTINCT id) FILTER (in_window(time)),
    count(*) FILTER (in_window(time)),
    strftime(max(of) FILTER (in_window(time) AND no_later(of)), '%Y-%m-%d')
FROM predictions
"""
VERSIONS = """
SELECT model_version, count(DISTINCT id) FROM predictions
WHERE in_window(time) GROUP BY model_version ORDER BY model_version
"""
SAMPLE = """
SELECT DISTINCT ON (id) unnest(features), raw AS prediction FROM (
    SELECT * FROM predictions WHERE in_window(time) ORDER BY hash(id) LIMIT $1
)
"""
UNREADABLE = """
SELECT coalesce(sum(lines), 0) FROM unreadable
WHERE kind = 'predictions' AND day BETWEEN $1 AND $2 OR kind = 'labels' AND day >= $1
"""
# What was said last counts, from when it was said first.
KNOWN = """
SELECT label.actual, made.raw, epoch(label.first - made.time) / 3600 AS delay
FROM (
    SELECT id, arg_max(actual, time) AS actual, min(time) AS first FROM labels GROUP BY id
) AS label
JOIN (
    SELECT DISTINCT ON (id) id, raw, time FROM predictions WHERE in_window(time)
) AS made USING (id)
ORDER BY id
"""

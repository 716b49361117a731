"""The prediction log as tables, one window at a time.

DuckDB reads the files, and goes to the disk for what does not fit into `MEMORY`.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import fsspec
import pandas as pd
from fsspec.implementations.local import LocalFileSystem

from ..encoding import FEATURES
from ..prediction import RAW, Vector
from ..schema import TIME, Features, Target
from .window import Window

logger = logging.getLogger(__name__)

MEMORY = "300MB"


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


def read_window(url: str, window: Window, labels_until: date, sample_rows: int) -> Records:
    """Read a window of the log. What is missing or cannot be read is counted, and no error.

    Args:
        url: a folder or an fsspec URL, as `PREDICTION_LOG_URL` of the service.
        labels_until: the last day on which labels may have come.
        sample_rows: how many rows the sample has at most; always the same ones.
    """
    first, last = window.start.date(), window.end.date()
    with _database() as database:
        unreadable = _load(database, url, PREDICTIONS, first, last)
        unreadable += _load(database, url, LABELS, first, labels_until)
        database.execute(
            "CREATE MACRO in_window(moment) AS "
            f"moment >= '{window.start.isoformat()}' AND moment < '{window.end.isoformat()}'"
        )
        database.execute(f"CREATE MACRO no_later(moment) AS moment < '{window.end.isoformat()}'")
        (counts,) = database.execute(COUNTS).fetchall()
        count, copies, newest = counts
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
            unreadable=unreadable,
        )


def _fields() -> str:
    kinds = {"number": "DOUBLE", "boolean": "BOOLEAN"}
    return ", ".join(f'"{field.name}" {kinds.get(field.kind, "VARCHAR")}' for field in FEATURES)


ACTUAL = "BOOLEAN" if next(iter(Target.model_fields.values())).annotation is bool else "DOUBLE"


@dataclass(frozen=True)
class Kind:
    """A kind of record.

    Attributes:
        fields: with their types.
        columns: of the table that is made of them, with what each is made of.
        number: the column without which a record, with its id and time, is of no use.
    """

    name: str
    fields: dict[str, str]
    columns: dict[str, str]
    number: str


PREDICTIONS = Kind(
    "predictions",
    {
        "prediction_id": "VARCHAR",
        "time": "TIMESTAMPTZ",
        "model_version": "VARCHAR",
        "prediction": f"STRUCT({RAW} DOUBLE)",
        "features": f"STRUCT({_fields()})",
    },
    {
        "id": "TRY_CAST(prediction_id AS UUID)",
        "time": "time",
        "model_version": "model_version",
        "raw": f"prediction.{RAW}",
        "features": "features",
        "of": f'TRY_CAST(features."{TIME}" AS TIMESTAMPTZ)'
        if TIME in Features.model_fields
        else "NULL::TIMESTAMPTZ",
    },
    "raw",
)
LABELS = Kind(
    "labels",
    {"prediction_id": "VARCHAR", "time": "TIMESTAMPTZ", "actual": ACTUAL},
    {"id": "TRY_CAST(prediction_id AS UUID)", "time": "time", "actual": "actual::DOUBLE"},
    "actual",
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


@contextmanager
def _database() -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(Path(folder) / "log.db") as found:
        found.execute(f"SET memory_limit = '{MEMORY}'")
        found.execute("SET TimeZone = 'UTC'")
        found.execute("SET preserve_insertion_order = false")  # takes less memory
        yield found


def _load(
    database: duckdb.DuckDBPyConnection, url: str, kind: Kind, first: date, last: date
) -> int:
    """Make a table of the records of some days, and return how many lines and files are none."""
    chosen = ", ".join(f"{expression} AS {name}" for name, expression in kind.columns.items())
    nulls = ", ".join(f"NULL::{type_} AS {field}" for field, type_ in kind.fields.items())
    # The table's columns have the types of these expressions, whether there are files or none.
    database.execute(
        f"CREATE TABLE {kind.name} AS SELECT {chosen} FROM (SELECT {nulls}) LIMIT 0"  # noqa: S608
    )
    insert = (
        f"INSERT INTO {kind.name} SELECT {chosen} FROM read_json($files, columns = {kind.fields}, "  # noqa: S608
        "format = 'newline_delimited', ignore_errors = true, hive_partitioning = false)"
    )
    files = _files(database, f"{url.rstrip('/')}/{kind.name}", first, last)
    if not files:
        return 0
    lost = 0
    try:
        database.execute(insert, {"files": files})
    except duckdb.Error:  # at least one of them cannot be read: take the others
        lost = sum(_cannot_be_read(database, insert, file) for file in files)
    ((deleted,),) = database.execute(
        f"DELETE FROM {kind.name} WHERE "  # noqa: S608
        f"(id IS NOT NULL AND isfinite(time) AND isfinite({kind.number})) IS NOT TRUE"
    ).fetchall()
    return lost + int(deleted)


def _cannot_be_read(database: duckdb.DuckDBPyConnection, insert: str, file: str) -> bool:
    try:
        database.execute(insert, {"files": [file]})
    except duckdb.Error as error:
        logger.warning("%s cannot be read: %s", file, error)
        return True
    return False


def _files(database: duckdb.DuckDBPyConnection, url: str, first: date, last: date) -> list[str]:
    """Return the files of some days, both included, as DuckDB can open them."""
    filesystem, path = fsspec.url_to_fs(url)
    filesystem.invalidate_cache()  # s3fs keeps what it has listed once
    prefix = ""
    if not isinstance(filesystem, LocalFileSystem):
        database.register_filesystem(filesystem)
        protocol = filesystem.protocol
        prefix = f"{protocol if isinstance(protocol, str) else protocol[0]}://"
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        f"{prefix}{file}"
        for day in days
        for file in sorted(filesystem.glob(f"{path}/date={day}/*.jsonl"))
    ]

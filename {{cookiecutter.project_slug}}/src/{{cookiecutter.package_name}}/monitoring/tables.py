"""The prediction log as tables, into which each of its files is read once.

DuckDB keeps them on the disk, and takes no more memory than `MEMORY`.
"""

import logging
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import fsspec
from fsspec.implementations.local import LocalFileSystem

from ..encoding import FEATURES
from ..errors import ProjectError
from ..prediction import RAW
from ..schema import TIME, Features, Target

logger = logging.getLogger(__name__)

MEMORY = "300MB"


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

    @property
    def chosen(self) -> str:
        """The columns, as SQL selects them from the fields."""
        return ", ".join(f"{expression} AS {name}" for name, expression in self.columns.items())


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

KINDS = (PREDICTIONS, LABELS)


class LogError(ProjectError):
    """The prediction log cannot be read."""


class Tables:
    """Predictions, labels, and how much of the log is neither.

    Args:
        url: of the log: a folder or an fsspec URL, as `PREDICTION_LOG_URL` of the service.
        folder: where they are kept, instead of what was there before; by default, one that is removed
            with this object.
    """

    def __init__(self, url: str, folder: Path | None = None) -> None:
        self._url = url.rstrip("/")
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory()
            folder = Path(self._temporary.name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._file = folder / "log.db"
        with self.opened() as database:
            for kind in KINDS:
                nulls = ", ".join(
                    f"NULL::{type_} AS {field}" for field, type_ in kind.fields.items()
                )
                # The columns have the types of what they are made of, whether there are files or none.
                database.execute(
                    f"CREATE TABLE {kind.name} AS SELECT {kind.chosen} FROM (SELECT {nulls}) LIMIT 0"  # noqa: S608
                )
            database.execute("CREATE TABLE taken (kind VARCHAR, day DATE, file VARCHAR)")
            database.execute("CREATE TABLE unreadable (kind VARCHAR, day DATE, lines BIGINT)")

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give the database, which takes no memory between two times."""
        with duckdb.connect(self._file) as database:
            database.execute(f"SET memory_limit = '{MEMORY}'")
            database.execute("SET TimeZone = 'UTC'")
            database.execute("SET preserve_insertion_order = false")  # takes less memory
            yield database

    def update(self, first: date, last: date) -> None:
        """Read what is new of some days, both included, and forget what was before them.

        What is no record, or a file that cannot be read, is counted, and no error.

        Raises LogError if the log's store refuses, or does not answer.
        """
        try:
            self._update(first, last)
        except Exception as error:  # each store has errors of its own
            raise LogError(f"The prediction log at {self._url} cannot be read: {error}") from error

    def _update(self, first: date, last: date) -> None:
        filesystem, path = fsspec.url_to_fs(self._url)
        filesystem.invalidate_cache()  # s3fs keeps what it has listed once
        with self.opened() as database:
            for kind in KINDS:
                database.execute(f"DELETE FROM {kind.name} WHERE time < $1", [first])  # noqa: S608
                for number in range((last - first).days + 1):
                    day = first + timedelta(days=number)
                    files = filesystem.glob(f"{path}/{kind.name}/date={day}/*.jsonl")
                    _take(database, filesystem, kind, day, files)
            for name in ("taken", "unreadable"):
                database.execute(f"DELETE FROM {name} WHERE day < $1", [first])  # noqa: S608


def _take(
    database: duckdb.DuckDBPyConnection,
    filesystem: fsspec.AbstractFileSystem,
    kind: Kind,
    day: date,
    files: Sequence[str],
) -> None:
    """Read those files of a day that were not read before."""
    taken = database.execute(
        "SELECT file FROM taken WHERE kind = $1 AND day = $2", [kind.name, day]
    ).fetchall()
    new = sorted(set(files) - {file for (file,) in taken})
    if not new:
        return
    with _local(filesystem, new) as here:
        lines = _insert(database, kind, here)
    database.execute("INSERT INTO unreadable VALUES ($1, $2, $3)", [kind.name, day, lines])
    database.execute("INSERT INTO taken SELECT $1, $2, unnest($3)", [kind.name, day, new])


@contextmanager
def _local(filesystem: fsspec.AbstractFileSystem, files: list[str]) -> Iterator[list[str]]:
    """Give files as files of this machine: a bucket's are fetched, many at a time."""
    if isinstance(filesystem, LocalFileSystem):
        yield files
        return
    with tempfile.TemporaryDirectory() as folder:
        here = [f"{folder}/{number}.jsonl" for number in range(len(files))]
        filesystem.get(files, here)
        yield here


def _insert(database: duckdb.DuckDBPyConnection, kind: Kind, files: Sequence[str]) -> int:
    """Read files into a table, and return how many lines and files are no records."""
    insert = (
        f"INSERT INTO {kind.name} SELECT {kind.chosen} FROM read_json($files, columns = {kind.fields}, "  # noqa: S608
        "format = 'newline_delimited', ignore_errors = true, hive_partitioning = false)"
    )
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

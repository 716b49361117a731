"""The prediction log: what was asked and answered, and later what really happened.

An append-only dataset of JSON lines below an fsspec URL (a folder, or a bucket):

    predictions/date=2013-07-03/<time>-<id>.jsonl
    labels/date=2013-07-04/<time>-<id>.jsonl

Records become bytes of one buffer at once: thousands of objects that wait would take much memory
and keep the garbage collector busy, and the thread that writes them would take the interpreter from
those that answer. That thread writes what has gathered every few seconds, or earlier when there is
much, one new file at a time, so that a file is whole or not there. Nothing waits for it: where the
queue is full, records are dropped and counted.

Where processes are frozen between two requests, a thread cannot be relied on. There, with zero
seconds, each request writes its own records, and is answered when they are written.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import orjson
from fsspec.implementations.local import LocalFileSystem

logger = logging.getLogger(__name__)

Record = dict[str, Any]


class PredictionLog:
    """A bounded queue and the thread that empties it.

    Args:
        url: the folder or bucket; empty for no log.
        flush_seconds: how long records wait at most; 0 for not at all.
        capacity: how many records wait at most.
        on_drop: called with the number of records that were lost.
    """

    def __init__(
        self, url: str, flush_seconds: float, capacity: int, on_drop: Callable[[int], None]
    ) -> None:
        self._url = url.rstrip("/")
        self._flush_seconds = flush_seconds
        self._capacity = capacity
        # Seconds for one file. A client may wait for ever for a bucket that does not answer, and
        # what waits for the client, for as long: the thread, or an answer.
        self._patience = 30.0 if flush_seconds else 3.0
        self._waiting: defaultdict[str, bytearray] = defaultdict(bytearray)  # lines by folder
        self._count = 0
        self._lock = threading.Lock()
        self._on_drop = on_drop
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)

    def start(self) -> None:
        if self._url and self._flush_seconds:
            self._thread.start()
        elif self._url:
            fsspec.url_to_fs(self._url)  # or the first request waits for the client of the bucket

    def stop(self) -> None:
        """Write what is left and end the thread."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def put(self, kind: str, records: list[Record]) -> None:
        """Queue records under `predictions` or `labels`; returns at once, unless none may wait."""
        if not self._url:
            return
        folder = f"{kind}/date={records[0]['time'][:10]}"
        lines = [orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records]
        if not self._flush_seconds:
            self._try_to_write(folder, bytearray(b"".join(lines)))
            return
        with self._lock:
            room = self._capacity - self._count
            kept = lines[:room]
            self._waiting[folder] += b"".join(kept)
            self._count += len(kept)
        if self._count > self._capacity // 4:
            self._wake.set()
        if len(kept) < len(lines):
            self._on_drop(len(lines) - len(kept))

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._flush_seconds)
            self._wake.clear()
            self._flush()
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            waiting, self._waiting, self._count = self._waiting, defaultdict(bytearray), 0
        for folder, lines in waiting.items():
            self._try_to_write(folder, lines)

    def _try_to_write(self, folder: str, lines: bytearray) -> None:
        try:
            self._write(folder, lines)
        except Exception:
            # The disk may be full or the store away; the service goes on and says so.
            count = lines.count(b"\n")
            logger.exception("%d records of the prediction log were lost", count)
            self._on_drop(count)

    def _write(self, folder: str, lines: bytearray) -> None:
        name = f"{datetime.now(UTC):%H%M%S}-{uuid4().hex}.jsonl"
        filesystem, path = fsspec.url_to_fs(f"{self._url}/{folder}")
        if not isinstance(filesystem, LocalFileSystem):
            # A bucket shows an object when it is whole. One call, and the right to create objects,
            # is all that this takes: neither to read nor to delete.
            limit = {"timeout": self._patience} if filesystem.async_impl else {}
            filesystem.pipe_file(f"{path}/{name}", bytes(lines), **limit)
            return
        filesystem.makedirs(path, exist_ok=True)
        # A reader lists *.jsonl, so it never meets a file that is still being written.
        partial = Path(path, f".{name}.partial")
        try:
            partial.write_bytes(lines)
            partial.rename(Path(path, name))
        finally:
            partial.unlink(missing_ok=True)  # of a disk that is full


def now() -> str:
    """The time of a record."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")

"""Append-only files of JSON lines, each with the hash of the one before it.

None can be edited, taken out or moved unnoticed.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ..bundle.files import write_atomically
from ..bundle.manifest import Record
from ..errors import ProjectError


class LedgerError(ProjectError):
    """A ledger was altered, or someone else is writing into it."""


class Link(Record):
    """What each entry has."""

    sequence: int
    time: datetime
    previous: str | None
    hash: str


Entry = TypeVar("Entry", bound=Link)


def read(path: Path, kind: type[Entry]) -> list[Entry]:
    """Return all entries. Raises LedgerError with what is wrong if they are not as they were written."""
    found = problems(path, kind)
    if found:
        raise LedgerError("\n".join([*found, f"Get {path} back from git."]))
    return [kind.model_validate_json(line) for line in _lines(path)]


def append(path: Path, kind: type[Entry], **fields: Any) -> Entry:
    """Add an entry, whole or not at all, and return it. Raises LedgerError as `read` does.

    Args:
        fields: what an entry of this kind has besides those of `Link`.
    """
    before = read(path, kind)
    complete = fields | {
        "sequence": len(before) + 1,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "previous": before[-1].hash if before else None,
    }
    lines = [*_lines(path), _canonical(complete | {"hash": _hash(complete)})]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, "".join(f"{line}\n" for line in lines).encode())
    return kind.model_validate_json(lines[-1])


def problems(path: Path, kind: type[Link]) -> list[str]:
    """Return what does not fit: entries that were edited, taken out, added or moved."""
    found: list[str] = []
    previous = None
    for number, line in enumerate(_lines(path), start=1):
        place = f"{path}, line {number}"
        try:
            fields = json.loads(line)
            entry = kind.model_validate_json(line)
        except (ValueError, ValidationError):
            return [*found, f"{place} is no entry."]
        if entry.hash != _hash({key: value for key, value in fields.items() if key != "hash"}):
            found.append(f"{place} was edited: its hash is another one.")
        if entry.previous != previous or entry.sequence != number:
            found.append(f"{place} does not follow the line before: some were taken out or moved.")
        previous = entry.hash
    return found


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def _canonical(fields: dict[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hash(fields: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(fields).encode()).hexdigest()

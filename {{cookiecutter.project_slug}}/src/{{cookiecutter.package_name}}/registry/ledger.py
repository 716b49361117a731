"""The promotion ledger: who let which model into production, when and why.

`governance/promotions.jsonl` has one line for each decision and is kept under version control. Each
entry has the hash of the one before it, so that none can be edited, taken out or moved unnoticed.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import Field, ValidationError

from .. import paths
from ..bundle.files import write_atomically
from ..bundle.manifest import Code, Record
from ..errors import ProjectError

Decision = Literal["proposed", "blocked", "promoted", "overridden", "rolled back"]
IN_PRODUCTION = {"promoted", "overridden", "rolled back"}


class LedgerError(ProjectError):
    """The ledger was altered, or someone else is writing into it."""


class Model(Record):
    """A version in the registry, and the bundle that it holds."""

    number: str
    version: str
    bundle_digest: str


class Entry(Record):
    """One decision.

    Attributes:
        origin: the model that was in production; None for a first deployment.
        target: the model that the decision is about.
        rules: each rule of the gate with its value, its limit and its verdict.
        data: the MD5 of the rows that the target was made from; DVC knows them by it.
        code: the commit and the hash of the code that trained it.
        previous: the hash of the entry before.
    """

    sequence: int
    time: datetime
    who: str
    why: str
    decision: Decision
    model: str
    origin: Model | None = Field(alias="from")
    target: Model = Field(alias="to")
    rules: tuple[dict[str, Any], ...]
    data: str
    code: Code
    previous: str | None
    hash: str


@contextmanager
def locked() -> Iterator[None]:
    """Let no other process on this machine decide at the same time. Raises LedgerError if one does."""
    paths.LEDGER.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(paths.LEDGER.with_name(".lock"), timeout=0):
            yield
    except Timeout:
        raise LedgerError(
            "Another promotion is at work here. Wait for its end, then run the command again."
        ) from None


def read() -> list[Entry]:
    """Return all entries. Raises LedgerError with what is wrong if they are not as they were written."""
    found = problems()
    if found:
        raise LedgerError("\n".join([*found, f"Get {paths.LEDGER} back from git."]))
    return [Entry.model_validate_json(line) for line in _lines()]


def append(
    *,
    decision: Decision,
    model: str,
    origin: Model | None,
    target: Model,
    who: str,
    why: str,
    rules: list[dict[str, Any]],
    data: str,
    code: Code,
) -> Entry:
    """Add an entry, whole or not at all, and return it. Call it while `locked`."""
    before = read()
    fields = {
        "sequence": len(before) + 1,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": who,
        "why": why,
        "decision": decision,
        "model": model,
        "from": origin.model_dump() if origin else None,
        "to": target.model_dump(),
        "rules": rules,
        "data": data,
        "code": code.model_dump(),
        "previous": before[-1].hash if before else None,
    }
    fields["hash"] = _hash(fields)
    lines = [*_lines(), _canonical(fields)]
    write_atomically(paths.LEDGER, "".join(f"{line}\n" for line in lines).encode())
    return Entry.model_validate_json(lines[-1])


def problems() -> list[str]:
    """Return what does not fit: entries that were edited, taken out, added or moved."""
    found: list[str] = []
    previous = None
    for number, line in enumerate(_lines(), start=1):
        place = f"{paths.LEDGER}, line {number}"
        try:
            fields = json.loads(line)
            entry = Entry.model_validate_json(line)
        except (ValueError, ValidationError):
            return [*found, f"{place} is no entry."]
        if entry.hash != _hash({key: value for key, value in fields.items() if key != "hash"}):
            found.append(f"{place} was edited: its hash is another one.")
        if entry.previous != previous or entry.sequence != number:
            found.append(f"{place} does not follow the line before: some were taken out or moved.")
        previous = entry.hash
    return found


def in_production(name: str) -> Entry | None:
    """Return the last entry that put a model of this name into production."""
    entries = [entry for entry in read() if entry.model == name]
    return next((e for e in reversed(entries) if e.decision in IN_PRODUCTION), None)


def _lines() -> list[str]:
    if not paths.LEDGER.exists():
        return []
    return paths.LEDGER.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def _canonical(fields: dict[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hash(fields: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(fields).encode()).hexdigest()

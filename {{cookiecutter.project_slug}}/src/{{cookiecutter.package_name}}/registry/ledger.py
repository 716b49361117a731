"""The promotion ledger: who let which model into production, when and why.

`governance/promotions.jsonl` has one line for each decision and is kept under version control. Each
entry has the hash of the one before it, so that none can be edited, taken out or moved unnoticed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import Field

from .. import paths
from ..bundle.manifest import Code, Record
from . import chain
from .chain import LedgerError, Link

Decision = Literal["proposed", "blocked", "promoted", "overridden", "rolled back"]
IN_PRODUCTION = {"promoted", "overridden", "rolled back"}


class Model(Record):
    """A version in the registry, and the bundle that it holds."""

    number: str
    version: str
    bundle_digest: str


class Entry(Link):
    """One decision.

    Attributes:
        origin: the model that was in production; None for a first deployment.
        target: the model that the decision is about.
        rules: each rule of the gate with its value, its limit and its verdict.
        data: the MD5 of the rows that the target was made from; DVC knows them by it.
        code: the commit and the hash of the code that trained it.
    """

    who: str
    why: str
    decision: Decision
    model: str
    origin: Model | None = Field(alias="from")
    target: Model = Field(alias="to")
    rules: tuple[dict[str, Any], ...]
    data: str
    code: Code


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
    return chain.read(paths.LEDGER, Entry)


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
    fields = {
        "who": who,
        "why": why,
        "decision": decision,
        "model": model,
        "from": origin.model_dump() if origin else None,
        "to": target.model_dump(),
        "rules": rules,
        "data": data,
        "code": code.model_dump(),
    }
    return chain.append(paths.LEDGER, Entry, **fields)


def in_production(name: str) -> Entry | None:
    """Return the last entry that put a model of this name into production."""
    entries = [entry for entry in read() if entry.model == name]
    return next((e for e in reversed(entries) if e.decision in IN_PRODUCTION), None)

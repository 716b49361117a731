"""The ledger shows what was done to it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.bundle.manifest import Code
from {{ cookiecutter.package_name }}.cli import app
from {{ cookiecutter.package_name }}.registry import chain, ledger
from {{ cookiecutter.package_name }}.registry.chain import LedgerError
from {{ cookiecutter.package_name }}.registry.ledger import Model

Lines = list[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def model(number: int) -> Model:
    return Model(number=str(number), version=f"v{number}", bundle_digest=f"{number:064}")


def note(number: int, why: str = "new data") -> ledger.Entry:
    with ledger.locked():
        return ledger.append(
            decision="promoted",
            model="flights",
            origin=model(number - 1) if number > 1 else None,
            target=model(number),
            who="Ada Lovelace",
            why=why,
            rules=[{"name": "mae", "value": 1.5, "passed": True}, {"name": "r2", "value": None}],
            data="d41d8cd9",
            code=Code(commit=None, clean=False, sha256="0" * 64),
        )


def lines() -> Lines:
    return paths.LEDGER.read_text(encoding="utf-8").splitlines(keepends=True)


def test_entries_follow_one_another() -> None:
    first, second = note(1), note(2, why="a\nb\u2028c “d”")
    assert ledger.read() == [first, second]
    assert (first.previous, second.previous) == (None, first.hash)
    assert ledger.in_production("flights") == second
    assert ledger.in_production("other") is None
    assert CliRunner().invoke(app, ["ledger", "verify"]).output.startswith("2 entries")


def edited(content: Lines) -> Lines:
    fields = json.loads(content[1])
    fields["why"] = "other"
    return [content[0], json.dumps(fields) + "\n", *content[2:]]


def edited_with_a_new_hash(content: Lines) -> Lines:
    fields = json.loads(edited(content)[1])
    del fields["hash"]
    fields["hash"] = chain._hash(fields)
    return [content[0], json.dumps(fields) + "\n", *content[2:]]


def with_one_byte_less(content: Lines) -> Lines:
    return [*content[:-1], content[-1][:-20]]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (edited, 2),
        (edited_with_a_new_hash, 3),
        (lambda content: content[1:], 1),
        (lambda content: [content[0], *content[2:]], 2),
        (lambda content: [content[1], content[0], content[2]], 1),
        (lambda content: [*content, content[2]], 4),
        (lambda content: [*content, "{}\n"], 4),
        (lambda content: [content[0], "<<<<<<< HEAD\n", *content[1:]], 2),
        (with_one_byte_less, 3),
    ],
)
def test_what_was_done_to_it_is_found(change: Callable[[Lines], Lines], line: int) -> None:
    for number in (1, 2, 3):
        note(number)
    paths.LEDGER.write_text("".join(change(lines())), encoding="utf-8")
    result = CliRunner().invoke(app, ["ledger", "verify"])
    assert result.exit_code == 1
    assert re.search(rf"line {line}\b", result.output), result.output
    before = paths.LEDGER.read_bytes()
    with pytest.raises(LedgerError, match="git"):
        note(4)
    assert paths.LEDGER.read_bytes() == before


def test_only_one_writes_at_a_time() -> None:
    with ledger.locked(), pytest.raises(LedgerError, match="at work"):
        note(1)
    assert not paths.LEDGER.exists()


def test_a_full_disk_leaves_the_ledger_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    note(1)
    before = paths.LEDGER.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        note(2)
    assert paths.LEDGER.read_bytes() == before

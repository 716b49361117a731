"""The way back: to the version before, or to another one, and what stays out from then on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.cli import app
from {{ cookiecutter.package_name }}.params import Params
from {{ cookiecutter.package_name }}.registry import ledger, production
from {{ cookiecutter.package_name }}.registry.promotion import Promotion, promote
from {{ cookiecutter.package_name }}.registry.rollback import rollback
from {{ cookiecutter.package_name }}.registry.tracking import RegistryError

from .promoting import champion, decisions, digest, lenient, replace_candidate, train_again


def test_the_way_back_is_one_command(workspace: Path, params: Params, rival: Path) -> None:
    first = promote(params)
    replace_candidate(rival)
    second = promote(lenient(params))
    result = CliRunner().invoke(app, ["rollback", "--reason", "it is late too often"])
    assert result.exit_code == 0, result.output
    assert champion(params).number == first.version.number
    assert digest(paths.CHAMPION) == first.version.digest
    assert ledger.read()[-1].why == "it is late too often"
    for number in ("1", "2"):
        told = CliRunner().invoke(app, ["lineage", number]).output
        assert "rolled back" in told
        assert "late too" in told
    # What was rolled back is not promoted once more, unless somebody says why.
    again = promote(lenient(params))
    assert not again.promoted
    assert _failed_rules(again) == ["times it was rolled back"]
    assert rollback(params, second.version.number, "it was the network").number == "2"
    assert digest(paths.CHAMPION) == second.version.digest
    assert decisions() == ["promoted", "promoted", "rolled back", "blocked", "rolled back"]


@pytest.mark.parametrize(
    ("number", "because"),
    [(None, "no champion before"), ("1", "champion already"), ("7", "no version 7"), ("2", "gate")],
)
def test_there_is_no_way_back_to_what_was_no_champion(
    workspace: Path, params: Params, spoiled: Path, number: str | None, because: str
) -> None:
    promote(params)
    replace_candidate(spoiled)
    promote(params)
    with pytest.raises(RegistryError, match=because):
        rollback(params, number, "whatever")
    assert digest(paths.CHAMPION) == champion(params).digest


@pytest.fixture
def rolled_back(workspace: Path, params: Params, rival: Path) -> Path:
    """A project in which version 2, the candidate still, was rolled back to version 1."""
    promote(params)
    replace_candidate(rival)
    promote(lenient(params))
    rollback(params, None, "it is late too often")
    return workspace


def test_the_same_rollback_once_more_changes_nothing(rolled_back: Path, params: Params) -> None:
    assert rollback(params, "1", "it is late too often").number == "1"
    with pytest.raises(RegistryError, match="Say which VERSION"):
        rollback(params, None, "it is late too often")
    assert champion(params).number == "1"
    assert decisions() == ["promoted", "promoted", "rolled back"]


def test_a_rollback_that_was_interrupted_is_finished_by_the_same_command(
    workspace: Path, params: Params, rival: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = promote(params)
    replace_candidate(rival)
    promote(lenient(params))
    with monkeypatch.context() as patch:
        patch.setattr(production, "install", _full_disk)
        with pytest.raises(OSError, match="full"):
            rollback(params, None, "it is late too often")
    assert rollback(params, None, "it is late too often").number == "1"
    assert digest(paths.CHAMPION) == first.version.digest
    assert decisions() == ["promoted", "promoted", "rolled back"]


def _full_disk(*_: object) -> None:
    raise OSError("the disk is full")


def test_what_was_rolled_back_stays_out_whatever_came_after(
    rolled_back: Path, params: Params, rival: Path, spoiled: Path
) -> None:
    replace_candidate(spoiled)
    promote(params, override="anything is better")
    replace_candidate(rival)
    train_again()
    assert _failed_rules(promote(lenient(params))) == ["times it was rolled back"]


def test_what_was_rolled_back_stays_out_with_a_new_registry(
    rolled_back: Path, params: Params, another_registry: Callable[[], None]
) -> None:
    another_registry()
    assert _failed_rules(promote(lenient(params))) == ["times it was rolled back"]


def _failed_rules(promotion: Promotion) -> list[str]:
    verdict = promotion.decision.verdict
    return [rule.name for rule in verdict.rules if not rule.passed] if verdict else []

"""Promotions, what keeps a model out of production, and the way back."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.cli import app
from {{ cookiecutter.package_name }}.evaluation import MAIN_METRIC
from {{ cookiecutter.package_name }}.params import Params
from {{ cookiecutter.package_name }}.registry import ledger, tracking
from {{ cookiecutter.package_name }}.registry.decision import decide
from {{ cookiecutter.package_name }}.registry.promotion import promote, propose
from {{ cookiecutter.package_name }}.registry.rollback import rollback
from {{ cookiecutter.package_name }}.registry.tracking import RegistryError

from .promoting import champion, decisions, digest, lenient, replace_candidate, train_again


def test_only_models_that_pass_are_served(workspace: Path, params: Params, spoiled: Path) -> None:
    judged = decide(params)
    assert judged.passed
    assert judged.before is None
    assert tracking.find(params.model_name) is None

    first = promote(params)
    assert first.promoted
    assert champion(params).digest == digest(paths.CHAMPION) == digest(paths.CANDIDATE)

    again = promote(params)
    assert again.decision.verdict is None
    assert again.version.number == first.version.number

    replace_candidate(spoiled)
    worse = promote(params)
    assert not worse.promoted
    assert worse.decision.before == judged.candidate.version
    assert champion(params).number == first.version.number
    assert digest(paths.CHAMPION) == first.version.digest
    report = json.loads(paths.GATE_REPORT.read_text(encoding="utf-8"))
    assert report["candidate"] == worse.decision.candidate.version
    assert not report["passed"]
    assert decisions() == ["promoted", "blocked"]


def test_the_ledger_says_who_why_what_and_from_where(
    workspace: Path, params: Params, rival: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTOR", "Ada Lovelace")
    first = promote(params, why="the first one")
    replace_candidate(rival)
    second = promote(lenient(params), why="more data")
    start, entry = ledger.read()
    assert (start.origin, start.why) == (None, "the first one")
    assert (entry.who, entry.why, entry.decision) == ("Ada Lovelace", "more data", "promoted")
    assert entry.origin and entry.origin.number == first.version.number
    manifest = second.decision.candidate
    assert entry.target.bundle_digest == digest(paths.CHAMPION)
    assert entry.data == manifest.data.md5
    assert entry.code == manifest.code
    assert {rule["name"] for rule in entry.rules} >= {f"{MAIN_METRIC} gained on the champion"}
    previous = tracking.find(params.model_name, tracking.PREVIOUS)
    assert previous and previous.number == first.version.number


def test_an_override_says_why(workspace: Path, params: Params, spoiled: Path) -> None:
    promote(params)
    replace_candidate(spoiled)
    run = CliRunner().invoke
    assert run(app, ["promote", "--override", " "]).exit_code == 2
    assert run(app, ["promote"]).exit_code == 3
    result = run(app, ["promote", "--override", "the old one leaks"])
    assert result.exit_code == 0, result.output
    entry = ledger.read()[-1]
    assert (entry.decision, entry.why) == ("overridden", "the old one leaks")
    assert not all(rule["passed"] for rule in entry.rules)
    assert champion(params).digest == digest(paths.CANDIDATE)


def test_a_proposal_waits_as_challenger(workspace: Path, params: Params, rival: Path) -> None:
    first = promote(params)
    replace_candidate(rival)
    proposal = propose(lenient(params), "new data")
    challenger = tracking.find(params.model_name, tracking.CHALLENGER)
    assert challenger and challenger.number == proposal.version.number
    assert champion(params).number == first.version.number
    promotion = promote(lenient(params))
    assert promotion.version.number == proposal.version.number
    assert tracking.find(params.model_name, tracking.CHALLENGER) is None
    assert decisions() == ["promoted", "proposed", "promoted"]


def test_a_proposal_that_is_trained_once_more_waits_no_longer_when_it_is_promoted(
    workspace: Path, params: Params, rival: Path
) -> None:
    promote(params)
    replace_candidate(rival)
    propose(lenient(params), "new data")
    train_again()
    assert promote(lenient(params)).promoted
    assert tracking.find(params.model_name, tracking.CHALLENGER) is None


def test_the_champion_trained_once_more_is_the_champion_already(
    workspace: Path, params: Params
) -> None:
    first = promote(params)
    train_again()
    again = promote(params)
    assert again.decision.verdict is None
    assert again.version.number == first.version.number
    assert digest(paths.CHAMPION) == first.version.digest
    assert decisions() == ["promoted"]


def test_a_slice_may_be_of_any_value(workspace: Path, params: Params) -> None:
    part = {"maker = R&D, O'Hare (é)": {"rows": 500, "value": 0.7}}
    _rewrite(lambda manifest: manifest["evaluation"]["slices"].update(part))
    run = client().get_run(promote(params).version.run)
    assert f"slice.maker.R_D_ O_Hare _é_.{MAIN_METRIC}" in run.data.metrics


def _rewrite(change: Callable[[Any], object]) -> None:
    """Change what the candidate's manifest says."""
    file = paths.CANDIDATE / "bundle.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    change(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")


def test_what_says_something_else_of_the_model_is_another_candidate(
    workspace: Path, params: Params
) -> None:
    promote(params)
    _rewrite(lambda manifest: manifest["metrics"]["model"].update({MAIN_METRIC: 0.99}))
    assert promote(params).decision.verdict


def test_a_tampered_bundle_is_neither_promoted_nor_rolled_back_to(
    workspace: Path, params: Params, rival: Path
) -> None:
    promote(params)
    before = digest(paths.CHAMPION)
    replace_candidate(rival)
    next(paths.CANDIDATE.glob("model.*")).write_bytes(b"altered")
    with pytest.raises(bundle.BundleError, match="altered"):
        promote(params)
    replace_candidate(rival)
    promote(lenient(params))
    for model in Path("mlruns").rglob("candidate/model.*"):
        model.write_bytes(b"altered")
    now = digest(paths.CHAMPION)
    with pytest.raises(bundle.BundleError, match="altered"):
        rollback(params, "1", "whatever")
    assert digest(paths.CHAMPION) == now != before
    assert decisions() == ["promoted", "promoted"]


def test_a_champion_that_cannot_be_loaded_blocks_until_somebody_says_why(
    workspace: Path, params: Params, rival: Path
) -> None:
    promote(params)
    for model in Path("mlruns").rglob("candidate/model.*"):
        model.write_bytes(b"altered")
    replace_candidate(rival)
    blocked = promote(params)
    assert not blocked.promoted
    assert blocked.decision.verdict
    (rule,) = [rule for rule in blocked.decision.verdict.rules if not rule.passed]
    assert "altered" in rule.note
    assert promote(params, override="the champion is lost").promoted


def test_a_new_registry_gets_the_champion_before_a_candidate_is_judged(
    workspace: Path, params: Params, spoiled: Path, another_registry: Callable[[], None]
) -> None:
    first = promote(params)
    another_registry()
    replace_candidate(spoiled)
    worse = promote(params)
    assert not worse.promoted
    assert worse.decision.before == first.version.name
    assert champion(params).digest == digest(paths.CHAMPION) == first.version.digest
    assert decisions() == ["promoted", "promoted", "blocked"]
    assert "of another registry" in ledger.read()[1].why
    assert promote(params, override="it goes on from there").promoted
    assert rollback(params, None, "and back").digest == first.version.digest


def test_a_champion_that_was_brought_half_way_is_brought_whole(
    workspace: Path,
    params: Params,
    rival: Path,
    another_registry: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    promote(params)
    replace_candidate(rival)
    promote(lenient(params))
    another_registry()
    with monkeypatch.context() as patch:
        patch.setattr(tracking, "set_aliases", _lost_connection)
        with pytest.raises(RegistryError, match="lost"):
            promote(lenient(params))
    assert promote(lenient(params)).promoted
    assert champion(params).digest == digest(paths.CHAMPION)


def _lost_connection(*_: object) -> None:
    raise RegistryError("the connection was lost")


def test_a_champion_that_is_not_what_was_promoted_is_not_brought_along(
    workspace: Path, params: Params, spoiled: Path, another_registry: Callable[[], None]
) -> None:
    promote(params)
    paths.CHAMPION.joinpath("bundle.json").write_text("{}", encoding="utf-8")
    another_registry()
    replace_candidate(spoiled)
    promote(params)
    assert decisions()[0] == "promoted"
    assert not any("another registry" in entry.why for entry in ledger.read())


def client() -> MlflowClient:
    return MlflowClient(os.environ["MLFLOW_TRACKING_URI"])


def test_an_alias_that_was_moved_by_hand_blocks(
    workspace: Path, params: Params, spoiled: Path
) -> None:
    promote(params)
    replace_candidate(spoiled)
    promote(params)
    client().set_registered_model_alias(params.model_name, tracking.CHAMPION, "2")
    with pytest.raises(RegistryError, match="somebody has moved it"):
        promote(params)
    rollback(params, "1", "nobody promoted version 2")
    assert not promote(params).promoted


def test_a_champion_that_nobody_promoted_blocks(
    workspace: Path, params: Params, rival: Path
) -> None:
    promote(params)
    client().delete_model_version_tag(params.model_name, "1", tracking.DIGEST_TAG)
    replace_candidate(rival)
    verdict = decide(params).verdict
    assert verdict
    (rule,) = [rule for rule in verdict.rules if not rule.passed]
    assert "no digest is known" in rule.note


def test_an_old_ledger_is_not_continued(workspace: Path, params: Params, rival: Path) -> None:
    promote(params)
    paths.LEDGER.unlink()
    replace_candidate(rival)
    with pytest.raises(RegistryError, match="newest ledger"):
        promote(lenient(params))
    assert tracking.versions(params.model_name)[0].number == "1"


def test_a_registry_that_is_away_is_an_error_and_changes_nothing(
    workspace: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(RegistryError, match=r"127\.0\.0\.1:9"):
        promote(params)
    assert not paths.CHAMPION.exists()
    assert not paths.LEDGER.exists()


def test_an_empty_address_is_that_of_the_local_registry(
    workspace: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert tracking.find(params.model_name) is None
    assert Path("mlflow.db").is_file()


def test_the_origin_of_a_prediction_is_known(workspace: Path, params: Params) -> None:
    promotion = promote(params, why="the first one")
    manifest = promotion.decision.candidate
    record = {
        "time": "2013-07-03T10:00:00.000+00:00",
        "model_version": manifest.version,
        "prediction_id": "0197f3a0-5b1c-7cc2-8a51-3d7d6f5b0c11",
    }
    folder = Path("data/prediction-log/predictions/date=2013-07-03")
    folder.mkdir(parents=True)
    (folder / "100000-a.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    for wanted in ([], ["1"], [manifest.version], [record["prediction_id"]]):
        result = CliRunner().invoke(app, ["lineage", *wanted])
        assert result.exit_code == 0, result.output
        for told in (manifest.data.md5, manifest.code.sha256, promotion.version.run):
            assert told in result.output
        assert "the first one" in result.output
    assert "2013-07-03T10:00" in result.output
    for unknown in ("9", "0197f3a0-5b1c-7cc2-8a51-3d7d6f5b0c12"):
        result = CliRunner().invoke(app, ["lineage", unknown])
        assert result.exit_code == 1
        assert unknown in result.output

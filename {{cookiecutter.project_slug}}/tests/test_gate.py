"""The gate blocks unless every rule holds."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.evaluation import HIGHER_IS_BETTER, MAIN_METRIC
from {{ cookiecutter.package_name }}.params import Gate, Params
from {{ cookiecutter.package_name }}.pipeline.evaluate import evaluate
from {{ cookiecutter.package_name }}.pipeline.seal import seal
from {{ cookiecutter.package_name }}.pipeline.train import train
from {{ cookiecutter.package_name }}.registry import tracking
from {{ cookiecutter.package_name }}.registry.gate import GateError, Rule, judge
from {{ cookiecutter.package_name }}.registry.promotion import decide, promote
from {{ cookiecutter.package_name }}.tables import target_name

BETTER, WORSE = (0.8, 0.6) if HIGHER_IS_BETTER[MAIN_METRIC] else (0.6, 0.8)


def scores(main: float) -> dict[str, float]:
    return dict.fromkeys(HIGHER_IS_BETTER, 0.7) | {MAIN_METRIC: main}


def test_a_first_model_needs_only_to_beat_the_baseline() -> None:
    assert judge(scores(BETTER), scores(WORSE), None, Gate()).passed
    assert not judge(scores(WORSE), scores(BETTER), None, Gate()).passed
    assert not judge(scores(WORSE), scores(WORSE), None, Gate()).passed


def test_a_worse_model_than_the_champion_is_blocked_and_an_equal_one_is_not() -> None:
    baseline = scores(WORSE)
    assert not judge(scores(0.7), baseline, scores(BETTER), Gate()).passed
    assert judge(scores(0.7), baseline, scores(0.7), Gate()).passed


def test_absolute_limits_block() -> None:
    name = next(name for name in HIGHER_IS_BETTER if name != MAIN_METRIC)
    for limits in (Gate(minimum={name: 0.71}), Gate(maximum={name: 0.69})):
        verdict = judge(scores(BETTER), scores(WORSE), None, limits)
        assert [rule.name for rule in verdict.rules if not rule.passed] == [name]


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_a_metric_that_is_no_number_never_passes(higher_is_better: bool) -> None:
    assert not Rule("metric", float("nan"), 0.0, higher_is_better).passed


def test_a_limit_on_an_unknown_metric_is_named() -> None:
    with pytest.raises(GateError, match="acuracy"):
        judge(scores(BETTER), scores(WORSE), None, Gate(minimum={"acuracy": 0.5}))


@pytest.fixture
def workspace(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project with an empty registry, as the working directory."""
    copy = shutil.copytree(project, tmp_path / "project")
    monkeypatch.chdir(copy)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{copy}/registry.db")
    return copy


def test_only_models_that_pass_are_served(workspace: Path, params: Params) -> None:
    judged = decide(params)
    assert judged.passed
    assert judged.before is None
    assert tracking.find_champion(params.model_name) is None

    first = promote(params)
    assert first.decision == judged
    _, digest = bundle.verify(paths.CHAMPION)
    assert tracking.find_champion(params.model_name) == tracking.Version("1", digest)

    again = promote(params)
    assert again.decision.verdict is None
    assert again.version == first.version

    shuffle_target()
    train(params)
    evaluate(params)
    seal(params)
    worse = promote(params)
    assert not worse.decision.passed
    assert worse.decision.before == judged.candidate.version
    assert bundle.verify(paths.CHAMPION)[1] == digest
    assert tracking.find_champion(params.model_name) == first.version
    report = json.loads(paths.GATE_REPORT.read_text(encoding="utf-8"))
    assert report["candidate"] == worse.decision.candidate.version
    assert not report["passed"]


def shuffle_target() -> None:
    """Leave the next model nothing to learn."""
    rows = pd.read_parquet(paths.TRAIN)
    rows[target_name()] = rows[target_name()].sample(frac=1, random_state=0).to_numpy()
    rows.to_parquet(paths.TRAIN)


def test_an_empty_address_is_that_of_the_local_registry(
    workspace: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert tracking.find_champion(params.model_name) is None
    assert Path("mlflow.db").is_file()


def test_a_champion_that_nobody_promoted_is_refused(workspace: Path, params: Params) -> None:
    promote(params)
    client = MlflowClient(os.environ["MLFLOW_TRACKING_URI"])
    client.delete_model_version_tag(params.model_name, "1", tracking.DIGEST_TAG)
    with pytest.raises(tracking.RegistryError, match="no digest is known"):
        promote(params)


def test_a_registry_that_is_away_is_an_error_and_changes_nothing(
    workspace: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(tracking.RegistryError, match=r"127\.0\.0\.1:9"):
        promote(params)
    assert not paths.CHAMPION.exists()

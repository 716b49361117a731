"""A release is deployed when it answers as its bundle does, and taken back otherwise."""

import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.deployment import deploy as deployment
from {{ cookiecutter.package_name }}.deployment.endpoint import Endpoint
from {{ cookiecutter.package_name }}.deployment.release import (
    DeploymentError,
    Environment,
    NotBegunError,
    Plan,
    Release,
    prepare,
)
from {{ cookiecutter.package_name }}.params import read_params
from {{ cookiecutter.package_name }}.registry.promotion import promote

from .server import serving


@dataclass
class Platform:
    """Deploys by saying where a server is that runs already, and notes what it is asked."""

    PATIENCE = 0.5

    url: str
    last: str = ""
    path: str = "/predict"
    now: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def running(self, environment: Environment) -> dict[str, Any]:
        return self.now

    def plan(self, release: Release) -> Plan:
        return Plan(release, f"{release.manifest.version} to {release.environment}", self.now)

    def apply(self, plan: Plan) -> Generator[Endpoint, None, None]:
        self.asked.append("apply")
        yield Endpoint(f"{self.url}{self.path}", f"{self.url}/health/ready")
        self.asked.append("go on")
        yield Endpoint(f"{self.last or self.url}/predict")

    def roll_back(self, plan: Plan) -> str:
        self.asked.append("roll back")
        return "the model before answers again"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that serves the candidate."""
    with serving(tmp_path_factory.mktemp("served") / "log") as server:
        yield server.url


@pytest.fixture
def platform(url: str, monkeypatch: pytest.MonkeyPatch) -> Platform:
    platform = Platform(url)
    monkeypatch.setattr(deployment, "platform", platform)
    return platform


@pytest.fixture
def release() -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


def agreed(plan: str) -> bool:
    return True


def test_a_release_that_answers_as_its_bundle_is_deployed(
    platform: Platform, release: Release
) -> None:
    assert deployment.deploy(release, agreed, api_key=None) == f"{platform.url}/predict"
    assert platform.asked == ["apply", "go on"]


def test_what_answers_rightly_first_and_not_at_last_is_rolled_back(
    platform: Platform, release: Release
) -> None:
    platform.last = "http://127.0.0.1:9"
    with pytest.raises(DeploymentError, match="No right answer"):
        deployment.deploy(release, agreed, api_key=None)
    assert platform.asked == ["apply", "go on", "roll back"]


def test_an_interrupted_deployment_is_rolled_back(
    platform: Platform, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deployment, "smoke_test", interrupt)
    with pytest.raises(DeploymentError, match=r"KeyboardInterrupt\nRolled back"):
        deployment.deploy(release, agreed, api_key=None)
    assert platform.asked == ["apply", "roll back"]


def test_nothing_happens_before_the_plan_is_confirmed(platform: Platform, release: Release) -> None:
    plans = []

    def refused(plan: str) -> bool:
        plans.append(plan)
        return False

    assert deployment.deploy(release, refused, api_key=None) is None
    assert platform.asked == []
    assert plans == [f"{release.manifest.version} to staging"]


def test_nothing_is_changed_if_another_deployment_came_before_the_consent(
    platform: Platform, release: Release
) -> None:
    def agreed_late(plan: str) -> bool:
        platform.now = {"id": "of another deployment"}
        return True

    with pytest.raises(NotBegunError, match="Something else runs in staging"):
        deployment.deploy(release, agreed_late, api_key=None)
    assert platform.asked == []


def test_what_has_not_begun_takes_nothing_back(
    platform: Platform, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(plan: Plan) -> Generator[Endpoint, None, None]:
        raise NotBegunError("Saved plan is stale")
        yield

    monkeypatch.setattr(platform, "apply", overtaken)
    with pytest.raises(NotBegunError):
        deployment.deploy(release, agreed, api_key=None)
    assert platform.asked == []


def test_where_going_back_fails_both_reasons_are_told(
    platform: Platform, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(plan: Plan) -> str:
        raise DeploymentError("no rights")

    monkeypatch.setattr(platform, "roll_back", fail)
    platform.url = "http://127.0.0.1:9"
    with pytest.raises(DeploymentError, match=r"No right answer.*\nGoing back failed.*no rights"):
        deployment.deploy(release, agreed, api_key=None)


def test_another_model_at_the_endpoint_is_rolled_back(platform: Platform, release: Release) -> None:
    manifest = release.manifest.model_copy(update={"version": "another"})
    other = replace(release, manifest=manifest)
    with pytest.raises(DeploymentError, match=r"not with another.*\n.*the model before answers"):
        deployment.deploy(other, agreed, api_key=None)
    assert platform.asked == ["apply", "roll back"]


def test_another_prediction_at_the_endpoint_is_rolled_back(
    platform: Platform, release: Release
) -> None:
    example = release.manifest.example.model_copy(update={"raw_prediction": 0.123})
    manifest = release.manifest.model_copy(update={"example": example})
    with pytest.raises(DeploymentError, match="for the example, and not"):
        deployment.deploy(replace(release, manifest=manifest), agreed, api_key=None)
    assert platform.asked == ["apply", "roll back"]


def test_an_endpoint_that_does_not_answer_is_rolled_back(
    platform: Platform, release: Release
) -> None:
    platform.url = "http://127.0.0.1:9"
    with pytest.raises(DeploymentError, match="No right answer"):
        deployment.deploy(release, agreed, api_key=None)
    assert platform.asked == ["apply", "roll back"]


def test_an_endpoint_that_refuses_is_rolled_back_at_once(
    platform: Platform, release: Release
) -> None:
    platform.PATIENCE = 3600
    platform.path = "/docs"  # which answers 405 to what is posted
    with pytest.raises(DeploymentError, match="answers 405"):
        deployment.deploy(release, agreed, api_key=None)
    assert platform.asked == ["apply", "roll back"]


@pytest.fixture
def champion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    """An own registry, and a candidate that any limit lets pass as its first champion."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.setattr(paths, "CHAMPION", tmp_path / "champion")
    shutil.copytree(paths.CANDIDATE, tmp_path / "champion")


def test_production_takes_only_what_the_gate_has_let_pass(champion: None) -> None:
    assert prepare("staging").environment == "staging"
    with pytest.raises(DeploymentError, match="champion is no model"):
        prepare("production")
    params = read_params()
    gate = params.gate.model_copy(update={"minimum": {}, "maximum": {}})
    assert promote(params.model_copy(update={"gate": gate})).promoted
    assert prepare("production").environment == "production"


def test_an_altered_champion_is_not_deployed(champion: None) -> None:
    (paths.CHAMPION / "reference.parquet").unlink()
    with pytest.raises(bundle.BundleError, match=r"reference\.parquet"):
        prepare("staging")

"""A release gets its requests step by step, and they go back where it does not do well."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.client import fetch
from {{ cookiecutter.package_name }}.deployment import (
    acr,
    docker,
    endpoints,
    platform,
    state,
)
from {{ cookiecutter.package_name }}.deployment.deploy import deploy
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release

from .azure_rules import Azure, Json, Refusal
from .conftest import ROOT
from .server import serving
from .stand_in import SUBSCRIPTION, standing_in

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/group"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/space"
LAID = {
    "resource_group": "group",
    "workspace": "space",
    "registry": "registry.azurecr.io",
    "service": {"resource_group": "group"},
}
ROLLOUT = {
    "mirror_percent": 20,
    "mirror_minutes": 1,
    "canary_percent": 10,
    "canary_minutes": 1,
    "max_errors_per_minute": 1,
    "keep_previous": False,
}
SETTINGS = {
    "identity": {"id": f"{GROUP}/identity", "client_id": "22222222-2222-2222-2222-222222222222"},
    "prediction_log_url": "abfs://prediction-log@account.dfs.core.windows.net/staging",
    "release": {"instance_type": "Standard_F2s_v2", "instance_count": 2},
    "rollout": ROLLOUT,
}
CANDIDATE_TRIED = [{"blue": 100}, {"blue": 100}, {"blue": 90, "green": 10}, {"green": 100}]


class Stack:
    """Stands for Terraform's, which has tests of its own: notes what it is given.

    Attributes:
        applied: the variables of each time.
    """

    laid = True
    applied: list[Json]
    destroyed: bool
    _planned: Json

    def __init__(self, name: str, key: str, backend: dict[str, str]) -> None:
        assert backend["key"] == f"{key}.tfstate"
        self.name = name

    def plan(self, **variables: Any) -> str:
        Stack._planned = variables
        return "what Terraform would change"

    def apply(self) -> None:
        self.applied.append(self._planned)

    def outputs(self) -> Json:
        if self.name == "foundation":
            return LAID if self.laid else {}
        return SETTINGS if self.applied else {}

    def destroy(self, **variables: Any) -> None:
        Stack.destroyed = True


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> type[Stack]:
    for name, value in {"laid": True, "applied": [], "destroyed": False}.items():
        monkeypatch.setattr(Stack, name, value, raising=False)
    monkeypatch.setattr(platform, "Stack", Stack)
    monkeypatch.setattr(acr, "_login", lambda _: None)
    monkeypatch.setattr(docker, "push", lambda _, place: f"{place}@sha256:{'1' * 64}")
    return Stack


@pytest.fixture
def cloud(
    tmp_path: Path, project: Path, stack: type[Stack], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Azure]:
    """An account with a workspace, and a champion for it."""
    shutil.copytree(ROOT / "infra" / "service", project / "infra" / "service", dirs_exist_ok=True)
    monkeypatch.setattr(paths, "CHAMPION", tmp_path / "champion")
    shutil.copytree(paths.CANDIDATE, tmp_path / "champion")
    with standing_in(tmp_path, monkeypatch) as cloud:
        cloud.add(WORKSPACE, location="westeurope", properties={"workspaceId": "space-id"})
        cloud.add(
            f"{WORKSPACE}/datastores/models",
            properties={
                "datastoreType": "AzureBlob",
                "accountName": "account",
                "containerName": "models",
                "credentials": {"credentialsType": "None"},
            },
        )
        cloud.add(state.container_id())
        yield cloud


@pytest.fixture
def release() -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


@pytest.fixture
def another(release: Release) -> Release:
    """The same model under another digest: another release."""
    return replace(release, digest="e" * 64)


def apply(release: Release) -> None:
    for _ in platform.apply(platform.plan(release)):
        pass


def shares(cloud: Azure, kind: str = "traffic") -> Json:
    endpoint = cloud.found("onlineEndpoints", endpoints.name_of("staging"))
    assert endpoint
    found: Json = endpoint["properties"].get(kind) or {}
    return found


def running(cloud: Azure) -> list[str]:
    return [colour for colour in endpoints.COLOURS if cloud.found("deployments", colour)]


def test_nothing_is_deployed_without_a_foundation(
    cloud: Azure, stack: type[Stack], release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "laid", False)
    with pytest.raises(DeploymentError, match="`make foundation`"):
        platform.plan(release)


def test_a_plan_changes_nothing(cloud: Azure, stack: type[Stack], release: Release) -> None:
    plan = platform.plan(release)
    assert plan.before == {}
    assert "what Terraform would change" in plan.text
    assert f"{release.manifest.version} runs at the endpoint" in plan.text
    assert cloud.done == []
    assert stack.applied == []


def test_the_first_release_is_tried_before_it_gets_requests(cloud: Azure, release: Release) -> None:
    steps = platform.apply(platform.plan(release))
    assert dict(next(steps).headers("POST", "", b""))["azureml-model-deployment"] == "blue"
    assert shares(cloud) == {}
    assert "azureml-model-deployment" not in next(steps).headers("POST", "", b"")
    assert shares(cloud) == {"blue": 100}
    assert list(steps) == []


def test_a_deployment_is_what_was_released(cloud: Azure, release: Release) -> None:
    apply(release)
    deployment = cloud.found("deployments", "blue")
    assert deployment
    made = deployment["properties"]
    assert deployment["sku"]["capacity"] == 2
    assert made["environmentVariables"]["MODEL_DIGEST"] == release.digest
    assert made["environmentVariables"]["PREDICTION_LOG_URL"] == SETTINGS["prediction_log_url"]
    assert made["environmentVariables"]["AZURE_CLIENT_ID"].startswith("2222")
    environment = cloud.resources[made["environmentId"].lower()]["properties"]
    assert (
        environment["image"]
        == f"registry.azurecr.io/{release.image.split(':')[0]}@sha256:{'1' * 64}"
    )
    model = cloud.resources[made["model"].lower()]["properties"]
    assert model["modelUri"].endswith("/champion")
    assert {Path(name).name for name in cloud.blobs} == {
        path.name for path in paths.CHAMPION.iterdir()
    }


def test_the_same_release_again_changes_nothing(cloud: Azure, release: Release) -> None:
    apply(release)
    cloud.done.clear()
    apply(release)
    assert cloud.done == []


def test_another_release_gets_copies_then_a_share_then_all(
    cloud: Azure, stack: type[Stack], release: Release, another: Release
) -> None:
    apply(release)
    seen = []
    for _ in platform.apply(platform.plan(another)):
        seen.append((shares(cloud), shares(cloud, "mirrorTraffic"), running(cloud)))
    both = ["blue", "green"]
    mirrored = [{}, {"green": 20}, {}, {}]
    assert seen == [(*step, both) for step in zip(CANDIDATE_TRIED, mirrored, strict=True)]
    assert running(cloud) == ["green"]
    assert stack.applied[-1]["serving"] == "green"
    assert stack.applied[-1]["endpoint_id"].endswith(endpoints.name_of("staging"))
    apply(release)
    assert running(cloud) == ["blue"]


def test_the_release_before_can_be_kept(
    cloud: Azure, release: Release, another: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROLLOUT, "keep_previous", True)
    apply(release)
    apply(another)
    assert (running(cloud), shares(cloud)) == (["blue", "green"], {"green": 100})
    apply(release)
    assert shares(cloud) == {"blue": 100}


@pytest.mark.parametrize("steps", range(len(CANDIDATE_TRIED) + 1))
def test_requests_go_back_from_every_step(
    cloud: Azure, release: Release, another: Release, steps: int
) -> None:
    apply(release)
    plan = platform.plan(another)
    begun = platform.apply(plan)
    for _ in range(steps):
        next(begun)
    begun.close()
    assert platform.roll_back(plan) == f"{release.manifest.version} serves again, as blue"
    assert (shares(cloud), shares(cloud, "mirrorTraffic")) == ({"blue": 100}, {})
    assert running(cloud) == ["blue"]


@pytest.mark.parametrize("steps", range(3))
def test_a_first_release_that_fails_leaves_an_empty_endpoint(
    cloud: Azure, release: Release, steps: int
) -> None:
    plan = platform.plan(release)
    begun = platform.apply(plan)
    for _ in range(steps):
        next(begun)
    begun.close()
    assert "nothing served before, and nothing serves now" in platform.roll_back(plan)
    assert running(cloud) == []


def test_a_release_with_errors_is_taken_back(
    cloud: Azure, release: Release, another: Release
) -> None:
    apply(release)
    cloud.errors = 2.0
    with pytest.raises(DeploymentError, match=r"green of .* has 2 errors a minute"):
        apply(another)
    assert shares(cloud) == {"blue": 100}


def test_what_a_container_printed_is_told_when_it_does_not_start(
    cloud: Azure, release: Release
) -> None:
    cloud.failing["deployments/blue"] = Refusal(400, "ImageBuildFailure")
    with pytest.raises(DeploymentError, match="ImageBuildFailure") as failure:
        apply(release)
    assert "what the container has printed" in str(failure.value)


def test_a_field_that_is_not_known_is_named(cloud: Azure, release: Release, project: Path) -> None:
    file = project / "infra" / "service" / "deployment.yml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\ninstances: 3\n", encoding="utf-8")
    with pytest.raises(DeploymentError, match=r"deployment\.yml cannot be read: [^§]*instances"):
        apply(release)


def test_a_change_waits_for_another_one(cloud: Azure, release: Release) -> None:
    steps = platform.apply(platform.plan(release))
    next(steps)
    cloud.busy = 3
    next(steps)
    assert (cloud.busy, shares(cloud)) == (0, {"blue": 100})


def test_a_release_before_that_cannot_be_removed_is_no_failure(
    cloud: Azure, release: Release, another: Release, caplog: pytest.LogCaptureFixture
) -> None:
    apply(release)
    cloud.failing["deployments/blue"] = Refusal(500, "InternalServerError")
    apply(another)
    assert shares(cloud) == {"green": 100}
    assert "It costs as long as it is there." in caplog.text


def test_a_release_is_deployed_and_a_wrong_one_taken_back(
    cloud: Azure, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "PATIENCE", 0.0)
    with serving(tmp_path / "log") as server:
        cloud.serving = {"blue": server.url, "green": server.url}
        url = deploy(release, lambda plan: True, api_key=None)
        name = endpoints.name_of("staging")
        assert url == f"https://{name}.westeurope.inference.ml.azure.com/predict"
        assert cloud.asked[0]["azureml-model-deployment"] == "blue"
        wrong = release.manifest.model_copy(update={"version": "another"})
        with pytest.raises(DeploymentError, match=r"not with another.\n.*serves again, as blue"):
            deploy(Release("staging", wrong, "f" * 64), lambda plan: True, api_key=None)
        assert running(cloud) == ["blue"]
        assert fetch(f"{server.url}/health/ready", {})


def test_an_environment_is_removed_but_for_what_it_has_kept(
    cloud: Azure, stack: type[Stack], release: Release
) -> None:
    apply(release)
    assert "The prediction log" in platform.destroy("staging")
    assert cloud.found("onlineEndpoints", endpoints.name_of("staging")) is None
    assert stack.applied[-1]["endpoint_id"] is None
    assert stack.destroyed
    assert cloud.blobs


def test_what_a_broken_attempt_has_left_is_removed(
    cloud: Azure, release: Release, another: Release
) -> None:
    apply(release)
    begun = platform.apply(platform.plan(another))
    next(begun)
    begun.close()
    apply(release)
    assert (running(cloud), shares(cloud)) == (["blue"], {"blue": 100})


def test_what_scales_goes_back_with_the_requests(
    cloud: Azure,
    stack: type[Stack],
    release: Release,
    another: Release,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apply(release)

    def fail(self: Stack) -> None:
        self.applied.append(self._planned)
        if self._planned["serving"] == "green":
            raise DeploymentError("The alarms cannot be set.")

    monkeypatch.setattr(stack, "apply", fail)
    plan = platform.plan(another)
    with pytest.raises(DeploymentError, match="alarms"):
        list(platform.apply(plan))
    platform.roll_back(plan)
    assert [variables["serving"] for variables in stack.applied[-2:]] == ["green", "blue"]

"""A release gets the traffic step by step, and gives it back from wherever it stopped.

Against a small Vertex AI on this machine: see vertex_server.py for what it is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from {{ cookiecutter.package_name }} import NAME, bundle, paths
from {{ cookiecutter.package_name }}.deployment import gcp, platform, stacks, vertex
from {{ cookiecutter.package_name }}.deployment.endpoint import Endpoint
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release

from .project import ID, REGION, empty_project
from .vertex_server import Vertex, running

ENDPOINT = f"projects/{ID}/locations/{REGION}/endpoints/1234567890"
DNS = f"1234567890.{REGION}-1234.prediction.vertexai.goog"
FOUNDATION = {
    "repository": f"{REGION}-docker.pkg.dev/{ID}/a-repository/service",
    "service_accounts": {"staging": "s@iam", "production": "p@iam"},
    "prediction_logs": {"staging": "gs://data/staging", "production": "gs://data/production"},
}


@dataclass
class Infrastructure:
    """Stands for Terraform, which makes the endpoint."""

    cloud: Vertex
    machine_type: str = "e2-standard-2"
    planned: dict[str, Any] = field(default_factory=dict)

    def plan(self, **variables: Any) -> str:
        self.planned = variables
        return "1 to add"

    def apply(self) -> None:
        if ENDPOINT not in self.cloud.endpoints:
            self.cloud.add_endpoint(ENDPOINT)

    def outputs(self) -> dict[str, Any]:
        if ENDPOINT not in self.cloud.endpoints:
            return {}
        machines = {
            "machine_type": self.machine_type,
            "min_replicas": 1,
            "max_replicas": 3,
            "target_cpu": 60,
        }
        deployment = {"machines": machines, "canary_percent": 10, "settings": {"ACCESS_LOG": "all"}}
        return {"endpoint": ENDPOINT, "deployment": deployment}

    def destroy(self, **variables: Any) -> None:
        assert set(variables) == {"project", "region", "environment"}
        assert not self.cloud.endpoints[ENDPOINT].deployed_models, "it cannot be removed"
        del self.cloud.endpoints[ENDPOINT]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vertex]:
    cloud = Vertex()
    with empty_project(), running(cloud) as (models, endpoints):
        monkeypatch.setattr(vertex, "models", lambda: models)
        monkeypatch.setattr(vertex, "endpoints", lambda: endpoints)
        monkeypatch.setattr(stacks, "laid", lambda: FOUNDATION)
        monkeypatch.setattr(gcp, "push", lambda release, _: image_of(release))
        monkeypatch.setattr(gcp, "access_token", lambda: "a token")
        yield cloud


@pytest.fixture
def terraform(cloud: Vertex, monkeypatch: pytest.MonkeyPatch) -> Infrastructure:
    found = Infrastructure(cloud)
    monkeypatch.setattr(stacks, "stack_of", lambda environment: found)
    return found


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The filters of what was watched."""
    filters: list[str] = []
    monkeypatch.setattr(platform, "watch", lambda what, series: filters.append(series))
    return filters


def image_of(release: Release) -> str:
    return f"{FOUNDATION['repository']}@sha256:{release.digest}"


def release_of(version: str, environment: Any = "staging") -> Release:
    manifest, digest = bundle.verify(paths.CANDIDATE)
    changed = manifest.model_copy(update={"version": version})
    return Release(environment, changed, f"{version}{digest[len(version) :]}")


def deploy(release: Release) -> list[Endpoint]:
    return list(platform.apply(platform.plan(release)))


def shares(cloud: Vertex) -> dict[str, int]:
    """The traffic of each version that is deployed."""
    found = cloud.endpoints[ENDPOINT]
    return {one.display_name: found.traffic_split.get(one.id, 0) for one in found.deployed_models}


def test_the_first_release_has_all_the_traffic(cloud: Vertex, terraform: Infrastructure) -> None:
    plan = platform.plan(release_of("1"))
    assert plan.before == {}
    assert "1 is deployed to the endpoint, where nothing runs yet" in plan.text
    assert cloud.versions == {}
    (endpoint,) = platform.apply(plan)
    assert shares(cloud) == {"1": 100}
    assert endpoint.predict == f"https://{DNS}/v1/{ENDPOINT}:rawPredict"
    assert endpoint.headers("POST", endpoint.predict, b"") == {"Authorization": "Bearer a token"}


def test_what_is_uploaded_is_what_the_platform_asks_for(
    cloud: Vertex, terraform: Infrastructure
) -> None:
    release = release_of("1", "production")
    deploy(release)
    (version,) = cloud.versions.values()
    container = version.container_spec
    assert version.name.endswith(f"/models/{NAME}")
    assert container.image_uri == image_of(release)
    assert [port.container_port for port in container.ports] == [8080]
    assert (container.health_route, container.predict_route) == ("/health/ready", "/predict")
    assert {variable.name: variable.value for variable in container.env} == {
        "ACCESS_LOG": "all",
        "MODEL_DIGEST": release.digest,
        "PREDICTION_LOG_URL": "gs://data/production",
    }
    (deployed,) = cloud.endpoints[ENDPOINT].deployed_models
    assert deployed.service_account == "p@iam"
    assert deployed.dedicated_resources.machine_spec.machine_type == "e2-standard-2"
    assert deployed.dedicated_resources.max_replica_count == 3


def test_a_release_takes_a_share_and_then_all(
    cloud: Vertex, terraform: Infrastructure, watched: list[str]
) -> None:
    deploy(release_of("1", "production"))
    plan = platform.plan(release_of("2", "production"))
    assert plan.before["version"] == "1"
    steps = platform.apply(plan)
    next(steps)
    assert shares(cloud) == {"1": 90, "2": 10}
    assert watched == []
    next(steps)
    assert shares(cloud) == {"1": 0, "2": 100}
    (series,) = watched
    assert 'endpoint_id = "1234567890"' in series
    assert list(steps) == []
    assert shares(cloud) == {"2": 100}


def test_all_versions_are_of_one_model_and_one_has_the_alias(
    cloud: Vertex, terraform: Infrastructure
) -> None:
    for version in ("1", "2"):
        deploy(release_of(version))
    deploy(release_of("2", "production"))
    assert {version.name.split("/")[-1] for version in cloud.versions.values()} == {NAME}
    names = {
        version.version_description: alias
        for version in cloud.versions.values()
        for alias in version.version_aliases
        if alias == "staging"
    }
    assert names == {"2": "staging"}
    assert "production" in cloud.versions["3"].version_aliases


def test_the_same_release_again_changes_nothing(cloud: Vertex, terraform: Infrastructure) -> None:
    deploy(release_of("1"))
    (before,) = cloud.endpoints[ENDPOINT].deployed_models
    assert len(deploy(release_of("1"))) == 1
    (after,) = cloud.endpoints[ENDPOINT].deployed_models
    assert after == before
    assert cloud.calls.count("UploadModel") == 1


def test_other_machines_are_started_beside_those_before(
    cloud: Vertex, terraform: Infrastructure
) -> None:
    deploy(release_of("1"))
    terraform.machine_type = "n1-standard-4"
    assert len(deploy(release_of("1"))) == 2
    (deployed,) = cloud.endpoints[ENDPOINT].deployed_models
    assert deployed.dedicated_resources.machine_spec.machine_type == "n1-standard-4"


@pytest.mark.parametrize("answered", [1, 2])
def test_the_traffic_goes_back_from_any_step(
    answered: int, cloud: Vertex, terraform: Infrastructure
) -> None:
    deploy(release_of("1"))
    plan = platform.plan(release_of("2"))
    steps = platform.apply(plan)
    for _ in range(answered):
        next(steps)
    steps.close()
    assert platform.roll_back(plan) == "1 has all the traffic again"
    assert shares(cloud) == {"1": 100}
    assert "staging" in cloud.versions["1"].version_aliases


def test_what_does_not_start_leaves_the_traffic_alone(
    cloud: Vertex, terraform: Infrastructure
) -> None:
    deploy(release_of("1"))
    new = release_of("2")
    cloud.broken.add(image_of(new))
    plan = platform.plan(new)
    with pytest.raises(DeploymentError, match="never became ready"):
        next(platform.apply(plan))
    assert shares(cloud) == {"1": 100}
    platform.roll_back(plan)
    assert shares(cloud) == {"1": 100}


def test_a_deployment_that_is_on_its_way_is_cancelled(
    cloud: Vertex, terraform: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(release_of("1"))
    cloud.stuck = True
    monkeypatch.setattr(vertex, "DEPLOY_SECONDS", 0.1)
    plan = platform.plan(release_of("2"))
    with pytest.raises(DeploymentError, match="Deploying 2"):
        next(platform.apply(plan))
    platform.roll_back(plan)
    assert "CancelOperation" in cloud.calls
    assert all(operation.done for operation in cloud.operations.values())
    assert shares(cloud) == {"1": 100}


def test_nothing_is_left_of_a_first_release_that_fails(
    cloud: Vertex, terraform: Infrastructure
) -> None:
    plan = platform.plan(release_of("1"))
    next(platform.apply(plan))
    assert platform.roll_back(plan) == "nothing ran before, and nothing runs now"
    assert shares(cloud) == {}


def test_what_was_stopped_is_not_gone_back_to(cloud: Vertex, terraform: Infrastructure) -> None:
    deploy(release_of("1"))
    plan = platform.plan(release_of("2"))
    list(platform.apply(plan))
    assert platform.roll_back(plan) == "1 is stopped already, and 2 stays"
    assert shares(cloud) == {"2": 100}


def test_before_there_is_an_endpoint_nothing_has_to_be_rolled_back(
    cloud: Vertex, terraform: Infrastructure
) -> None:
    plan = platform.plan(release_of("1"))
    assert platform.roll_back(plan) == "nothing ran before, and nothing runs now"


def test_what_an_aborted_deployment_left_is_stopped(
    cloud: Vertex, terraform: Infrastructure
) -> None:
    deploy(release_of("1"))
    next(platform.apply(platform.plan(release_of("2"))))  # and then the machine was switched off
    plan = platform.plan(release_of("3"))
    assert plan.before["version"] == "1"
    list(platform.apply(plan))
    assert shares(cloud) == {"3": 100}


def test_an_environment_is_removed(cloud: Vertex, terraform: Infrastructure) -> None:
    deploy(release_of("1"))
    next(platform.apply(platform.plan(release_of("2"))))
    assert "Removed the endpoint of staging" in platform.destroy("staging")
    assert cloud.endpoints == {}
    assert len(cloud.versions) == 2

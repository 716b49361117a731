"""A release gets the traffic step by step, and gives it back from wherever it stopped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.deployment import gcp, platform, revisions, stacks
from {{ cookiecutter.package_name }}.deployment.endpoint import Endpoint
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release

from .conftest import ROOT
from .project import ID, REGION, empty_project

URL = "https://service.a.run.app"
CANDIDATE = "https://candidate---service.a.run.app"
FOUNDATION = {
    "repository": f"{REGION}-docker.pkg.dev/{ID}/a-repository/service",
    "service_accounts": {"staging": "s@iam", "production": "p@iam"},
    "prediction_logs": {"staging": "gs://data/staging", "production": "gs://data/production"},
    "api_keys_secrets": {"staging": "keys-s", "production": "keys-p"},
}


def declared() -> set[str]:
    """The variables that the service's configuration has to be given, or may be."""
    text = (ROOT / "infra" / "service" / "variables.tf").read_text(encoding="utf-8")
    return set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))


@dataclass
class Service:
    """Stands for the service's configuration, and moves the traffic as `traffic.tf` does.

    Attributes:
        broken: images that do not start.
        traffic: percentages by image.
        steps: what was applied.
        known: what the revisions that have started run.
    """

    broken: set[str] = field(default_factory=set)
    traffic: dict[str, int] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    there: bool = False
    known: dict[str, dict[str, str]] = field(default_factory=dict)
    _planned: dict[str, Any] = field(default_factory=dict)
    _outputs: dict[str, Any] = field(default_factory=dict)

    def plan(self, **variables: Any) -> str:
        assert set(variables) == declared()
        self._planned = variables
        return f"1 to change, for {variables['release']['model_version']}"

    def apply(self) -> None:
        variables = self._planned
        release, before, stage = variables["release"], variables["before"], variables["stage"]
        self.there = True
        self.steps.append(stage)
        own = release | {"revision": revision_of(release["image"])}
        alone = before is None or before["revision"] == own["revision"]
        # Terraform gives these also where the service does not become what it was to.
        self._outputs = {
            "url": URL,
            "candidate_url": CANDIDATE if not alone and stage in ("candidate", "canary") else None,
            "release": own,
            "live": own if alone or stage == "live" else before,
        }
        if release["image"] in self.broken:
            raise DeploymentError("terraform apply failed: the revision is not ready")
        self.known[own["revision"]] = own
        percent = {"candidate": 0, "canary": 10, "live": 100, "withdrawn": 0}[stage]
        if alone:
            self.traffic = {own["image"]: 100}
        else:
            self.traffic = {before["image"]: 100 - percent, own["image"]: percent}

    def outputs(self) -> dict[str, Any]:
        return self._outputs

    def destroy(self, **variables: Any) -> None:
        assert set(variables) >= declared() - {"before"}
        self.there, self.traffic, self._outputs = False, {}, {}

    def serving(self, service: str) -> str | None:
        assert service == "service-staging"
        most = [image for image, share in self.traffic.items() if share > 50]
        return revision_of(most[0]) if most else None

    def has_started(self, service: str, revision: str) -> bool:
        return revision in self.known

    def describe(self, service: str, revision: str) -> dict[str, str]:
        return self.known[revision]

    def serves(self, image: str) -> bool:
        return self.traffic.get(image) == 100


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with empty_project():
        monkeypatch.setattr(stacks, "laid", lambda: FOUNDATION)
        monkeypatch.setattr(gcp, "push", lambda release, _: image_of(release))
        monkeypatch.setattr(gcp, "identity_token", lambda audience: f"for {audience}")
        yield


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    service = Service()
    monkeypatch.setattr(stacks, "stack_of", lambda environment: service)
    for name in ("serving", "has_started", "describe"):
        monkeypatch.setattr(revisions, name, getattr(service, name))
    return service


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The filters of what was watched."""
    filters: list[str] = []
    monkeypatch.setattr(platform, "watch", lambda what, series: filters.append(series))
    return filters


def revision_of(image: str) -> str:
    return f"service-staging-{image.rpartition(':')[2][:10]}"


def image_of(release: Release) -> str:
    return f"{FOUNDATION['repository']}@sha256:{release.digest}"


def release_of(version: str, environment: Any = "staging") -> Release:
    manifest, digest = bundle.verify(paths.CANDIDATE)
    changed = manifest.model_copy(update={"version": version})
    return Release(environment, changed, f"{version}{digest[len(version) :]}")


def deploy(release: Release) -> list[Endpoint]:
    return list(platform.apply(platform.plan(release)))


def test_the_first_release_has_all_the_traffic_at_once(service: Service) -> None:
    release = release_of("1")
    plan = platform.plan(release)
    assert plan.before == {}
    assert "for 1" in plan.text
    assert not service.there
    (endpoint,) = platform.apply(plan)
    assert endpoint.predict == f"{URL}/predict"
    assert service.serves(image_of(release))


def test_a_candidate_answers_before_it_has_traffic(service: Service) -> None:
    old, new = release_of("1"), release_of("2")
    deploy(old)
    steps = platform.apply(platform.plan(new))
    candidate = next(steps)
    assert candidate.predict == f"{CANDIDATE}/predict"
    assert candidate.ready == f"{CANDIDATE}/health/ready"
    assert service.traffic == {image_of(old): 100, image_of(new): 0}
    (last,) = steps
    assert last.predict == f"{URL}/predict"
    assert service.serves(image_of(new))
    assert service.steps == ["candidate", "candidate", "live"]


def test_in_production_it_is_watched_with_a_share_of_the_traffic(
    service: Service, watched: list[str]
) -> None:
    old, new = release_of("1", "production"), release_of("2", "production")
    deploy(old)
    assert watched == []
    assert len(deploy(new)) == 3
    assert service.steps[1:] == ["candidate", "canary", "live"]
    (series,) = watched
    assert f'revision_name = "{revision_of(image_of(new))}"' in series


def test_requests_are_signed_for_the_service(service: Service) -> None:
    deploy(release_of("1"))
    steps = platform.apply(platform.plan(release_of("2")))
    for endpoint in steps:
        assert endpoint.headers("POST", endpoint.predict, b"") == {
            "Authorization": f"Bearer for {URL}"
        }


def test_the_same_release_again_is_no_candidate(service: Service) -> None:
    release = release_of("1")
    deploy(release)
    (endpoint,) = deploy(release)
    assert endpoint.predict == f"{URL}/predict"
    assert service.serves(image_of(release))


def test_nothing_is_left_of_a_first_release_that_fails(service: Service) -> None:
    plan = platform.plan(release_of("1"))
    next(platform.apply(plan))
    assert platform.roll_back(plan) == "nothing ran before, and nothing runs now"
    assert not service.there


def test_a_first_release_that_does_not_start_is_removed(service: Service) -> None:
    release = release_of("1")
    service.broken.add(image_of(release))
    plan = platform.plan(release)
    with pytest.raises(DeploymentError, match="not ready"):
        next(platform.apply(plan))
    platform.roll_back(plan)
    assert not service.there


@pytest.mark.parametrize("answered", [1, 2, 3])
def test_the_traffic_goes_back_from_any_step(
    answered: int, service: Service, watched: list[str]
) -> None:
    old, new = release_of("1", "production"), release_of("2", "production")
    deploy(old)
    plan = platform.plan(new)
    steps = platform.apply(plan)
    for _ in range(answered):
        next(steps)
    steps.close()
    assert platform.roll_back(plan) == "1 has all the traffic again"
    assert service.serves(image_of(old))
    # The next release starts from what serves, not from what failed.
    assert platform.plan(release_of("3", "production")).before["model_version"] == "1"


def test_what_someone_has_moved_the_traffic_to_is_what_a_release_goes_back_to(
    service: Service,
) -> None:
    good, bad = release_of("1"), release_of("2")
    deploy(good)
    deploy(bad)
    service.traffic = {image_of(good): 100, image_of(bad): 0}
    plan = platform.plan(release_of("3"))
    next(platform.apply(plan))
    assert service.serves(image_of(good))
    platform.roll_back(plan)
    assert service.serves(image_of(good))


def test_a_service_that_someone_has_deleted_is_made_anew(service: Service) -> None:
    deploy(release_of("1"))
    service.traffic = {}
    assert platform.running("staging") == {}


def test_what_does_not_start_leaves_the_traffic_alone(service: Service) -> None:
    old, new = release_of("1"), release_of("2")
    deploy(old)
    service.broken.add(image_of(new))
    plan = platform.plan(new)
    with pytest.raises(DeploymentError, match="not ready"):
        next(platform.apply(plan))
    assert platform.roll_back(plan) == "1 still has all the traffic"
    assert service.serves(image_of(old))
    assert service.outputs()["release"]["image"] == image_of(old)


def test_what_cannot_be_cleared_away_is_said(service: Service) -> None:
    old, new = release_of("1"), release_of("2")
    deploy(old)
    service.broken |= {image_of(old), image_of(new)}
    plan = platform.plan(new)
    with pytest.raises(DeploymentError):
        next(platform.apply(plan))
    assert "1 still has all the traffic, but" in platform.roll_back(plan)
    assert service.serves(image_of(old))


def test_a_stopped_deployment_can_be_rolled_back_before_it_began(service: Service) -> None:
    old = release_of("1")
    deploy(old)
    plan = platform.plan(release_of("2"))
    assert "1 still has all the traffic" in platform.roll_back(plan)
    assert service.serves(image_of(old))


def test_an_environment_is_removed_and_its_log_stays(service: Service) -> None:
    deploy(release_of("1"))
    assert "The prediction log stays in gs://data/staging" in platform.destroy("staging")
    assert not service.there


def test_variables_are_those_of_the_foundation(service: Service) -> None:
    outputs = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(ROOT / "infra/foundation").glob("*.tf")
    )
    for name in FOUNDATION:
        assert f'output "{name}"' in outputs

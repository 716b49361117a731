"""The image that is published is the one that other machines deploy, or none is."""

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.deployment import deploy as deployment
from {{ cookiecutter.package_name }}.deployment import docker, images
from {{ cookiecutter.package_name }}.deployment.endpoint import Endpoint
from {{ cookiecutter.package_name }}.deployment.release import (
    DeploymentError,
    Environment,
    Plan,
    Release,
    prepare,
)

from .machine import Machine, image_with

PUBLISHED = f"registry.example.com/team/service@sha256:{'1' * 64}"


@dataclass
class Platform:
    """Has one image published, and notes what it is asked.

    Attributes:
        holds: the release that the image was built for.
    """

    PATIENCE = 0.5

    machine: Machine
    holds: Release
    asked: list[str] = field(default_factory=list)

    def publish(self, release: Release) -> str:
        self.asked.append(f"publish {release.image}")
        return PUBLISHED

    def pull(self, reference: str) -> str:
        self.asked.append(f"pull {reference}")
        self.machine.images[reference] = image_with(self.holds)
        return reference

    def running(self, environment: Environment) -> dict[str, Any]:
        return {}

    def plan(self, release: Release) -> Plan:
        self.asked.append(f"plan {release.published}")
        return Plan(release, "", before={})

    def apply(self, plan: Plan) -> Generator[Endpoint, None, None]:
        self.asked.append("apply")
        yield Endpoint("http://127.0.0.1:9/predict")


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Release:
    """The release of the candidate, which is the champion here."""
    monkeypatch.setattr(paths, "CHAMPION", paths.CANDIDATE)
    return Release("staging", *bundle.verify(paths.CANDIDATE))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(docker, "_run", machine)
    return machine


@pytest.fixture
def platform(machine: Machine, release: Release, monkeypatch: pytest.MonkeyPatch) -> Platform:
    platform = Platform(machine, release)
    monkeypatch.setattr(images, "platform", platform)
    monkeypatch.setattr(deployment, "platform", platform)
    return platform


def other(release: Release) -> Release:
    """Return the same version, sealed once more: another bundle."""
    return replace(release, digest="e" * 64)


def test_it_is_noted_where_the_image_is(
    platform: Platform, machine: Machine, release: Release, tmp_path: Path
) -> None:
    machine.images[release.image] = image_with(release)
    assert images.publish(tmp_path / "build" / "release") == PUBLISHED
    noted = (tmp_path / "build" / "release" / "image").read_text(encoding="utf-8")
    assert noted == f"{PUBLISHED}\n"
    assert platform.asked == [f"publish {release.image}"]


def test_an_image_without_the_champion_is_not_published(
    platform: Platform, machine: Machine, release: Release, tmp_path: Path
) -> None:
    machine.images[release.image] = image_with(other(release))
    with pytest.raises(DeploymentError, match=r"holds .* \(eeeeeeeeeeee…\), but the champion is"):
        images.publish(tmp_path)
    machine.images[release.image]["Config"]["Labels"] = None
    with pytest.raises(DeploymentError, match="holds no model"):
        images.publish(tmp_path)
    assert platform.asked == []
    assert list(tmp_path.iterdir()) == []


def test_without_an_image_it_is_said_what_builds_it(platform: Platform, tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="`make image`"):
        images.publish(tmp_path)
    assert platform.asked == []


def test_a_published_image_is_the_one_that_is_deployed(
    platform: Platform, machine: Machine, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "smoke_test", lambda *_: None)
    published = prepare("staging", PUBLISHED)
    assert published == replace(release, published=PUBLISHED)
    machine.images[release.image] = {"Id": "built here"}
    assert deployment.deploy(published, lambda _: True, api_key=None)
    assert platform.asked == [f"pull {PUBLISHED}", f"plan {PUBLISHED}", "apply"]
    assert machine.images[release.image] == machine.images[PUBLISHED]


def test_a_published_image_without_the_champion_is_not_deployed(
    platform: Platform, machine: Machine, release: Release
) -> None:
    platform.holds = other(release)
    with pytest.raises(DeploymentError, match=f"{PUBLISHED} holds .* but the champion is"):
        deployment.deploy(prepare("staging", PUBLISHED), lambda _: True, api_key=None)
    assert platform.asked == [f"pull {PUBLISHED}"]
    assert release.image not in machine.images


def test_what_was_built_here_needs_nothing_pulled(platform: Platform) -> None:
    assert deployment.deploy(prepare("staging"), lambda _: False, api_key=None) is None
    assert platform.asked == ["plan None"]
{% if cookiecutter.cloud_target != "local" %}


REPOSITORY = "registry.example.com/team/service"


def test_an_image_that_was_pushed_is_pulled_elsewhere_by_its_digest(
    machine: Machine, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.images[release.image] = image_with(release)
    pushed = docker.push(release.image, REPOSITORY)
    elsewhere = machine.another()
    monkeypatch.setattr(docker, "_run", elsewhere)
    assert docker.pull(pushed, REPOSITORY) == pushed
    assert docker.built(pushed)["Config"] == image_with(release)["Config"]


@pytest.mark.parametrize(
    "reference",
    [
        f"registry.example.com/another/service@sha256:{'1' * 64}",
        f"{REPOSITORY}/more@sha256:{'1' * 64}",
        f"{REPOSITORY}:latest@sha256:{'1' * 64}",
        f"{REPOSITORY}@sha256:{'1' * 63}",
        f"{REPOSITORY}@sha256:{'1' * 65}",
        f"{REPOSITORY}@md5:{'1' * 32}",
        f"{REPOSITORY}:latest",
        REPOSITORY,
        "--all-tags",
        "",
    ],
)
def test_what_is_no_image_of_the_project_by_its_digest_is_not_pulled(
    machine: Machine, reference: str
) -> None:
    with pytest.raises(DeploymentError, match=f"^{reference} is no published image of this"):
        docker.pull(reference, REPOSITORY)
    assert machine.asked == []


def test_an_image_that_is_not_there_is_named(machine: Machine) -> None:
    with pytest.raises(DeploymentError, match=rf"{PUBLISHED} not found: manifest unknown"):
        docker.pull(PUBLISHED, REPOSITORY)
{% endif %}

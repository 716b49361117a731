"""An image gets to the registry, and from there to other machines by its digest."""

from dataclasses import replace

import pytest

from {{ cookiecutter.package_name }} import NAME, bundle, paths
from {{ cookiecutter.package_name }}.deployment import docker, platform
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release

from .machine import Machine, image_with

REPOSITORY = f"registry.example.com/team/{NAME}"
PASSWORD = "a password"  # noqa: S105  # pragma: allowlist secret


@pytest.fixture
def release() -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


@pytest.fixture
def machine(release: Release, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine({release.image: image_with(release)})
    monkeypatch.setattr(docker, "_run", machine)
    monkeypatch.setenv("IMAGE_REGISTRY", "registry.example.com/team/")
    monkeypatch.setenv("REGISTRY_USER", "ada")
    monkeypatch.setenv("REGISTRY_PASSWORD", PASSWORD)
    return machine


def test_a_release_is_pushed_and_pulled_elsewhere(
    machine: Machine, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = platform.publish(release)
    assert published.startswith(f"{REPOSITORY}@sha256:")
    elsewhere = machine.another()
    monkeypatch.setattr(docker, "_run", elsewhere)
    assert platform.pull(published) == published
    assert list(elsewhere.images) == [published]
    for each in (machine, elsewhere):
        login = ("login", "--username=ada", "--password-stdin", "registry.example.com")
        assert each.did("login") == [login]
        assert each.typed == [PASSWORD]


@pytest.mark.parametrize("variable", ["REGISTRY_USER", "REGISTRY_PASSWORD"])
def test_without_user_and_password_docker_stays_signed_in_as_it_is(
    machine: Machine, release: Release, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "")
    platform.pull(platform.publish(release))
    assert machine.did("login") == []


def test_what_is_published_is_not_pushed_again(machine: Machine, release: Release) -> None:
    assert platform.publish(replace(release, published="somewhere")) == "somewhere"
    assert machine.asked == []


def test_an_image_of_another_registry_is_not_pulled(machine: Machine, release: Release) -> None:
    published = platform.publish(release).replace("/team/", "/others/")
    with pytest.raises(DeploymentError, match="is no published image of this project"):
        platform.pull(published)
    assert machine.did("pull") == []


def test_a_registry_has_to_be_set(
    machine: Machine, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMAGE_REGISTRY")
    with pytest.raises(DeploymentError, match="IMAGE_REGISTRY is not set"):
        platform.pull(f"{REPOSITORY}@sha256:{'1' * 64}")
    assert machine.asked == []

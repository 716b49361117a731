"""An image gets to the registry once, and from there to other machines by its digest."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }} import NAME, bundle, paths
from {{ cookiecutter.package_name }}.deployment import docker, ecr
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release

from .account import NUMBER, REGION, Docker, client, empty_account


@pytest.fixture
def account(tmp_path: Path) -> Iterator[str]:
    with empty_account(tmp_path) as url:
        yield url


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Docker:
    machine = Docker()
    monkeypatch.setattr(docker, "_run", machine)
    return machine


@pytest.fixture
def release() -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


def test_docker_gets_the_registrys_password_and_nobody_sees_it(
    account: str, machine: Docker
) -> None:
    ecr.login()
    ((_, user, *rest),) = machine.did("login")
    assert user == "--username=AWS"
    assert rest[-1].startswith(f"https://{NUMBER}.dkr.ecr.{REGION}.")
    assert machine.passwords == [f"{NUMBER}-auth-token"]
    assert NUMBER + "-auth-token" not in " ".join(rest)


def test_a_release_is_pushed_once_and_pinned(
    account: str, machine: Docker, release: Release
) -> None:
    uri = client("ecr").create_repository(repositoryName=NAME)["repository"]["repositoryUri"]
    pinned = ecr.publish(release)
    assert pinned.startswith(f"{uri}@sha256:")
    tag = f"{uri}:{release.manifest.version}-{machine.identity(release.image)[:12]}"
    assert machine.did("push") == [("push", tag)]
    assert ecr.publish(release) == pinned
    assert len(machine.did("push")) == 1


def test_without_a_registry_it_is_said_what_makes_one(
    account: str, machine: Docker, release: Release
) -> None:
    with pytest.raises(DeploymentError, match="`make foundation`"):
        ecr.publish(release)
    assert machine.did("push") == []


def test_what_is_published_is_not_pushed_again(
    account: str, machine: Docker, release: Release
) -> None:
    assert ecr.publish(replace(release, published="somewhere")) == "somewhere"
    assert machine.asked == []


def test_a_release_is_pulled_by_its_digest(account: str, machine: Docker, release: Release) -> None:
    client("ecr").create_repository(repositoryName=NAME)
    published = ecr.publish(release)
    machine.asked.clear()
    assert ecr.pull(published) == published
    assert [arguments[0] for arguments in machine.asked] == ["login", "pull"]
    with pytest.raises(DeploymentError, match="manifest unknown"):
        ecr.pull(f"{published[:-64]}{'0' * 64}")


def test_an_image_of_another_registry_is_not_pulled(
    account: str, machine: Docker, release: Release
) -> None:
    client("ecr").create_repository(repositoryName=NAME)
    published = ecr.publish(release)
    with pytest.raises(DeploymentError, match="is no published image of this project"):
        ecr.pull(published.replace(NUMBER, "999999999999"))
    assert machine.did("pull") == []

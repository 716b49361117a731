"""A container gets its settings, and an image gets to another machine in a file, unaltered."""

from pathlib import Path

import pytest

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.deployment import docker, platform
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release

from .machine import Machine, image_with


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(docker, "_run", machine)
    monkeypatch.setattr(platform, "ARCHIVE", tmp_path / "build" / "image.tar")
    return machine


@pytest.fixture
def release() -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


@pytest.fixture
def published(machine: Machine, release: Release) -> str:
    machine.images[release.image] = image_with(release)
    return platform.publish(release)


def test_a_container_gets_its_settings_and_no_passwords_of_others(
    machine: Machine, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "SETTINGS", tmp_path / ".env")
    settings = "API_KEYS=a,b\nMANAGEMENT_PORT=9000\nPREDICTION_LOG_URL=data/prediction-log\n"
    others = "".join(f"{name}=of-another\n" for name in platform.PASSWORDS)
    platform.SETTINGS.write_text(f"{settings}\n{others}", encoding="utf-8")
    machine.images[release.image] = image_with(release)
    next(platform.apply(platform.plan(release)))
    assert machine.typed == [f"{settings}\n"]
    ((_, *arguments),) = machine.did("run")
    assert "--env=MANAGEMENT_PORT=8080" in arguments  # which goes before what the file has
    assert f"--env=PREDICTION_LOG_URL={platform.LOG}" in arguments


def test_what_a_container_says_does_not_fill_the_disk(machine: Machine, release: Release) -> None:
    machine.images[release.image] = image_with(release)
    next(platform.apply(platform.plan(release)))
    ((_, *arguments),) = machine.did("run")
    assert {"--log-driver=json-file", "--log-opt=max-size=10m"} < set(arguments)


def test_an_image_is_saved_and_loaded_elsewhere(
    machine: Machine, release: Release, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert published.startswith(f"{platform.ARCHIVE}@sha256:")
    elsewhere = machine.another()
    monkeypatch.setattr(docker, "_run", elsewhere)
    assert platform.pull(published) == release.image
    assert elsewhere.images == {release.image: image_with(release)}


def test_a_file_that_is_not_the_one_that_was_saved_is_not_loaded(
    machine: Machine, published: str
) -> None:
    content = platform.ARCHIVE.read_bytes()
    for broken in (content[:-1], content.replace(b"name", b"fame"), b""):
        platform.ARCHIVE.write_bytes(broken)
        with pytest.raises(DeploymentError, match=f"{published} is not here: the file is "):
            platform.pull(published)
    assert machine.did("load") == []


def test_another_image_than_the_file_is_not_there(machine: Machine, published: str) -> None:
    with pytest.raises(DeploymentError, match=r"^registry\.example\.com/service@.* is not here"):
        platform.pull(f"registry.example.com/service@{published.partition('@')[2]}")
    assert machine.did("load") == []


def test_a_file_that_is_missing_is_named(machine: Machine, published: str) -> None:
    platform.ARCHIVE.unlink()
    with pytest.raises(DeploymentError, match=f"There is no {platform.ARCHIVE}"):
        platform.pull(published)

"""An image gets to the registry, and from there to other machines by its digest."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }} import NAME, bundle, paths
from {{ cookiecutter.package_name }}.deployment import acr, docker, platform
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release

from .azure_rules import Azure
from .machine import Machine, image_with
from .stand_in import standing_in

REGISTRY = "registry.azurecr.io"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Azure]:
    monkeypatch.setattr(platform, "_laid", lambda: {"registry": REGISTRY})
    with standing_in(tmp_path, monkeypatch) as cloud:
        yield cloud


@pytest.fixture
def release() -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


@pytest.fixture
def machine(release: Release, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine({release.image: image_with(release)})
    monkeypatch.setattr(docker, "_run", machine)
    return machine


def test_a_release_is_pushed_and_pulled_elsewhere(
    cloud: Azure, machine: Machine, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = platform.publish(release)
    assert published.startswith(f"{REGISTRY}/{NAME}@sha256:")
    elsewhere = machine.another()
    monkeypatch.setattr(docker, "_run", elsewhere)
    assert platform.pull(published) == published
    assert list(elsewhere.images) == [published]
    for each in (machine, elsewhere):
        assert each.did("login") == [
            ("login", f"--username={acr.USER}", "--password-stdin", REGISTRY)
        ]
        assert each.typed == [f"of {REGISTRY}"]


def test_what_is_published_is_not_pushed_again(
    cloud: Azure, machine: Machine, release: Release
) -> None:
    assert platform.publish(replace(release, published="somewhere")) == "somewhere"
    assert machine.asked == []


def test_an_image_of_another_registry_is_not_pulled(
    cloud: Azure, machine: Machine, release: Release
) -> None:
    published = platform.publish(release).replace("registry.", "other.")
    with pytest.raises(DeploymentError, match="is no published image of this project"):
        platform.pull(published)
    assert machine.did("pull") == []

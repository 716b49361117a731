"""The registry that the cluster pulls images from."""

import os

from .. import NAME
from . import docker
from .release import DeploymentError, Release


def publish(release: Release) -> str:
    """Push a release's image, of which the registry takes what it has not; return it by its digest.

    Raises DeploymentError if there is no image, or it is not taken.
    """
    if release.published:
        return release.published
    repository = _repository()
    _login(repository)
    return docker.push(release.image, repository)


def pull(reference: str) -> str:
    """Pull what `publish` has returned, and return what Docker calls it.

    Raises DeploymentError if it is no image of this project in the registry, or not there.
    """
    repository = _repository()
    _login(repository)
    return docker.pull(reference, repository)


def _repository() -> str:
    registry = os.environ.get("IMAGE_REGISTRY", "").strip("/")
    if not registry:
        raise DeploymentError(
            "IMAGE_REGISTRY is not set: where the cluster pulls images from, such as "
            "registry.example.com/team. REGISTRY_USER and REGISTRY_PASSWORD sign in to it, or "
            "`docker login` does."
        )
    return f"{registry}/{NAME}"


def _login(repository: str) -> None:
    """Sign Docker in as whom the environment names; else it is left as it is signed in."""
    user, password = os.environ.get("REGISTRY_USER"), os.environ.get("REGISTRY_PASSWORD")
    if user and password:
        docker.login(repository.split("/")[0], user, password)

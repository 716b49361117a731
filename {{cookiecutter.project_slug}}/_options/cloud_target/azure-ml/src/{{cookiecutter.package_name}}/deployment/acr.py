"""The registry of images."""

from .. import NAME
from . import azure, docker
from .release import Release

USER = "00000000-0000-0000-0000-000000000000"  # what the registry calls whoever has a token


def push(release: Release, registry: str) -> str:
    """Push a release's image, of which a registry takes what it has not; return it by its digest.

    Raises DeploymentError if there is no image, or it is not taken.
    """
    if release.published:
        return release.published
    _login(registry)
    return docker.push(release.image, f"{registry}/{NAME}")


def pull(reference: str, registry: str) -> str:
    """Pull what `push` has returned, and return what Docker calls it.

    Raises DeploymentError if it is no image of this project in the registry, or not there.
    """
    _login(registry)
    return docker.pull(reference, f"{registry}/{NAME}")


def _login(registry: str) -> None:
    docker.login(registry, USER, azure.registry_password(registry))

"""Images that are built and published once, so that any machine deploys the very same."""

from pathlib import Path

from . import docker, platform
from .release import DeploymentError, Release, prepare

DIGEST, VERSION = "model.digest", "org.opencontainers.image.version"  # labels; see Dockerfile


def publish(folder: Path) -> str:
    """Publish the champion's image and return where it is, by its digest.

    The file `image` in the folder says so, too. Raises DeploymentError if the image does not hold
    the champion, or cannot be published.
    """
    release = prepare("staging")  # where each release goes first
    _require_champion(release.image, release)
    reference = platform.publish(release)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "image").write_text(f"{reference}\n", encoding="utf-8")
    return reference


def use(reference: str, release: Release) -> None:
    """Let a published image take the place of one that was built on this machine.

    Raises DeploymentError if it cannot be had, or does not hold the champion.
    """
    image = platform.pull(reference)
    _require_champion(image, release)
    docker.run("tag", image, release.image)


def _require_champion(image: str, release: Release) -> None:
    labels = docker.built(image)["Config"]["Labels"] or {}
    if labels.get(DIGEST) != release.digest:
        found = f"{labels.get(VERSION, 'no model')} ({labels.get(DIGEST, 'unknown')[:12]}…)"
        raise DeploymentError(
            f"{image} holds {found}, but the champion is {release.manifest.version} "
            f"({release.digest[:12]}…)."
        )

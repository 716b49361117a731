"""The commands of Docker that a deployment needs."""

import json
import os
{% if cookiecutter.cloud_target != "local" %}
import re
{% endif %}
import subprocess
from typing import Any

from .release import DeploymentError

DOCKER = os.environ.get("DOCKER", "docker")


def run(*arguments: str, stdin: str | None = None) -> str:
    """Return what a command prints. Raises DeploymentError if it fails."""
    result = _run(*arguments, stdin=stdin)
    if result.returncode:
        raise DeploymentError(f"docker {arguments[0]} failed: {result.stderr.strip()}")
    return result.stdout.strip()


def inspect(kind: str, name: str) -> dict[str, Any] | None:
    """Return what Docker knows of an image or a container; None if there is none of that name."""
    result = _run(kind, "inspect", name)
    if result.returncode == 0:
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found[0]
    if f"no such {kind}" in result.stderr.lower():
        return None
    raise DeploymentError(f"Docker does not answer: {result.stderr.strip()}")


def built(image: str) -> dict[str, Any]:
    """Return what Docker knows of an image. Raises DeploymentError if there is none."""
    found = inspect("image", image)
    if found is None:
        raise DeploymentError(f"There is no image {image}: `make image` builds it.")
    return found


{% if cookiecutter.cloud_target != "local" %}
def login(registry: str, user: str, password: str) -> None:
    """Let Docker use a registry; the password is no argument, which others could see."""
    run("login", f"--username={user}", "--password-stdin", registry, stdin=password)


def tag_of(image: str) -> str:
    """Return the tag that an image gets in a registry.

    It ends with the image's own id: the same model may come in another image, and registries can
    refuse to give a tag twice. Raises DeploymentError if there is no image.
    """
    identity = built(image)["Id"].removeprefix("sha256:")[:12]
    return f"{image.split(':')[1]}-{identity}"


def push(image: str, repository: str) -> str:
    """Push an image, and return it by its digest: `repository@sha256:…`.

    Raises DeploymentError if there is no image, or it is not taken.
    """
    tag = f"{repository}:{tag_of(image)}"
    run("tag", image, tag)
    run("push", tag)
    digests = (inspect("image", tag) or {})["RepoDigests"]
    pinned = [name for name in digests if name.startswith(f"{repository}@")]
    if not pinned:
        raise DeploymentError(f"The registry gave no digest for {tag}.")
    return str(pinned[0])


def pull(reference: str, repository: str) -> str:
    """Pull an image by its digest, and return what Docker calls it: just that.

    Raises DeploymentError if it is not of the repository, has no digest, or is not there.
    """
    place, _, digest = reference.partition("@")
    if place != repository or not re.fullmatch("sha256:[0-9a-f]{64}", digest):
        raise DeploymentError(
            f"{reference} is no published image of this project, which would be "
            f"{repository}@sha256:… with 64 digits."
        )
    run("pull", "--quiet", reference)
    return reference


{% endif %}
def _run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run([DOCKER, *arguments], input=stdin, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise DeploymentError(
            "Deploying needs Docker: https://docs.docker.com/get-docker"
        ) from error

"""A project's image, built by Docker and run as the strictest platforms do."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from .conftest import Project

DOCKER = os.environ.get("DOCKER", "docker")
STRICT = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")


def docker(*arguments: str) -> str:
    """Run a command of Docker, and return what it prints."""
    result = subprocess.run(
        [DOCKER, *arguments],
        env=os.environ | {"DOCKER_BUILDKIT": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()


def docker_is_there() -> bool:
    try:
        return subprocess.run([DOCKER, "info"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@contextmanager
def container(project: Project, port: int) -> Iterator[str]:
    """Run a project's image on this machine's network, and give the id of the container."""
    image = docker("build", "--quiet", "--network=host", str(project.path))
    settings = (f"--env=PORT={port}", "--env=HOST=127.0.0.1")
    running = docker("run", "--detach", "--network=host", *STRICT, *settings, image)
    try:
        yield running
    finally:
        docker("rm", "--force", running)
        docker("rmi", "--force", image)

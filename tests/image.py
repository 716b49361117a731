"""A project's image, built by Docker and run as the strictest platforms do."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .conftest import Project
from .serving import free_port, wait_for

DOCKER = os.environ.get("DOCKER", "docker")
BASE = "python:3.11-slim-bookworm"
STRICT = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")
# Where a daemon has no bridge, only the machine's own network reaches a package index.
BUILD = {"DOCKER": DOCKER, "DOCKER_BUILDKIT": "1", "BUILD_FLAGS": "--network=host"}


@dataclass(frozen=True)
class Container:
    """A running container.

    Attributes:
        ready_after: seconds from its start until it was ready.
    """

    id: str
    url: str
    ready_after: float

    def stop(self) -> int:
        """End it as platforms do, and return its exit status."""
        docker("stop", "--time=60", self.id)
        return int(docker("inspect", "--format={{.State.ExitCode}}", self.id))


def docker(*arguments: str) -> str:
    """Run a command of Docker, and return what it prints."""
    result = subprocess.run([DOCKER, *arguments], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()


def docker_is_there() -> bool:
    try:
        return subprocess.run([DOCKER, "info"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def built(project: Project) -> str:
    """Build a project's image with its own command, and return the id of the image."""
    project.succeeds("make", "image", **BUILD)
    return str(inspected(f"{project.path.name}:latest")["Id"])


def inspected(image: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(docker("inspect", image))
    return found[0]


@contextmanager
def running(image: str, *options: str, **settings: str) -> Iterator[Container]:
    """Run an image on this machine's network, until the end of the block."""
    port = free_port()
    variables = {"PORT": str(port), "HOST": "127.0.0.1"} | settings
    environment = [f"--env={name}={value}" for name, value in variables.items()]
    start = time.monotonic()
    container = docker("run", "--detach", "--network=host", *STRICT, *environment, *options, image)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/health/live")
        wait_for(f"{url}/health/ready")
        yield Container(container, url, time.monotonic() - start)
    finally:
        docker("rm", "--force", container)

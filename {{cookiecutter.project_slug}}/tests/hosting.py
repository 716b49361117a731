"""Runs the service as its platform does: the image where `IMAGE` names one, or else the server."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from {{ cookiecutter.package_name }}.client import ClientError, ask
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.ports import free_port

from .server import PATIENCE, Server, serving

IMAGE = os.environ.get("IMAGE")  # `make conformance` sets it
DOCKER = os.environ.get("DOCKER", "docker")

# Users, file systems and other limits that a platform sets hold only in a container.
needs_image = pytest.mark.skipif(
    not IMAGE,
    reason="`make conformance` runs the image; what runs here is the server without it",
)


@dataclass(frozen=True)
class Hosted:
    """A service that runs.

    Attributes:
        ready_after: seconds from its start until it answered.
        name: that of the container, or the id of the process.
    """

    url: str
    ready_after: float
    name: str
    server: Server | None = None

    def stop(self, grace: int = 30) -> int:
        """End it as platforms do: SIGTERM, then SIGKILL after so many seconds; its exit status."""
        if self.server:
            return self.server.stop()
        docker("stop", f"--time={grace}", self.name)
        return int(docker("inspect", "--format={{ "{{.State.ExitCode}}" }}", self.name))


def docker(*arguments: str) -> str:
    """Run a command of Docker, and return what it prints."""
    result = subprocess.run([DOCKER, *arguments], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def announce(url: str, length: int) -> int:
    """Announce a body of so many bytes, and return the status of the answer before any has come.

    Who sends a body that is too large may find the connection closed, and never see the answer.
    """
    place = urlsplit(url)
    connection = HTTPConnection(place.netloc, timeout=30)
    try:
        connection.putrequest("POST", place.path)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(length))
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@contextmanager
def hosted(
    log: Path,
    *options: str,
    command: tuple[str, ...] = ("serve",),
    port_variable: str = "PORT",
    **settings: str,
) -> Iterator[Hosted]:
    """Run the service until the end of the block.

    Args:
        log: where the server keeps its prediction log; the image has its own place for it.
        options: those of `docker run`, for the image.
        command: what the platform calls the image with.
        port_variable: the variable by which the platform gives the port.
        settings: further variables.
    """
    if not IMAGE:
        start = time.monotonic()
        with serving(log, port_variable, **settings) as server:
            seconds = time.monotonic() - start
            yield Hosted(server.url, seconds, str(server.process.pid), server)
        return
    port = free_port()
    variables = {port_variable: str(port), **settings}
    environment = [f"--env={name}={value}" for name, value in variables.items()]
    start = time.monotonic()
    run = ("run", "--detach", "--network=host", *environment, *options, IMAGE, *command)
    name = docker(*run)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, name)
        yield Hosted(url, time.monotonic() - start, name)
    finally:
        docker("rm", "--force", name)


def _wait_until_ready(url: str, name: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            ask(url, [example_instance()])
            return
        except ClientError:
            running = docker("inspect", "--format={{ "{{.State.Running}}" }}", name) == "true"
            if not running or time.monotonic() > deadline:
                raise AssertionError(docker("logs", name)) from None
            time.sleep(0.1)

"""Docker on this machine: a container for each environment, on a port of its own.

`DOCKER_HOST` makes it another machine.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from .. import NAME
from ..bundle.files import sha256
from .release import DeploymentError, Environment, Release

PATIENCE = 60.0  # seconds until a new container has to answer
DOCKER = os.environ.get("DOCKER", "docker")
PORTS: dict[Environment, int] = {"staging": 8081, "production": 8080}
INSIDE = 8080  # the port within the container
LOG = "/tmp/prediction-log"  # noqa: S108 (where the image has it)
SETTINGS = Path(".env")

# Nothing can be written but the log and /tmp, and no rights can be gained.
OPTIONS = (
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--restart=unless-stopped",
    "--memory=1g",
)


def plan(release: Release) -> str:
    """Say what deploying a release would change."""
    name = _name(release.environment)
    now = _inspect("container", name)
    before = f"instead of {_version(now)}" if now else "where nothing runs yet"
    return f"Run {release.manifest.version} as the container {name} on {_url(release)}, {before}."


def apply(release: Release) -> str:
    """Run a release in place of what runs now, which is kept; return the address."""
    name, before = _name(release.environment), _before(release.environment)
    image = _inspect("image", release.image)
    if image is None:
        raise DeploymentError(f"There is no image {release.image}: `make image` builds it.")
    settings = SETTINGS.read_bytes() if SETTINGS.is_file() else b""
    identity = f"{image['Id']} {release.digest} {sha256(settings)}"
    now = _inspect("container", name)
    if now and now["Config"]["Labels"].get("release") == identity:
        _docker("start", name)  # which may have been stopped
        return _url(release)
    if now:
        _docker("rm", "--force", before)
        _docker("stop", "--time=60", name)
        _docker("rename", name, before)
    variables = {
        "HOST": "0.0.0.0",  # noqa: S104 (of the container)
        "PORT": str(INSIDE),
        "MODEL_DIGEST": release.digest,
    }
    _docker(
        "run",
        "--detach",
        f"--name={name}",
        f"--label=release={identity}",
        f"--label=version={release.manifest.version}",
        f"--publish=127.0.0.1:{PORTS[release.environment]}:{INSIDE}",
        f"--volume={name}-log:{LOG}",
        *([f"--env-file={SETTINGS}"] if SETTINGS.is_file() else []),
        *(f"--env={variable}={value}" for variable, value in variables.items()),
        *OPTIONS,
        image["Id"],
    )
    return _url(release)


def roll_back(release: Release) -> str:
    """Bring back what ran before a release; say what that is."""
    name, before = _name(release.environment), _before(release.environment)
    _docker("rm", "--force", name)
    kept = _inspect("container", before)
    if kept is None:
        return "nothing ran before, and nothing runs now"
    _docker("rename", before, name)
    _docker("start", name)
    return f"{_version(kept)} runs again"


def destroy(environment: Environment) -> str:
    """Remove an environment; its prediction log stays."""
    names = (_name(environment), _before(environment))
    found = [name for name in names if _inspect("container", name)]
    for name in found:
        _docker("rm", "--force", name)
    if not found:
        return f"There is no container {names[0]}."
    return f"Removed {' and '.join(found)}. The volume {names[0]}-log keeps the prediction log."


def _name(environment: Environment) -> str:
    return f"{NAME}-{environment}"


def _before(environment: Environment) -> str:
    return f"{_name(environment)}-before"


def _url(release: Release) -> str:
    return f"http://127.0.0.1:{PORTS[release.environment]}"


def _version(container: dict[str, Any]) -> str:
    return str(container["Config"]["Labels"].get("version", "another container"))


def _inspect(kind: str, name: str) -> dict[str, Any] | None:
    result = _run(kind, "inspect", name)
    if result.returncode == 0:
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found[0]
    if f"no such {kind}" in result.stderr.lower():
        return None
    raise DeploymentError(f"Docker does not answer: {result.stderr.strip()}")


def _docker(*arguments: str) -> None:
    result = _run(*arguments)
    if result.returncode:
        raise DeploymentError(f"docker {arguments[0]} failed: {result.stderr.strip()}")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run([DOCKER, *arguments], capture_output=True, text=True)
    except FileNotFoundError as error:
        raise DeploymentError(
            "Deploying needs Docker: https://docs.docker.com/get-docker"
        ) from error

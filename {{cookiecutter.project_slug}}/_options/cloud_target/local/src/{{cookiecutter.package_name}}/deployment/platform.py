"""Docker on this machine: a container for each environment, on a port of its own.

`DOCKER_HOST` makes it another machine.
"""

import hashlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

from .. import NAME
from ..bundle.files import sha256
from . import docker
from .endpoint import Endpoint, service
from .release import DeploymentError, Environment, Plan, Release

PATIENCE = 60.0  # seconds until a new container has to answer
PORTS: dict[Environment, int] = {"staging": 8081, "production": 8080}
INSIDE = 8080  # the port within the container
LOG = "/tmp/prediction-log"  # noqa: S108 (of the container; it can write nowhere else)
SETTINGS = Path(".env")
# What `make` keeps there for other containers.
OTHERS = ("POSTGRES", "GRAFANA", "ELASTIC", "KIBANA", "FILEBEAT")
PASSWORDS = {f"{name}_PASSWORD" for name in OTHERS}
ARCHIVE = Path("build/release/image.tar")  # takes an image to another machine

# Nothing can be written but the log and /tmp, and no rights can be gained. What it says takes 30 MB at
# most: without a limit, Docker keeps all of it.
OPTIONS = (
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--restart=unless-stopped",
    "--memory=1g",
    "--log-driver=json-file",
    "--log-opt=max-size=10m",
    "--log-opt=max-file=3",
)


def publish(release: Release) -> str:
    """Save a release's image to a file, as there is no registry; return it by the file's digest.

    Docker's own id of an image is not the same on every machine: it depends on how Docker keeps it.
    """
    ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
    docker.run("save", f"--output={ARCHIVE}", release.image)
    return _saved()


def pull(reference: str) -> str:
    """Load the file that `publish` has saved, and return what Docker calls the image.

    Raises DeploymentError if the file is missing, or is not the very one that was saved.
    """
    if not ARCHIVE.is_file():
        raise DeploymentError(f"There is no {ARCHIVE}, which a published image is in.")
    found = _saved()
    if reference != found:
        raise DeploymentError(f"{reference} is not here: the file is {found}.")
    return docker.run("load", f"--input={ARCHIVE}").rpartition(": ")[2]  # "Loaded image: …"


def _saved() -> str:
    with ARCHIVE.open("rb") as file:
        return f"{ARCHIVE}@sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def running(environment: Environment) -> dict[str, Any]:
    """Return the container that runs; empty if none does."""
    now = docker.inspect("container", _name(environment))
    return {"id": now["Id"], "version": _version(now)} if now else {}


def plan(release: Release) -> Plan:
    """Say what deploying a release would change."""
    docker.built(release.image)
    name, before = _name(release.environment), running(release.environment)
    instead = f"instead of {before['version']}" if before else "where nothing runs yet"
    text = f"Run {release.manifest.version} as the container {name} on {_url(release)}, {instead}."
    return Plan(release, text, before)


def apply(plan: Plan) -> Generator[Endpoint, None, None]:
    """Run a release in place of what runs now, which is kept."""
    release = plan.release
    name, before = _name(release.environment), _before(release.environment)
    image = docker.built(release.image)
    settings = _settings()
    identity = f"{image['Id']} {release.digest} {sha256(settings.encode())}"
    now = docker.inspect("container", name)
    if now and now["Config"]["Labels"].get("release") == identity:
        docker.run("start", name)  # which may have been stopped
    else:
        if now:
            _remove(before)
            docker.run("stop", "--time=60", name)
            docker.run("rename", name, before)
        _start(release, image["Id"], identity, settings)
    yield service(_url(release))


def _settings() -> str:
    """Return `.env` without the lines that are not for the service."""
    text = SETTINGS.read_text(encoding="utf-8") if SETTINGS.is_file() else ""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if line.partition("=")[0].strip() not in PASSWORDS)


def _start(release: Release, image: str, identity: str, settings: str) -> None:
    name = _name(release.environment)
    variables = {
        "HOST": "0.0.0.0",  # noqa: S104 (of the container)
        "PORT": str(INSIDE),
        "MANAGEMENT_PORT": str(INSIDE),  # no other one is published
        "MODEL_DIGEST": release.digest,
        "PREDICTION_LOG_URL": LOG,
    }
    docker.run(
        "run",
        "--detach",
        f"--name={name}",
        f"--label=release={identity}",
        f"--label=version={release.manifest.version}",
        f"--publish=127.0.0.1:{PORTS[release.environment]}:{INSIDE}",
        f"--volume={name}-log:{LOG}",
        "--env-file=/dev/stdin",  # arguments can be seen by others, and keys are among the settings
        *(f"--env={variable}={value}" for variable, value in variables.items()),
        *OPTIONS,
        image,
        stdin=settings,
    )


def roll_back(plan: Plan) -> str:
    """Bring back what ran before a release; say what that is."""
    name, before = _name(plan.release.environment), _before(plan.release.environment)
    now = docker.inspect("container", name)
    if not plan.before:
        _remove(name)
        return "nothing ran before, and nothing runs now"
    if now is None or now["Id"] != plan.before["id"]:
        _remove(name)
        docker.run("rename", before, name)
    docker.run("start", name)
    return f"{_version(docker.inspect('container', name))} runs again"


def destroy(environment: Environment) -> str:
    """Remove an environment; its prediction log stays."""
    names = (_name(environment), _before(environment))
    found = [name for name in names if _remove(name)]
    if not found:
        return f"There is no container {names[0]}."
    return f"Removed {' and '.join(found)}. The volume {names[0]}-log keeps the prediction log."


def _remove(name: str) -> bool:
    """Remove a container, and say whether there was one."""
    found = docker.inspect("container", name) is not None
    if found:
        docker.run("rm", "--force", name)
    return found


def _name(environment: Environment) -> str:
    return f"{NAME}-{environment}"


def _before(environment: Environment) -> str:
    return f"{_name(environment)}-before"


def _url(release: Release) -> str:
    return f"http://127.0.0.1:{PORTS[release.environment]}"


def _version(container: dict[str, Any] | None) -> str:
    labels = container["Config"]["Labels"] if container else {}
    return str(labels.get("version", "another container"))

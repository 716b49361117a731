"""`make up`: the service and what watches it in Docker, from an alert to a model that was trained there.

Of the images of other people, those are started that are there or can be pulled.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from .conftest import Project
from .image import BUILD, DOCKER, docker_is_there
from .serving import answers_rightly, fetch, free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not docker_is_there(), reason="no Docker daemon can be reached"),
]

PATIENCE = 600.0  # seconds, most of which a training may take
NEEDED = {"alertmanager", "mlflow", "monitor", "postgres", "prometheus", "service"}
STRANGER = 1000  # a user that no image knows by name

# Four hours of predictions, of which the last two are unlike the training rows.
HISTORY = """
from pathlib import Path
from flight_delay import paths
from flight_delay.params import set_params
from tests.test_observed import HOURLY, write_four_hours
set_params(HOURLY, paths.PARAMS)
write_four_hours(Path("data/prediction-log"))
"""


@dataclass(frozen=True)
class Stack:
    """A project, and how Compose has been told to start it."""

    project: Project
    settings: dict[str, str]

    def compose(self, *command: str) -> str:
        return self.project.succeeds("docker-compose", *command, **self.settings)

    def services(self) -> dict[str, Any]:
        services: dict[str, Any] = json.loads(self.compose("config", "--format=json"))["services"]
        return services

    def ask(self, port: str, path: str) -> Any:
        return fetch(f"http://127.0.0.1:{self.settings[port]}{path}")[1]

    def entries(self, ledger: str) -> list[dict[str, Any]]:
        lines = self.project.read(f"governance/{ledger}.jsonl").splitlines()
        return [json.loads(line) for line in lines]

    def eventually(self, look: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not look():
            said = "" if time.monotonic() < deadline else self.compose("logs", "--tail=100")
            assert not said, f"{what}: not in {PATIENCE:.0f} seconds.\n{said}"
            time.sleep(1)


@pytest.fixture(scope="module")
def stack(trained: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All that can be had of it, at work."""
    if not (trained.path / "monitoring" / "prometheus").exists():
        pytest.skip("this project has no Prometheus")
    folder = tmp_path_factory.mktemp("compose") / trained.path.name
    # The registry stays behind: the one of Compose is new, and knows no champion.
    kept = shutil.ignore_patterns(".venv", "mlflow.db", "mlruns")
    project = Project(shutil.copytree(trained.path, folder, symlinks=True, ignore=kept))
    project.succeeds("uv", "run", "python", "-c", HISTORY)
    project.succeeds("make", "image", "passwords", **BUILD)
    owner = os.getuid() or STRANGER
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner, owner, follow_symlinks=False)
    ports = ("PORT", "MLFLOW_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT", "GRAFANA_PORT")
    settings = {name: str(free_port()) for name in ports}
    settings |= {"COMPOSE_PROJECT_NAME": "make-up", "PROJECT_USER": f"{owner}:{owner}"}
    stack = Stack(project, settings)
    found = [name for name, service in stack.services().items() if obtain(project, name, service)]
    if missing := NEEDED - set(found):
        pytest.skip(f"no images can be had for {', '.join(sorted(missing))}")
    try:
        stack.compose("up", "--no-build", "--detach", "--wait", *found)
        yield stack
    finally:
        stack.compose("down", "--volumes", "--rmi=local")


def obtain(project: Project, name: str, service: dict[str, Any]) -> bool:
    """Build a service's image, or pull it if it is not there; return whether there is one."""
    if "build" in service:
        file = project.path / service["build"]["dockerfile"]
        building = ("build", "--network=host", f"--file={file}", f"--tag=make-up-{name}", ".")
        project.succeeds(DOCKER, *building, DOCKER_BUILDKIT="1")
        return True
    image = service["image"]
    ways = (("image", "inspect", image), ("pull", "--quiet", image))
    return any(subprocess.run([DOCKER, *way], capture_output=True).returncode == 0 for way in ways)


def test_prometheus_reaches_all_that_it_is_to_watch(stack: Stack) -> None:
    def states() -> dict[str, str]:
        targets = stack.ask("PROMETHEUS_PORT", "/api/v1/targets")["data"]["activeTargets"]
        return {target["labels"]["job"]: target["health"] for target in targets}

    stack.eventually(lambda: states() == {"service": "up", "monitor": "up"}, "Both are up")
    found = stack.ask("PROMETHEUS_PORT", "/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    assert [one["url"] for one in found] == ["http://alertmanager:9093/api/v2/alerts"]


def test_an_alert_leads_to_a_training_that_the_gate_compares_with_the_champion(
    stack: Stack,
) -> None:
    def decisions() -> list[str]:
        return [entry["decision"] for entry in stack.entries("monitoring")]

    stack.eventually(lambda: decisions()[-1:] == ["trained"], "A model is trained")
    assert decisions() == ["retrain", "trained"]
    assert stack.entries("monitoring")[-1]["note"].startswith("trained here")
    promoted, brought, judged = stack.entries("promotions")
    assert "of another registry" in brought["why"]
    assert brought["to"]["bundle_digest"] == promoted["to"]["bundle_digest"]
    assert judged["from"] == brought["to"]
    assert judged["who"] == "monitor"
    assert "drift of" in judged["why"]
    assert any("gained on the champion" in rule["name"] for rule in judged["rules"])


def test_the_service_has_answered_on_and_all_end_in_order(stack: Stack) -> None:
    assert answers_rightly(f"http://127.0.0.1:{stack.settings['PORT']}", "joblib")
    stack.compose("stop")
    ended = {
        one["Service"]: one["ExitCode"]
        for one in map(json.loads, stack.compose("ps", "--all", "--format=json").splitlines())
    }
    assert ended["service"] == ended["monitor"] == 0, ended

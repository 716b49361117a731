"""The service does what it has to in the pod of the manifests.

The container gets the user, the rights, the file systems and the settings that the manifests give to
it: they are read, not repeated.
"""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from httpx2 import Client

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.client import ask
from {{ cookiecutter.package_name }}.deployment.kubectl import Object
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.ports import free_port
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .hosting import IMAGE, Hosted, announce, docker, hosted, needs_image
from .manifests import KUBECTL, WITHOUT_KUBECTL, built, pods_of, settings_of

pytestmark = pytest.mark.skipif(KUBECTL is None, reason=WITHOUT_KUBECTL)

SIZES = {"Mi": "m", "Gi": "g"}


@dataclass(frozen=True)
class Pod:
    """A service that runs as the manifests say.

    Attributes:
        management: the port of health and metrics.
        spec: what the manifests say of its pods.
    """

    service: Hosted
    management: int
    spec: Any

    @property
    def container(self) -> Any:
        (container,) = self.spec["containers"]
        return container


@contextmanager
def running(objects: list[Object], log: Path, *options: str, **settings: str) -> Iterator[Pod]:
    """Run a pod of some manifests, until the end of the block."""
    spec, port = pods_of(objects), free_port()
    said, command = as_docker_would(spec)
    # Other ports than in a pod: the network is the machine's own.
    variables = settings_of(objects) | {"MANAGEMENT_PORT": str(port)} | settings
    for name in ("PORT", "STORAGE_URI"):
        variables.pop(name, None)
    with hosted(log, *said, *options, command=command, **variables) as service:
        yield Pod(service, port, spec)


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    return built(tmp_path_factory.mktemp("manifests"), "production")


@pytest.fixture(scope="module")
def pod(objects: list[Object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    with running(objects, tmp_path_factory.mktemp("pod") / "log") as pod:
        yield pod


def as_docker_would(pods: Any) -> tuple[list[str], tuple[str, ...]]:
    """Return the options and the command with which Docker runs the container of some pods."""
    (container,) = pods["containers"]
    context = pods["securityContext"] | container["securityContext"]
    assert context["runAsNonRoot"]
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}  # which is Docker's own, too
    options = [
        f"--user={context['runAsUser']}:{context['runAsGroup']}",
        f"--group-add={context['fsGroup']}",
        f"--memory={_size(container['resources']['limits']['memory'])}",
        *(f"--cap-drop={name}" for name in context["capabilities"]["drop"]),
    ]
    if context["readOnlyRootFilesystem"]:
        options.append("--read-only")
    if not context["allowPrivilegeEscalation"]:
        options.append("--security-opt=no-new-privileges")
    volumes = {volume["name"]: volume["emptyDir"] for volume in pods["volumes"]}
    for mount in container["volumeMounts"]:
        size = _size(volumes[mount["name"]]["sizeLimit"])
        # A volume belongs to root, and to the group that is to write to it.
        owner = f"uid=0,gid={context['fsGroup']},mode=2777"
        options.append(f"--tmpfs={mount['mountPath']}:size={size},{owner}")
    return options, tuple(container["args"])


def _size(quantity: str) -> str:
    return quantity[:-2] + SIZES[quantity[-2:]]


def status(port: int, path: str, timeout: float) -> int | None:
    """Ask as the node does; None if nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=timeout) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def test_it_answers_with_its_model(pod: Pod) -> None:
    answer, model = ask(pod.service.url, [example_instance()])
    assert answer["model"]["version"] == model["version"]


def test_probes_find_it_alive_and_ready_in_time(pod: Pod) -> None:
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = pod.container[name]
        assert status(pod.management, probe["httpGet"]["path"], probe["timeoutSeconds"]) == 200
    start = pod.container["startupProbe"]
    assert pod.service.ready_after < start["periodSeconds"] * start["failureThreshold"]


def test_callers_do_not_reach_health_and_metrics(pod: Pod) -> None:
    assert status(pod.management, "/metrics", 2) == 200
    with Client(base_url=pod.service.url) as client:
        assert client.get("/metrics").status_code == 404
        assert client.get("/health/ready").status_code == 404


def test_it_refuses_a_body_that_is_too_large_before_it_has_come(pod: Pod) -> None:
    assert announce(f"{pod.service.url}/predict", Settings().max_body_bytes + 1) == 413


@needs_image
def test_it_can_write_nowhere_but_below_tmp(pod: Pod) -> None:
    name = pod.service.name
    assert docker("exec", name, "id", "-u") == str(pod.spec["securityContext"]["runAsUser"])
    script = "for folder in /app /home /var /tmp; do touch $folder/x && echo $folder; done; true"
    assert docker("exec", name, "sh", "-c", script) == "/tmp"  # noqa: S108 (its own)
    capabilities = docker("exec", name, "grep", "CapEff", "/proc/self/status")
    assert int(capabilities.split()[1], 16) == 0


def test_it_ends_in_order_and_in_time(objects: list[Object], tmp_path: Path) -> None:
    statuses: set[int | None] = set()
    exits: list[int] = []
    with running(objects, tmp_path / "log") as pod, Client(base_url=pod.service.url) as client:
        # The time before SIGTERM counts.
        before = pod.container["lifecycle"]["preStop"]["sleep"]["seconds"]
        grace = pod.spec["terminationGracePeriodSeconds"] - before
        ready = pod.container["readinessProbe"]["httpGet"]["path"]
        # A connection that is kept open, so that there is something to wait for.
        client.post("/predict", json={"instances": [example_instance()]})
        start = time.monotonic()
        stopping = threading.Thread(target=lambda: exits.append(pod.service.stop(grace)))
        stopping.start()
        while stopping.is_alive():
            statuses.add(status(pod.management, ready, 1))
            time.sleep(0.05)
        assert time.monotonic() - start < grace
    assert exits == [0]
{% if cookiecutter.serving_framework != "ray-serve" %}
    assert 503 in statuses  # no longer ready while the last requests are answered
{% else %}
    assert None in statuses  # no longer ready: nobody answers
{% endif %}


def test_it_takes_the_model_that_kserve_has_fetched(tmp_path: Path) -> None:
    fetched = Path(copytree(paths.CANDIDATE, tmp_path / "fetched"))
    path = fetched / "bundle.json"
    text = path.read_text(encoding="utf-8").replace('"version": "', '"version": "fetched-', 1)
    path.write_text(text, encoding="utf-8")
    objects = built(tmp_path / "built", "staging", "kserve")
    volume = f"--volume={fetched}:{settings_of(objects)['MODEL_DIR']}:ro"
    elsewhere = {} if IMAGE else {"MODEL_DIR": str(fetched)}
    with running(objects, tmp_path / "log", volume, **elsewhere) as pod:
        _, model = ask(pod.service.url, [example_instance()])
        assert model["version"].startswith("fetched-")

"""Serves a project, and asks it."""

import json
import random
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .conftest import Project


@contextmanager
def served(project: Project, *command: str, **settings: str) -> Iterator[str]:
    """Serve a project with `make serve` or another command, and give its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        command or ["make", "serve"],
        cwd=project.path,
        env=project.environment({"PORT": str(port)} | settings),
        start_new_session=True,
    )
    try:
        wait_for(f"{url}/health/live", process)  # ready soon after, or not at all
        yield url
    finally:
        process.terminate()  # make passes it on, and waits
        process.wait(timeout=60)


def free_port() -> int:
    """Return a port that is free, and that no one is given by the system in the meantime."""
    for port in random.sample(range(20_000, 32_768), 100):  # the system gives those above
        with suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError("Too few ports from 20000 to 32767 are free.")


def wait_for(url: str, process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until an address answers with 200, as long as its process runs."""
    deadline = time.monotonic() + 120
    while fetch(url)[0] != 200:
        assert process is None or process.poll() is None, "the server has ended"
        assert time.monotonic() < deadline, f"no answer from {url}"
        time.sleep(0.1)


def fetch(url: str, content: Any = None) -> tuple[int, Any]:
    """Return status and JSON of an answer; status 0 if there is none."""
    body = None if content is None else json.dumps(content).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        # Before the service has begun, a proxy may answer for it, and not in JSON.
        is_json = "json" in error.headers.get_content_type()
        return error.code, json.load(error) if is_json else None
    except OSError:
        return 0, None


def answers_rightly(url: str, model_format: str) -> bool:
    """Whether a service has a model of a format, and its prediction is the one of the training."""
    wait_for(f"{url}/health/ready")
    _, model = fetch(f"{url}/model")
    example = model["example"]
    _, answer = fetch(f"{url}/predict", {"instances": [example["instance"]]})
    (prediction,) = answer["predictions"]
    expected: float = example["raw_prediction"]
    raw: float = prediction.get("probability", prediction.get("value"))
    return model["model_format"] == model_format and abs(raw - expected) < 1e-9


def fuzz(url: str, project: Project) -> None:
    """Send what the OpenAPI document allows and what it does not to every route."""
    command = ["schemathesis", "run", f"{url}/openapi.json", "--checks=all", "--no-color"]
    result = subprocess.run(
        [*command, "--max-examples=30", "--seed=1"],
        capture_output=True,
        text=True,
        cwd=project.path.parent,
    )
    assert result.returncode == 0, result.stdout[-6000:]

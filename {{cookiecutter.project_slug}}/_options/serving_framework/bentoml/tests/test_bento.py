"""`bentoml build` makes a bento that serves by itself."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.paths import CHAMPION

from .conftest import ROOT

BENTOML = str(Path(sys.executable).with_name("bentoml"))
DEADLINE = 60  # seconds


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    return dict(os.environ) | {
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(tmp_path / "home"),
        "PORT": str(port),
        "PREDICTION_LOG_URL": str(tmp_path / "log"),
    }


@pytest.fixture
def bento(candidate: Path, tmp_path: Path, environment: dict[str, str]) -> str:
    """The tag of a bento whose champion is the candidate; nothing of the project is left."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "src", project / "src")
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, project)
    shutil.copytree(candidate, project / CHAMPION)
    command = [BENTOML, "build", "--output", "tag"]
    result = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    shutil.rmtree(project)
    return result.stdout.strip().removeprefix("__tag__:")


def ask(url: str, content: Any = None) -> Any:
    body = None if content is None else json.dumps(content).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as response:
        return json.load(response)


def test_a_bento_serves_its_own_champion(
    bento: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    url = f"http://127.0.0.1:{environment['PORT']}"
    server = subprocess.Popen([BENTOML, "serve", bento], cwd=tmp_path, env=environment)
    try:
        deadline = time.monotonic() + DEADLINE
        while True:
            assert server.poll() is None
            assert time.monotonic() < deadline
            try:
                ask(f"{url}/health/ready")
                break
            except OSError:
                time.sleep(0.1)
        (prediction,) = ask(f"{url}/predict", {"instances": [example_instance()]})["predictions"]
        assert prediction
    finally:
        server.send_signal(signal.SIGTERM)
        status = server.wait(DEADLINE)
    assert status == 0
    (file,) = Path(environment["PREDICTION_LOG_URL"]).glob("predictions/date=*/*.jsonl")
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1

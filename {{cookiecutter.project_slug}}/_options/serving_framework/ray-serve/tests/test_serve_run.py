"""How it starts on a cluster: with `serve run`, and when it is told to end before it is there."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.ports import free_port
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import ROOT
from .server import COMMAND

SERVE = str(Path(sys.executable).with_name("serve"))
DEADLINE = 240  # seconds; a busy machine takes its time to start all of Ray


def ask(url: str, content: Any = None) -> Any:
    body = None if content is None else json.dumps(content).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as response:
        return json.load(response)


def test_serve_run_answers_with_the_configured_replicas(settings: Settings, tmp_path: Path) -> None:
    config = yaml.safe_load((ROOT / "serve.yaml").read_text(encoding="utf-8"))
    port = free_port()
    config["http_options"] = {"host": "127.0.0.1", "port": port}
    file = tmp_path / "serve.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    environment = {
        "MODEL_DIR": str(settings.model_dir),
        "PREDICTION_LOG_URL": settings.prediction_log_url,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    }
    server = subprocess.Popen([SERVE, "run", str(file)], env=dict(os.environ) | environment)
    try:
        deadline = time.monotonic() + DEADLINE
        while True:
            assert server.poll() is None
            assert time.monotonic() < deadline
            try:
                ask(f"http://127.0.0.1:{port}/health/ready")
                break
            except OSError:
                time.sleep(0.2)
        instances = [example_instance()] * 3
        answer = ask(f"http://127.0.0.1:{port}/predict", {"instances": instances})
        assert len(answer["predictions"]) == 3
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(DEADLINE)
    lines = [
        line
        for path in Path(settings.prediction_log_url).glob("predictions/date=*/*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(lines) == 3


def test_told_to_end_while_it_starts_it_ends_in_order(settings: Settings) -> None:
    port = free_port()
    environment = {
        "MODEL_DIR": str(settings.model_dir),
        "PREDICTION_LOG_URL": settings.prediction_log_url,
        "PORT": str(port),
    }
    server = subprocess.Popen(COMMAND, env=os.environ | environment)
    deadline = time.monotonic() + DEADLINE
    while not _listens(port):  # Ray's proxy does, some seconds before the model is there
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    server.send_signal(signal.SIGTERM)
    assert server.wait(DEADLINE) == 0


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0

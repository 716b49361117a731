"""A real server, in a process of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.client import ClientError, ask
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.ports import free_port

COMMAND = (sys.executable, "-m", "{{ cookiecutter.package_name }}", "serve")
PATIENCE = 120.0  # seconds until it has to be ready, or gone


@dataclass
class Server:
    url: str
    port: int
    process: subprocess.Popen[bytes]
    output: Path

    def stop(self) -> int:
        """End it as every platform does, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until its output has a text, some times over."""
        deadline = time.monotonic() + PATIENCE
        while self.output.read_text(encoding="utf-8").count(text) < times:
            assert time.monotonic() < deadline, f"{text!r} is not said"
            time.sleep(0.05)


@contextlib.contextmanager
def serving(log: Path, port_variable: str = "PORT", **settings: str) -> Iterator[Server]:
    """Serve the candidate, with some settings, until the end of the block."""
    port = free_port()
    environment = {
        "MODEL_DIR": str(paths.CANDIDATE),
        port_variable: str(port),
        "PREDICTION_LOG_URL": str(log),
    }
    output = log.with_name("output")
    with output.open("wb") as file:
        process = subprocess.Popen(COMMAND, env=os.environ | environment | settings, stdout=file)
    server = Server(f"http://127.0.0.1:{port}", port, process, output)
    try:
        _wait_until_ready(server, settings.get("API_KEYS"))
        yield server
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    # In order, if it can: what is killed may leave processes behind that hold a port.
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def _wait_until_ready(server: Server, api_key: str | None) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            ask(server.url, [example_instance()], api_key)
            return
        except ClientError as error:
            if server.process.poll() is not None or time.monotonic() > deadline:
                said = server.output.read_text(encoding="utf-8")
                raise AssertionError(f"It does not serve. It said: {said}") from error
            time.sleep(0.1)

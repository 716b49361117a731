"""A sandbox of Lambda: frozen between requests, and gone without a word."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .account import client
from .hosting import IMAGE, Hosted, docker, hosted

BUCKET = "data"

# What the sandbox lets a process do: it has a user of Lambda's own, writes below /tmp only, and has
# no shared memory.
OPTIONS = (
    "--read-only",
    "--tmpfs=/tmp",
    "--user=993:990",
    "--ipc=none",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=1g",
)
# As infra/service/function.tf sets them.
VARIABLES = {
    "HOST": "127.0.0.1",
    "PREDICTION_LOG_URL": f"s3://{BUCKET}/prediction-log/staging",
    "PREDICTION_LOG_FLUSH_SECONDS": "0",
{% if cookiecutter.monitoring == "cloudwatch" %}
    "ENVIRONMENT": "staging",
    "METRICS_SECONDS": "0",
{% endif %}
}
CREDENTIALS = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@dataclass(frozen=True)
class Sandbox:
    service: Hosted

    @property
    def url(self) -> str:
        return self.service.url

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let nothing in it run until the end of the block."""
        self._signal("pause", signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal("unpause", signal.SIGCONT)

    def is_gone(self) -> None:
        """End it as Lambda may: at once."""
        self._signal("kill", signal.SIGKILL)

    def _signal(self, command: str, number: signal.Signals) -> None:
        if IMAGE:
            docker(command, self.service.name)
            return
        for process in _with_descendants(int(self.service.name)):
            os.kill(process, number)


@contextmanager
def sandbox(log: Path, **settings: str) -> Iterator[Sandbox]:
    """Run the service as Lambda and its adapter do, in the account of the test."""
    account = {name: os.environ[name] for name in CREDENTIALS}
    variables = VARIABLES | account | settings
    with hosted(
        log, *OPTIONS, command=("serve",), port_variable="AWS_LWA_PORT", **variables
    ) as service:
        yield Sandbox(service)


def _with_descendants(process: int) -> list[int]:
    """Return a process and all that it has started, itself first."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found = [process]
    for one in found:  # which grows
        found += [child for child, parent in pairs if parent == one]
    return found


def logged(kind: str) -> list[Any]:
    """Return the records that the bucket has under `predictions` or `labels`."""
    s3 = client("s3")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"prediction-log/staging/{kind}/")
    bodies = [
        s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"] for item in listed.get("Contents", [])
    ]
    return [json.loads(line) for body in bodies for line in body.read().splitlines()]


@contextmanager
def silent_server() -> Iterator[str]:
    """Take connections, and never answer; give the URL."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"

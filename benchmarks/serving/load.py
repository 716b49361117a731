"""Start a server, see that it answers rightly, put load on it, and see what it takes."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from .check import Findings, check, is_right
from .servers import Row, Server

PATIENCE = 120.0  # seconds until a server has to answer
WARM_UP = 2  # seconds of load that are not counted


@dataclass(frozen=True)
class Visit:
    """What one visit to a server has found; times in seconds, memory in bytes."""

    cold_start: float
    findings: Findings
    requests_per_second: float
    p50: float
    p99: float
    failed: int  # requests under load
    rss: int  # what processes share counts for each of them
    pss: int  # what they share counts once


@contextmanager
def started(
    server: Server, rows: list[Row], log: Path
) -> Iterator[tuple[str, psutil.Process, float]]:
    """Start a server; give its address, its process, and the time to its first right answer."""
    port = _free_port()
    variables = {
        name: value.replace("{port}", str(port)) for name, value in server.variables.items()
    }
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | variables
    environment.pop("VIRTUAL_ENV", None)
    environment["PATH"] = f"{server.environment / 'bin'}{os.pathsep}{environment['PATH']}"
    url = f"http://127.0.0.1:{port}{server.path}"
    begin = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            shlex.split(server.command.replace("{port}", str(port))),
            cwd=server.folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while not _answers(server, url, rows[0]):
            if process.poll() is not None or time.perf_counter() - begin > PATIENCE:
                raise RuntimeError(f"{server.name} does not answer; see {log}")
            time.sleep(0.005)
        yield url, psutil.Process(process.pid), time.perf_counter() - begin
    finally:
        _stop(process)


def visit(server: Server, rows: list[Row], connections: int, seconds: int, log: Path) -> Visit:
    """Start a server, check it, load it, and stop it."""
    with started(server, rows, log) as (url, process, cold_start):
        findings = asyncio.run(check(server, url, rows))
        wrk(server, url, rows, connections, WARM_UP)
        rate, p50, p99, failed = wrk(server, url, rows, connections, seconds)
        return Visit(cold_start, findings, rate, p50, p99, failed, *memory(process))


def wrk(
    server: Server, url: str, rows: list[Row], connections: int, seconds: int
) -> tuple[float, float, float, int]:
    """Return requests per second, median and 99th percentile of latency, and failed requests."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        bodies = ",\n".join(f"[==[{json.dumps(server.body(row))}]==]" for row in rows)
        script.write(LUA.replace("BODIES", bodies))
        script.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--latency",
            "--timeout",
            "30s",
        ]
        shown = subprocess.run(
            [*command, "-s", script.name, url], capture_output=True, text=True, check=True
        )
    text = shown.stdout
    bad = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    if errors := re.search(r"Socket errors: (.*)", text):
        bad += sum(map(int, re.findall(r"\d+", errors[1])))
    p50, p99 = (_seconds(re.search(rf" {share}%\s+(\S+)", text)[1]) for share in (50, 99))  # type: ignore[index]
    return float(re.search(r"Requests/sec:\s+(\S+)", text)[1]), p50, p99, bad  # type: ignore[index]


LUA = """
local bodies = {BODIES}
local next_one = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  next_one = next_one % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[next_one])
end
"""


def memory(process: psutil.Process) -> tuple[int, int]:
    """Return the resident and the proportional set size of a process and its children, in bytes."""
    family = [process, *process.children(recursive=True)]
    found = [one.memory_full_info() for one in family]
    return sum(one.rss for one in found), sum(one.pss for one in found)


def installed_size(server: Server) -> int:
    """Return the size of what is installed in a server's environment, in bytes."""
    return sum(file.stat().st_size for file in server.site_packages.rglob("*") if file.is_file())


def _answers(server: Server, url: str, row: Row) -> bool:
    request = urllib.request.Request(
        url, json.dumps(server.body(row)).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            answer = json.load(response)
    except OSError:
        return False
    return is_right(server, answer, row)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a server in order; then whatever it has left behind, and a server that does not end."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _seconds(text: str) -> float:
    """Read a time as wrk writes it."""
    for unit, factor in (("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    raise ValueError(text)


def need_wrk() -> None:
    """Exit at once without wrk, rather than after minutes of training."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is not there. On Debian: apt-get install wrk")

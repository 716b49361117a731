"""End the service of each framework under load many times, and exchange its model under load.

    uv run --group bench python -m benchmarks.serving.soak --frameworks fastapi flask

No request that a server has accepted may be lost, no row of the prediction log, and no exchange of
the model may fail a request.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import psutil
from rich.progress import track

from . import load, projects
from .check import is_right
from .run import BUILD, CHOICES
from .servers import Row, Server, ours

CALLERS = 32
SECONDS = 0.7  # of load before a server is told to end
PATIENCE = 60.0  # seconds for a server to end, or to take another model


@dataclass
class Found:
    """What callers were answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    lost: int = 0  # requests on an open connection that had no answer
    version: str = ""  # of the model that answered last


@asynccontextmanager
async def load_on(
    server: Server, url: str, rows: list[Row], returning: bool
) -> AsyncIterator[Found]:
    """Have callers ask again and again until the end of the block.

    Args:
        returning: whether callers that are asked to hang up come back on another connection.
    """
    found = Found()
    ended = asyncio.Event()

    async def caller(number: int) -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as client:
            while not ended.is_set():
                row = rows[(number := number + CALLERS) % len(rows)]
                try:
                    async with client.post(url, json=server.body(row)) as response:
                        answer = await response.json(content_type=None)
                except (aiohttp.ClientError, ConnectionError):
                    found.lost += 1
                    return
                found.statuses[response.status] += 1
                if response.status == 200:
                    found.wrong += not is_right(server, answer, row)
                    found.version = answer["model"]["version"]
                if response.headers.get("Connection", "").lower() == "close" and not returning:
                    return

    tasks = [asyncio.create_task(caller(number)) for number in range(CALLERS)]
    try:
        yield found
    finally:
        ended.set()
        await asyncio.gather(*tasks)


async def end_under_load(server: Server, url: str, rows: list[Row], process: psutil.Process) -> str:
    """Load a server, tell it to end, and return what went wrong; empty for nothing."""
    async with load_on(server, url, rows, returning=False) as found:
        await asyncio.sleep(SECONDS)
        process.terminate()
        status = await asyncio.to_thread(process.wait, PATIENCE)
    log = Path(server.variables["PREDICTION_LOG_URL"])
    logged = sum(len(file.read_bytes().splitlines()) for file in log.glob("predictions/*/*.jsonl"))
    answered = found.statuses[200] + 1  # the one that found it ready
    problems = {
        f"exit status {status}": status != 0,
        f"statuses {dict(found.statuses)}": set(found.statuses) != {200},
        f"{found.wrong} wrong answers": found.wrong,
        f"{found.lost} requests lost": found.lost,
        f"{logged} rows logged of {answered}": logged != answered,
    }
    return ", ".join(text for text, is_so in problems.items() if is_so)


async def exchange_under_load(server: Server, url: str, rows: list[Row], times: int) -> str:
    """Load a server, exchange its model again and again, and return what went wrong."""
    current = Path(server.variables["MODEL_DIR"])
    other, aside = current.with_name("other"), current.with_name("aside")
    async with load_on(server, url, rows, returning=True) as found:
        for _ in range(times):
            current.rename(aside)
            other.rename(current)
            aside.rename(other)
            version = json.loads((current / "bundle.json").read_text(encoding="utf-8"))["version"]
            deadline = time.monotonic() + PATIENCE
            while found.version != version:
                if time.monotonic() > deadline:
                    return f"{version} was not taken over"
                await asyncio.sleep(0.01)
    problems = {
        f"statuses {dict(found.statuses)}": set(found.statuses) != {200},
        f"{found.wrong} wrong answers": found.wrong,
        f"{found.lost} requests lost": found.lost,
    }
    return ", ".join(text for text, is_so in problems.items() if is_so)


def with_another_version(bundle: Path, folder: Path) -> Path:
    """Copy a bundle, and beside it the same model under another version; return the first copy."""
    current = shutil.copytree(bundle, folder / "current")
    manifest = shutil.copytree(bundle, folder / "other") / "bundle.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"version": "', '"version": "other-', 1), encoding="utf-8")
    return current


def soak(server: Server, rows: list[Row], endings: int, exchanges: int) -> list[str]:
    """Return what went wrong with a server."""
    problems = []
    log = BUILD / "soak.log"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in track(range(endings), f"{server.name}: ending"):
            variables = {"PREDICTION_LOG_URL": str(folder / f"log-{number}")}
            one = replace(server, variables=server.variables | variables)
            with load.started(one, rows, log) as (url, process, _):
                problems.append(asyncio.run(end_under_load(one, url, rows, process)))
        variables = {
            "PREDICTION_LOG_URL": str(folder / "log"),
            "MODEL_DIR": str(with_another_version(server.folder / "models" / "champion", folder)),
            "MODEL_RELOAD_SECONDS": "0.05",
        }
        one = replace(server, variables=server.variables | variables)
        with load.started(one, rows, log) as (url, process, _):
            problems.append(asyncio.run(exchange_under_load(one, url, rows, exchanges)))
            process.terminate()
            process.wait(PATIENCE)
    return [f"{server.name}: {problem}" for problem in problems if problem]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frameworks", nargs="*", default=CHOICES["serving_framework"])
    parser.add_argument("--format", default="onnx", choices=CHOICES["model_format"])
    parser.add_argument("--endings", type=int, default=20)
    parser.add_argument("--exchanges", type=int, default=50)
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    projects.export(BUILD, "boosting")
    rows: list[Row] = json.loads((BUILD / "model" / "rows.json").read_text(encoding="utf-8"))
    problems = []
    for framework in options.frameworks:
        project = projects.prepare(BUILD, framework, options.format, "boosting")
        server = ours(framework, options.format, project)
        problems += soak(server, rows, options.endings, options.exchanges)
    print(*problems or ["Nothing was lost."], sep="\n")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()

"""Have callers ask for different rows at the same time, and compare each answer with its own row's."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from .servers import Row, Server

TOLERANCE = 1e-5
CALLERS = 64  # that ask at the same time
ASKED = 10  # times, by each of them
ENOUGH = 5.0  # seconds after which none of them asks again
PATIENCE = 120.0  # seconds until an answer has to be there


@dataclass
class Findings:
    """How many answers were not what they should be."""

    answers: int = 0
    wrong: int = 0  # nobody's
    mixed_up: int = 0  # another row's
    failed: int = 0  # no answer, or an error


def is_right(server: Server, answer: Any, row: Row) -> bool:
    return server.constant or abs(server.read(answer) - row["expected"]) <= TOLERANCE


async def check(server: Server, url: str, rows: list[Row]) -> Findings:
    """Return what was found by `CALLERS` that ask `ASKED` times each, no two for the same row.

    A slow server is asked less often, but at least once by each.
    """
    findings = Findings()
    end = time.perf_counter() + ENOUGH
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    connector = aiohttp.TCPConnector(limit=CALLERS)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as client:

        async def caller(number: int) -> None:
            for turn in range(ASKED):
                if turn and time.perf_counter() > end:
                    break
                row = rows[(number + turn * CALLERS) % len(rows)]
                findings.answers += 1
                try:
                    async with client.post(url, json=server.body(row)) as response:
                        response.raise_for_status()
                        answer = await response.json(content_type=None)
                except (aiohttp.ClientError, TimeoutError, ValueError):
                    findings.failed += 1
                    continue
                if is_right(server, answer, row):
                    continue
                if any(is_right(server, answer, other) for other in rows):
                    findings.mixed_up += 1
                else:
                    findings.wrong += 1

        await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return findings

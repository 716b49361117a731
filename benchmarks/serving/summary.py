"""From the visits of a run to what is kept of it: medians over the rounds, and ratios."""

import os
import platform
import statistics
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from . import load
from .report import Result, Results
from .servers import Server


def summarise(server: Server, visits: list[load.Visit], ratios: list[float]) -> Result:
    """Return what is kept of a server.

    Args:
        ratios: of its requests per second to those of the bare endpoint, one for each round;
            none for the bare endpoint itself.
    """

    def median(name: str) -> float:
        return float(statistics.median(getattr(visit, name) for visit in visits))

    return {
        "setting": server.setting,
        "version": version(server),
        "ours": server.ours,
        "batching": server.batching,
        "constant": server.constant,
        "ratio": statistics.median(ratios or [1.0]),
        "ratios": ratios,
        "requests_per_second": median("requests_per_second"),
        "p50_ms": median("p50") * 1e3,
        "p99_ms": median("p99") * 1e3,
        "cold_start_s": median("cold_start"),
        "memory_rss_mb": median("rss") / 1e6,
        "memory_pss_mb": median("pss") / 1e6,
        "installed_mb": load.installed_size(server) / 1e6,
        "checked": sum(visit.findings.answers for visit in visits),
        "wrong": sum(visit.findings.wrong for visit in visits),
        "mixed_up": sum(visit.findings.mixed_up for visit in visits),
        "failed": sum(visit.findings.failed + visit.failed for visit in visits),
    }


def add_times(results: Results) -> None:
    """Add to each of our services how many times a peer's requests per second it does.

    Both are taken as shares of the bare endpoint's in the same round.
    """
    peers = {name: r for name, r in results.items() if not r["ours"] and r["ratios"]}
    for result in results.values():
        if result["ours"]:
            result["times"] = {
                name: statistics.median(_quotients(result["ratios"], peer["ratios"]))
                for name, peer in peers.items()
            }


def _quotients(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def version(server: Server) -> str:
    """Return the name and version of what serves."""
    found = distributions(name=server.package, path=[str(server.site_packages)])
    return f"{server.package} {next(iter(found)).version}"


def machine() -> dict[str, Any]:
    """Return what the figures depend on besides the servers."""
    information = Path("/proc/cpuinfo")
    models = [
        line.split(":", 1)[1].strip()
        for line in (information.read_text().splitlines() if information.exists() else [])
        if line.startswith("model name")
    ]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }

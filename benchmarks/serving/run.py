"""Measure the service in each framework and format beside what people would pick instead.

    uv run python -m benchmarks.serving.run --frameworks fastapi --formats joblib onnx

Every round visits every server, one at a time: start, check the answers, warm up, load, stop. Before
each one, the bare endpoint is loaded, so that ratios compare neighbours in time.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

from rich.progress import track

from . import load, projects, report
from .servers import Row, Server, ours, peers

ROOT = projects.ROOT
BUILD = ROOT / "build" / "bench"
CHOICES = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))


def main() -> None:
    options = arguments()
    if not load.wrk_is_there():
        sys.exit("wrk is not there. On Debian: apt-get install wrk")
    BUILD.mkdir(parents=True, exist_ok=True)
    projects.export(BUILD, options.estimator)
    rows: list[Row] = json.loads((BUILD / "model" / "rows.json").read_text(encoding="utf-8"))
    bare, *others = peers(BUILD)
    if options.peers is not None:
        others = [peer for peer in others if peer.name in options.peers]
    services = [
        ours(f"{framework}, {name}", projects.prepare(BUILD, framework, name, options.estimator))
        for framework in options.frameworks
        for name in options.formats
    ]
    results = measure(bare, [*services, *others], rows, options)
    report.show(results)
    options.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def measure(
    bare: Server, servers: list[Server], rows: list[Row], options: argparse.Namespace
) -> dict[str, report.Result]:
    """Return medians over the rounds, by the name of the server."""
    log = BUILD / "servers.log"
    log.write_bytes(b"")
    visits: dict[str, list[load.Visit]] = {server.name: [] for server in (bare, *servers)}
    ratios: dict[str, list[float]] = {server.name: [] for server in servers}
    steps = [server for _ in range(options.rounds) for server in servers]
    for server in track(steps, "Measuring"):
        reference = load.visit(bare, rows, options.connections, options.seconds, log)
        found = load.visit(server, rows, options.connections, options.seconds, log)
        visits[bare.name].append(reference)
        visits[server.name].append(found)
        ratios[server.name].append(found.requests_per_second / reference.requests_per_second)
    return {
        server.name: summary(server, visits[server.name], ratios.get(server.name, [1.0]))
        for server in (bare, *servers)
    }


def summary(server: Server, visits: list[load.Visit], ratios: list[float]) -> report.Result:
    def median(name: str) -> float:
        return float(statistics.median(getattr(visit, name) for visit in visits))

    return {
        "setting": server.setting,
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "requests_per_second": median("requests_per_second"),
        "p50_ms": median("p50") * 1e3,
        "p99_ms": median("p99") * 1e3,
        "cold_start_s": median("cold_start"),
        "memory_mb": median("memory") / 1e6,
        "installed_mb": load.installed_size(server) / 1e6,
        "wrong": sum(visit.wrong for visit in visits),
        "failed": sum(visit.failed for visit in visits),
        "rounds": len(visits),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frameworks", nargs="*", default=CHOICES["serving_framework"])
    parser.add_argument("--formats", nargs="*", default=["joblib", "skops", "onnx"])
    parser.add_argument("--peers", nargs="*", help="by name; all by default")
    parser.add_argument("--estimator", choices=["boosting", "forest"], default="boosting")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of load on each visit")
    parser.add_argument("--output", type=Path, default=BUILD / "results.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()

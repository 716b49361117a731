"""Measure the service in each framework and format beside what people would pick instead.

    uv run --group bench python -m benchmarks.serving.run --frameworks fastapi --formats joblib onnx

Every round visits every server, one at a time: start, check the answers, warm up, load, stop. Before
each one, the bare endpoint is loaded, so that ratios compare neighbours in time.
"""

import argparse
import json
import sys

from rich.progress import track

from . import load, projects, report, summary
from .servers import Row, Server, ours, peers

ROOT = projects.ROOT
BUILD = ROOT / "build" / "bench"
LOAD = ("connections", "rounds", "seconds")
CHOICES = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))


def main() -> None:
    options = arguments()
    load.need_wrk()
    BUILD.mkdir(parents=True, exist_ok=True)
    projects.export(BUILD, options.estimator)
    rows: list[Row] = json.loads((BUILD / "model" / "rows.json").read_text(encoding="utf-8"))
    bare, *others = peers(BUILD)
    if options.peers is not None:
        others = [peer for peer in others if peer.name in options.peers]
    services = [
        ours(framework, name, projects.prepare(BUILD, framework, name, options.estimator))
        for framework in options.frameworks
        for name in options.formats
    ]
    servers = measure(bare, [*services, *others], rows, options)
    settings = {name: getattr(options, name) for name in ("estimator", *LOAD)}
    run = {"machine": summary.machine(), "load": settings, "servers": servers}
    report.show(servers)
    file = report.kept(options.estimator) if options.keep else BUILD / "results.json"
    file.write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    if options.keep:
        report.write()
    if any(result["ours"] for result in report.unfit(servers).values()):
        sys.exit("A service of ours gave answers it should not have given, or none.")


def measure(
    bare: Server, servers: list[Server], rows: list[Row], options: argparse.Namespace
) -> report.Results:
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
    results = {
        server.name: summary.summarise(server, visits[server.name], ratios.get(server.name, []))
        for server in (bare, *servers)
    }
    summary.add_times(results)
    return results


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frameworks", nargs="*", default=CHOICES["serving_framework"])
    parser.add_argument("--formats", nargs="*", default=CHOICES["model_format"])
    parser.add_argument("--peers", nargs="*", help="by name; all by default")
    parser.add_argument("--estimator", choices=["boosting", "forest"], default="boosting")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of load on each visit")
    parser.add_argument(
        "--keep", action="store_true", help="as the results that the documentation shows"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Measure what the service's logs, metrics and prediction log cost.

    uv run --group bench python -m benchmarks.serving.observing

Each round visits the same service three times: as it is delivered, with every row and request noted
on stdout, and with none of it. Ratios compare neighbours in time. `--keep` writes the table into
docs/performance.md.
"""

import argparse
import json
import statistics
from dataclasses import replace

from rich.progress import track

from . import load, projects, summary
from .report import PAGE
from .run import BUILD
from .servers import PEERS, Row, Server, ours

FRAMEWORKS = ("fastapi", "flask", "bentoml", "ray-serve")
BEGIN, END = "<!-- observing: begin -->\n", "<!-- observing: end -->\n"
NOTHING = {
    "ACCESS_LOG": "none",
    "LOG_SAMPLE": "0",
    "PREDICTION_LOG_URL": "",
    "PYTHONPATH": str(PEERS / "unobserved"),
}
EVERYTHING = {"ACCESS_LOG": "all", "LOG_SAMPLE": "1"}

Rates = dict[str, list[float]]


def variants(server: Server) -> dict[str, Server]:
    """Return a service without what it notes, as it is delivered, and noting all it can."""
    return {
        "nothing noted": replace(server, variables=server.variables | NOTHING),
        "as delivered": server,
        "all noted": replace(server, variables=server.variables | EVERYTHING),
    }


def measure(server: Server, rows: list[Row], options: argparse.Namespace) -> Rates:
    """Return requests per second of each variant, one for each round."""
    log = BUILD / "observing.log"
    rates: Rates = {name: [] for name in variants(server)}
    for number in track(range(options.rounds), server.name):
        log.write_bytes(b"")
        # The other way round each time: what drifts does not favour one of them.
        for name, one in list(variants(server).items())[:: -1 if number % 2 else 1]:
            found = load.visit(one, rows, options.connections, options.seconds, log)
            if found.failed or found.findings.wrong or found.findings.mixed_up:
                raise SystemExit(f"{server.name}, {name}: answers are wrong or missing; see {log}")
            rates[name].append(found.requests_per_second)
    return rates


def line(name: str, rates: Rates) -> str:
    """Return a line of the table: medians, and the median of each round's loss."""
    off, on, most = (statistics.median(found) for found in rates.values())
    without, *others = rates.values()
    losses = [
        statistics.median(1 - with_it / none for none, with_it in zip(without, noting, strict=True))
        for noting in others
    ]
    return f"| {name} | {off:,.0f} | {on:,.0f} | {losses[0]:.1%} | {most:,.0f} | {losses[1]:.1%} |"


def section(lines: list[str], options: argparse.Namespace) -> str:
    found = summary.machine()
    head = (
        f"Measured on {found['date']} with {found['cores']} cores of {found['processor']}, "
        f"{found['system']}, Python {found['python']}: {options.connections} connections, "
        f"{options.seconds} seconds of load on each visit, medians of {options.rounds} rounds."
    )
    table = [
        "| requests/s | nothing noted | as delivered | cost | all noted | cost |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *lines,
    ]
    return "\n".join([head, "", *table])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frameworks", nargs="*", default=FRAMEWORKS, choices=FRAMEWORKS)
    parser.add_argument("--formats", nargs="*", default=["joblib", "onnx"])
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4, help="of load on each visit")
    parser.add_argument(
        "--keep", action="store_true", help="write the table into the documentation"
    )
    options = parser.parse_args()
    load.need_wrk()
    BUILD.mkdir(parents=True, exist_ok=True)
    projects.export(BUILD, "boosting")
    rows: list[Row] = json.loads((BUILD / "model" / "rows.json").read_text(encoding="utf-8"))
    lines = []
    for framework in options.frameworks:
        for model_format in options.formats:
            project = projects.prepare(BUILD, framework, model_format, "boosting")
            server = ours(framework, model_format, project)
            lines.append(line(server.name, measure(server, rows, options)))
            print(lines[-1], flush=True)  # what comes later may fail, or take too long
    text = section(lines, options)
    print(text)
    if options.keep:
        page = PAGE.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The table of a run, on the terminal and in docs/performance.md, and the chart.

    uv run python -m benchmarks.serving.report build/bench/results.json

writes the last run that was kept into the documentation.
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from rich.console import Console
from rich.table import Table

mpl.use("svg")
from matplotlib import pyplot as plt

Result = dict[str, Any]
Results = dict[str, Result]

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = DOCS / "performance.md"
CHART = DOCS / "serving.svg"
START, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
COLUMNS = ("server", "of bare", "req/s", "p50 ms", "p99 ms", "start s", "memory MB", "installed MB")


def cells(name: str, result: Result) -> tuple[str, ...]:
    return (
        name,
        f"{result['ratio']:.3f}",
        f"{result['requests_per_second']:,.0f}",
        f"{result['p50_ms']:.1f}",
        f"{result['p99_ms']:.1f}",
        f"{result['cold_start_s']:.2f}",
        f"{result['memory_mb']:.0f}",
        f"{result['installed_mb']:.0f}",
    )


def ranked(results: Results) -> list[tuple[str, Result]]:
    return sorted(results.items(), key=lambda item: -item[1]["ratio"])


def show(results: Results) -> None:
    """Print the table, and whatever went wrong."""
    console = Console()
    table = Table(*(*COLUMNS, "wrong", "failed"))
    for name, result in ranked(results):
        table.add_row(*cells(name, result), str(result["wrong"]), str(result["failed"]))
    console.print(table)


def write(results: Results) -> None:
    """Put table and chart into the documentation."""
    rows = [cells(name, result) for name, result in ranked(results)]
    lines = ["| " + " | ".join(COLUMNS) + " |", "| --- |" + " ---: |" * (len(COLUMNS) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    settings = {result["setting"]: name for name, result in reversed(ranked(results))}
    lines += ["", "Settings:", ""]
    lines += [f"- {name}: {setting}." for setting, name in reversed(settings.items())]
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(START)
    _, after = rest.split(END)
    content = "\n".join(lines) + "\n"
    PAGE.write_text(f"{before}{START}\n{content}\n{END}{after}", encoding="utf-8")
    draw(results)


def draw(results: Results) -> None:
    found = [(name, result["ratio"]) for name, result in reversed(ranked(results))]
    names, ratios = zip(*found, strict=True)
    plt.rcParams["svg.hashsalt"] = "same bytes for the same numbers"
    figure, axes = plt.subplots(figsize=(8, 0.35 * len(names) + 1), layout="constrained")
    ours = ["#4051b5" if "," in name and name[0].islower() else "#b0b4c8" for name in names]
    bars = axes.barh(names, ratios, color=ours)
    axes.bar_label(bars, [f"{ratio:.3f}" for ratio in ratios], padding=3, fontsize=8)
    axes.set(xscale="log", xlabel="requests per second, as a share of the bare endpoint's (log)")
    axes.set_xlim(right=2)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(CHART, metadata={"Date": None})


if __name__ == "__main__":
    write(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))

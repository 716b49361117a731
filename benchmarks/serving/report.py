"""The tables of a run, on the terminal and in docs/performance.md.

    uv run --group bench python -m benchmarks.serving.report

writes the results that are kept into the documentation again.
"""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Result = dict[str, Any]
Results = dict[str, Result]

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"
PAGE = DOCS / "performance.md"
CHART = DOCS / "serving.svg"
ESTIMATORS = ("boosting", "forest")
COLUMNS = (
    *("server", "of bare", "req/s", "p50 ms", "p99 ms"),
    *("start s", "RSS MB", "PSS MB", "installed MB"),
)


def kept(estimator: str) -> Path:
    """Return where the results are that the documentation shows."""
    return HERE / ("results.json" if estimator == "boosting" else f"results-{estimator}.json")


def ranked(results: Results) -> list[tuple[str, Result]]:
    return sorted(results.items(), key=lambda item: -item[1]["ratio"])


def cells(name: str, result: Result) -> list[str]:
    return [
        name,
        f"{result['ratio']:.3f}",
        f"{result['requests_per_second']:,.0f}",
        f"{result['p50_ms']:.1f}",
        f"{result['p99_ms']:.1f}",
        f"{result['cold_start_s']:.2f}",
        f"{result['memory_rss_mb']:.0f}",
        f"{result['memory_pss_mb']:.0f}",
        f"{result['installed_mb']:.0f}",
    ]


def times(results: Results) -> list[list[str]]:
    """Return, with a header, how many times each peer's requests per second our services do."""
    services = [(name, result) for name, result in ranked(results) if result["ours"]]
    peers = [name for name, result in ranked(results) if not result["ours"] and result["ratios"]]
    if not (services and peers):
        return []
    rows = [[name, *(f"{r['times'][peer]:.1f}" for peer in peers)] for name, r in services]
    return [["requests/s, times those of", *peers], *rows]


def unfit(results: Results) -> Results:
    """Return the servers that gave answers they should not have given, or none."""
    return {name: r for name, r in results.items() if r["wrong"] or r["mixed_up"] or r["failed"]}


def show(results: Results) -> None:
    """Print the tables, and whatever went wrong."""
    console = Console()
    for rows in ([list(COLUMNS), *_rows(results)], times(results)):
        if rows:
            table = Table(*rows[0])
            for row in rows[1:]:
                table.add_row(*row)
            console.print(table)
    for name, result in unfit(results).items():
        found = ", ".join(f"{result[key]:,} {key}" for key in ("wrong", "mixed_up", "failed"))
        console.print(f"[red]{name}: {found}[/]")


def section(run: dict[str, Any]) -> str:
    """Return what the documentation says of a run."""
    servers, machine, load = run["servers"], run["machine"], run["load"]
    checked = sum(result["checked"] for result in servers.values() if not result["constant"])
    answers = f"{checked:,} answers were checked under load"
    bad = [
        f"{name} gave {r['wrong']} wrong and {r['mixed_up']} mixed-up answers and failed {r['failed']:,} times"
        for name, r in unfit(servers).items()
    ]
    lines = [
        f"Measured on {machine['date']} with {machine['cores']} cores of {machine['processor']}, "
        f"{machine['system']}, Python {machine['python']}: {load['connections']} connections, "
        f"{load['seconds']} seconds of load on each visit, medians of {load['rounds']} rounds. {answers}: "
        + ("; ".join(bad) if bad else "none was wrong, mixed up or missing")
        + ".",
        "",
        *_markdown([list(COLUMNS), *_rows(servers)]),
    ]
    if compared := times(servers):
        lines += ["", *_markdown(compared)]
    lines += ["", "Settings:", ""]
    # Ours are the same in each format.
    names = {name: name.split(",")[0] if r["ours"] else name for name, r in servers.items()}
    settings = [f"- {names[name]} ({r['version']}): {r['setting']}." for name, r in ranked(servers)]
    lines += dict.fromkeys(settings)
    return "\n".join(lines)


def page(text: str) -> str:
    """Return the documentation's page with the results that are kept in it."""
    for estimator in ESTIMATORS:
        if kept(estimator).exists():
            run = json.loads(kept(estimator).read_text(encoding="utf-8"))
            start, end = f"<!-- {estimator}: begin -->\n", f"<!-- {estimator}: end -->\n"
            before, rest = text.split(start)
            text = f"{before}{start}\n{section(run)}\n\n{end}{rest.split(end)[1]}"
    return text


def write() -> None:
    """Put tables and chart into the documentation."""
    from .chart import draw

    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    draw(ranked(json.loads(kept("boosting").read_text(encoding="utf-8"))["servers"]), CHART)


def _rows(results: Results) -> list[list[str]]:
    return [cells(name, result) for name, result in ranked(results)]


def _markdown(rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "| --- |" + " ---: |" * (len(rows[0]) - 1), *lines[1:]]


if __name__ == "__main__":
    write()

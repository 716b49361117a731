"""What a change does to the model, on one page: for the pull request, or for a browser."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .. import NAME, paths
from ..cards.text import page, table
from ..errors import ProjectError

FOLDER = Path("build")
PLOTS = FOLDER / "plots"


class ReportError(ProjectError):
    """There is nothing to report on."""


def write_report(base: str | None) -> str:
    """Write `build/report.md`, `build/report.html` and `build/plots/`; say where.

    Args:
        base: the commit to compare with. Without one, or with one that is not here, as in the first
            push, there is nothing to compare with, and the page says so.

    Raises ReportError before the gate has judged, or if DVC fails.
    """
    if not paths.GATE_REPORT.is_file():
        raise ReportError("There is no verdict of the gate yet: `make pipeline` gets one.")
    base = _known(base)
    text = "\n\n".join([f"## {NAME}", *_gate(), *_data(), *_changes(base)]) + "\n"
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "report.md").write_text(text, encoding="utf-8")
    (FOLDER / "report.html").write_text(page(NAME, text), encoding="utf-8")
    _dvc("plots", *(["diff", base] if base else ["show"]), "--out", str(PLOTS))
    return f"The report is {FOLDER / 'report.md'}, the plots are {PLOTS / 'index.html'}."


def _gate() -> list[str]:
    gate = _read(paths.GATE_REPORT)
    candidate, champion = gate["candidate"], gate["champion"]
    if not gate["rules"]:
        return [f"### Gate: nothing new\n\n`{candidate}` is the champion already."]
    verdict = "passed" if gate["passed"] else "blocked"
    rival = f"the champion `{champion}`" if champion else "no champion: it would be the first"
    rows = [
        (
            rule["name"],
            "none" if rule["value"] is None else f"{rule['value']:.4f}",
            rule["requirement"],
            "passed" if rule["passed"] else "**failed**",
            rule["note"],
        )
        for rule in gate["rules"]
    ]
    rules = table(("Rule", "Value", "Required", "Verdict", ""), rows)
    return [f"### Gate: {verdict}", f"Candidate `{candidate}`, against {rival}.", rules]


def _data() -> list[str]:
    return [f"### Data\n\n{_read(paths.VALIDATION_REPORT)['rows']:,} rows, all valid."]


def _changes(base: str | None) -> list[str]:
    if base is None:
        return ["### Changes\n\nThere is no commit to compare with."]
    return [
        f"### Changes since `{base[:10]}`",
        _table("metrics", base) or "No metric has changed.",
        _table("params", base) or "No parameter has changed.",
    ]


def _table(kind: str, base: str) -> str:
    """Return what has changed as a table; empty if nothing has."""
    table = _dvc(kind, "diff", "--md", base).strip()
    return table if len(table.splitlines()) > 2 else ""


def _known(commit: str | None) -> str | None:
    """Return a commit if it is in this clone."""
    if not commit:
        return None
    command = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", commit + "^{commit}"]
    found = subprocess.run(command, capture_output=True, text=True)
    return found.stdout.strip() if found.returncode == 0 else None


def _dvc(*arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise ReportError(f"dvc {arguments[0]} {arguments[1]} failed: {result.stderr.strip()}")
    return result.stdout


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found

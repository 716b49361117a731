"""Stop bad data before anything is learned from it."""

import json

import pandas as pd

from .. import paths
from ..params import Params
from ..tables import Problem, problem, problems
from .errors import StageError


def validate(params: Params) -> str:
    """Check the collected rows and write a report. Raises StageError if anything is wrong."""
    table = pd.read_parquet(paths.RAW)
    found = find_problems(table, params)
    paths.VALIDATION_REPORT.parent.mkdir(parents=True, exist_ok=True)
    report = {"rows": len(table), "valid": not found, "problems": found}
    paths.VALIDATION_REPORT.write_text(
        json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    if found:
        head = f"The data does not match schema.py; nothing is trained. {paths.VALIDATION_REPORT}:"
        raise StageError("\n".join([head, *map(_line, found)]))
    return f"{len(table):,} rows are valid"


def _line(found: Problem) -> str:
    examples = ", ".join(found["examples"])
    line = f"  {found['column']}: {found['check']}"
    if found["rows"] is not None:
        line += f"; fails in {found['rows']:,} rows"
    return f"{line}, such as {examples}" if examples else line


def find_problems(table: pd.DataFrame, params: Params) -> list[Problem]:
    """Return what is wrong with a labelled table, by column and check."""
    limits = params.validate_
    found = problems(table, limits.max_missing)
    if len(table) < limits.min_rows:
        few = f"at least {limits.min_rows:,} rows, not {len(table):,}"
        return [problem("table", few), *found]
    return found

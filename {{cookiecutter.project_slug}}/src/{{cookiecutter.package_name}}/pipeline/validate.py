"""Stop bad data before anything is learned from it."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
from pandera.errors import SchemaErrors

from .. import paths
from ..params import Params
from ..tables import problems, table_schema
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


def _line(problem: Mapping[str, Any]) -> str:
    examples = ", ".join(problem["examples"])
    line = f"  {problem['column']}: {problem['check']}; fails in {problem['rows']:,} rows"
    return f"{line}, such as {examples}" if examples else line


def find_problems(table: pd.DataFrame, params: Params) -> list[Mapping[str, Any]]:
    """Return what is wrong with a labelled table, by column and check."""
    limits = params.validate_
    found: list[Mapping[str, Any]] = []
    if len(table) < limits.min_rows:
        found.append(
            {
                "column": "table",
                "check": f"at least {limits.min_rows:,} rows",
                "rows": len(table),
                "examples": [],
            }
        )
    try:
        table_schema(limits.max_missing).validate(table, lazy=True)
    except SchemaErrors as errors:
        found += problems(errors)
    return found

"""Lines in the embedded metric format, as CloudWatch's specification has them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jsonschema

from {{ cookiecutter.package_name }}.serving.logs import formatter

NAME = {"type": "string", "minLength": 1, "maxLength": 250}
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "additionalProperties": False,
            "properties": {
                "Timestamp": {"type": "integer", "minimum": 1_500_000_000_000},
                "CloudWatchMetrics": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"$ref": "#/$defs/directive"},
                },
            },
        }
    },
    "$defs": {
        "directive": {
            "type": "object",
            "required": ["Namespace", "Dimensions", "Metrics"],
            "additionalProperties": False,
            "properties": {
                "Namespace": NAME | {"pattern": "^[^:].*$", "not": {"pattern": "^AWS/"}},
                "Dimensions": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "array", "maxItems": 30, "items": NAME},
                },
                "Metrics": {
                    "type": "array",
                    "maxItems": 100,
                    "items": {
                        "type": "object",
                        "required": ["Name"],
                        "additionalProperties": False,
                        "properties": {
                            "Name": NAME,
                            "Unit": {
                                "enum": ["Count", "Seconds", "None"]
                            },  # of those that it knows
                        },
                    },
                },
            },
        }
    },
}
# What the names of metrics and dimensions refer to.
NUMBERS = {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "number"}}
VALUE = {
    "anyOf": [
        {"type": "number"},
        {
            "type": "object",
            "required": ["Values", "Counts"],
            "additionalProperties": False,
            "properties": {"Values": NUMBERS, "Counts": NUMBERS},
        },
    ]
}
DIMENSION = {"type": "string", "minLength": 1, "maxLength": 1024, "pattern": "^[!-~ ]+$"}
LARGEST = 256_000  # bytes of a line, by the older limit

Lines = list[dict[str, Any]]
Known = frozenset[tuple[str, frozenset[str]]]  # metrics by their names and dimensions


def check(line: dict[str, Any]) -> dict[str, Any]:
    """See that CloudWatch makes of a line what it says, and return the line."""
    jsonschema.validate(line, SCHEMA)
    for directive in line["_aws"]["CloudWatchMetrics"]:
        names = [metric["Name"] for metric in directive["Metrics"]]
        assert len(set(names)) == len(names)
        for name in names:
            jsonschema.validate(line[name], VALUE)
            if isinstance(line[name], dict):
                assert len(line[name]["Values"]) == len(line[name]["Counts"])
        for dimension in {name for names in directive["Dimensions"] for name in names}:
            jsonschema.validate(line[dimension], DIMENSION)
    return line


def known(lines: Lines) -> Known:
    """Return the metrics that CloudWatch knows after these lines."""
    return frozenset(
        (metric["Name"], frozenset(dimensions))
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
        for dimensions in directive["Dimensions"]
    )


class Notes(logging.Handler):
    """Keeps what a logger writes, each line checked."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(formatter())
        self.lines: Lines = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(check(json.loads(self.format(record))))


@contextmanager
def noted(logger: logging.Logger) -> Iterator[Lines]:
    """Give the lines that a logger writes until the end of the block."""
    notes, level = Notes(), logger.level
    logger.addHandler(notes)
    logger.setLevel(logging.INFO)
    try:
        yield notes.lines
    finally:
        logger.setLevel(level)
        logger.removeHandler(notes)

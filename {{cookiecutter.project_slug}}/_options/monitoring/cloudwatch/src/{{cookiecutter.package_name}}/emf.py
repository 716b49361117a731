"""Metrics in the embedded metric format: lines of a log that CloudWatch makes metrics of.

The format is a few members of a JSON object, so they are written here. AWS's own library keeps each
value until it is sent, a hundred to a line at most, and brings an HTTP client for an agent that none
of our platforms has.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import NAME

NAMESPACE = NAME
Unit = Literal["Count", "Seconds", "None"]


@dataclass(frozen=True)
class Distribution:
    """Values that differ, and how often each was seen; both of the same length, from 1 to 100."""

    values: tuple[float, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True)
class Metric:
    """What CloudWatch is to know by a name."""

    name: str
    value: float | Distribution
    unit: Unit = "None"


def document(metrics: Sequence[Metric], dimensions: Mapping[str, str]) -> dict[str, Any]:
    """Return the members of a line, as JSON has them.

    Each combination of a metric and its dimensions' values is paid for, so they must be few.

    Args:
        metrics: 100 at most. One whose value is no number is left out: JSON has no such values.
        dimensions: what they are of, such as the environment.
    """
    told = [metric for metric in metrics if _is_number(metric.value)]
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": metric.name, "Unit": metric.unit} for metric in told],
    }
    metadata = {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return (
        {"_aws": metadata}
        | {name: _ascii(value) for name, value in dimensions.items()}
        | {metric.name: _as_json(metric.value) for metric in told}
    )


def _is_number(value: float | Distribution) -> bool:
    return isinstance(value, Distribution) or math.isfinite(value)


def _as_json(value: float | Distribution) -> float | dict[str, list[float]]:
    if isinstance(value, Distribution):
        return {"Values": list(value.values), "Counts": list(value.counts)}
    return value


def _ascii(text: str) -> str:
    """Return what CloudWatch takes as the value of a dimension: it has no other characters."""
    return text.encode("ascii", "backslashreplace").decode()

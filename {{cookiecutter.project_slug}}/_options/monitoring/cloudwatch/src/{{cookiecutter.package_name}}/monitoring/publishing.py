"""Sends what the monitor has seen to a log group, whose lines CloudWatch makes metrics of."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from prometheus_client import CollectorRegistry

from ..deployment import aws
from ..emf import Metric, document
from . import decision
from .exporter import Gauges
from .monitor import Look
from .settings import MonitorSettings

Labels = tuple[tuple[str, str], ...]


class Publisher:
    """Writes into a log stream of its own, so that several monitors do not get in each other's way."""

    def __init__(self, settings: MonitorSettings) -> None:
        self._environment = settings.environment
        self._group = settings.monitor_log_group
        self._stream = ""
        self._gauges = Gauges()

    def publish(self, look: Look) -> None:
        """Send a look's numbers, with all decisions so far, where a log group is set.

        Raises DeploymentError with AWS's own words if it does not take them.
        """
        if not self._group:
            return
        self._gauges.update(look, decision.read())
        lines = documents(self._gauges.registry, self._environment)
        events = [
            {"timestamp": line["_aws"]["Timestamp"], "message": json.dumps(line)} for line in lines
        ]
        with aws.explained(f"Sending metrics to the log group {self._group}"):
            logs = aws.client("logs")
            if not self._stream:
                stream = f"{datetime.now(UTC):%Y/%m/%d}/{uuid4().hex}"
                logs.create_log_stream(logGroupName=self._group, logStreamName=stream)
                self._stream = stream
            logs.put_log_events(
                logGroupName=self._group, logStreamName=self._stream, logEvents=events
            )


def documents(registry: CollectorRegistry, environment: str) -> list[dict[str, Any]]:
    """Return the gauges of a registry in the embedded metric format, by what they are of.

    What Prometheus calls labels are dimensions: there is a document for each column, and so on.
    """
    gauges: defaultdict[Labels, list[Metric]] = defaultdict(list)
    for family in registry.collect():
        if family.type == "gauge":
            for sample in family.samples:
                gauges[tuple(sample.labels.items())].append(Metric(sample.name, sample.value))
    return [
        document(metrics, {"environment": environment} | dict(labels))
        for labels, metrics in gauges.items()
    ]

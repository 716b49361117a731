"""A release with a share of the traffic is watched: callers find what no test has."""

import time
from datetime import UTC, datetime, timedelta

import click

from . import gcp
from .release import DeploymentError

MONITORING = "https://monitoring.googleapis.com/v3"
# A count can be read some minutes after it happened: 60 seconds of sampling, and up to 180 more.
SECONDS = 420.0


def watch(what: str, series: str) -> None:
    """Wait for callers, and see that none of them met an error.

    Args:
        what: the release, for people.
        series: the filter of Cloud Monitoring for the count of its errors.

    Raises DeploymentError if there was an error.
    """
    start = datetime.now(UTC)
    click.echo(f"Watching {what} for {SECONDS / 60:g} minutes.")
    time.sleep(SECONDS)
    errors = count(series, start)
    if errors:
        raise DeploymentError(f"{what} failed {errors} of its callers' requests.")


def count(series: str, start: datetime) -> int:
    """Return how many events a filter finds since a time. Raises DeploymentError."""
    # The minute of the start is not whole.
    end = max(datetime.now(UTC), start + timedelta(minutes=1))
    seconds = int((end - start).total_seconds())
    parameters = {
        "filter": series,
        "interval.startTime": start.isoformat(),
        "interval.endTime": end.isoformat(),
        "aggregation.alignmentPeriod": f"{seconds}s",
        "aggregation.perSeriesAligner": "ALIGN_DELTA",
        "aggregation.crossSeriesReducer": "REDUCE_SUM",
    }
    with gcp.explained("Counting errors"):
        url = f"{MONITORING}/projects/{gcp.project()}/timeSeries"
        answer = gcp.session().get(url, params=parameters, timeout=gcp.TIMEOUT)
        answer.raise_for_status()
    found = answer.json().get("timeSeries", [])
    return sum(int(point["value"]["int64Value"]) for one in found for point in one["points"])

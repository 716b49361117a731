"""How a release does while it gets copies of requests, or a share of them."""

import time
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from . import azure
from .endpoint import Endpoint
from .endpoints import Site
from .release import DeploymentError

MINUTE = 60.0
VERSION = "2023-10-01"  # of the interface of Azure Monitor


def address(site: Site, colour: str | None = None) -> Endpoint:
    """Return where callers ask, or where one deployment is asked, whatever share it gets."""
    endpoint = site.endpoint()
    if endpoint is None or not endpoint.scoring_uri:
        raise DeploymentError(f"The endpoint {site.name} has no address.")
    url = str(endpoint.scoring_uri).rstrip("/")

    def headers(method: str, url: str, body: bytes) -> dict[str, str]:
        chosen = {"azureml-model-deployment": colour} if colour else {}
        return {"Authorization": f"Bearer {azure.token(azure.SCORING)}", **chosen}

    return Endpoint(f"{url}/predict", f"{url}/health/ready", headers)


def shared(
    site: Site, before: str, colour: str, rollout: Mapping[str, Any]
) -> Generator[Endpoint, None, None]:
    """Let a release have copies of some requests, and then some of them, while another answers."""
    mirrored, share = rollout["mirror_percent"], rollout["canary_percent"]
    steps: tuple[tuple[int, float, dict[str, int], dict[str, int]], ...] = (
        (mirrored, rollout["mirror_minutes"], {before: 100}, {colour: mirrored}),
        (share, rollout["canary_minutes"], {before: 100 - share, colour: share}, {}),
    )
    for percent, minutes, traffic, mirror in steps:
        if not percent:
            continue
        site.direct(traffic, mirror)
        time.sleep(minutes * MINUTE)
        endpoint = site.endpoint()
        errors = errors_per_minute(str(endpoint.id), colour, minutes) if endpoint else 0.0
        if errors >= rollout["max_errors_per_minute"]:
            raise DeploymentError(f"{colour} of {site.name} has {errors:.3g} errors a minute.")
        yield address(site, colour)


def errors_per_minute(endpoint: str, colour: str, minutes: float) -> float:
    """Return how often a deployment has answered with a status from 500 on.

    Args:
        endpoint: its resource ID.
        minutes: how far to look back.

    Raises DeploymentError.
    """
    now = datetime.now(UTC)
    then = now - timedelta(minutes=max(minutes, 1.0))
    metrics = azure.call(
        "GET",
        f"{endpoint}/providers/Microsoft.Insights/metrics",
        VERSION,
        metricnames="RequestsPerMinute",
        timespan=f"{then:%Y-%m-%dT%H:%M:%SZ}/{now:%Y-%m-%dT%H:%M:%SZ}",
        interval="PT1M",
        aggregation="Average",
        # One series for each status.
        **{"$filter": f"deployment eq '{colour}' and statusCode eq '*'"},
    )
    found = [
        series for metric in (metrics or {}).get("value", []) for series in metric["timeseries"]
    ]
    return sum(_mean(series) for series in found if _status(series).startswith("5"))


def _status(series: dict[str, Any]) -> str:
    names = {entry["name"]["value"].lower(): entry["value"] for entry in series["metadatavalues"]}
    return str(names.get("statuscode", ""))


def _mean(series: dict[str, Any]) -> float:
    points = [float(point.get("average") or 0.0) for point in series["data"]]
    return sum(points) / max(len(points), 1)

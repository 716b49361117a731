"""What Cloud Run itself says of a service: Terraform knows only what it has done."""

from typing import Any

from . import gcp

RUN = "https://run.googleapis.com/v2"


def serving(service: str) -> str | None:
    """Return the revision with most of the traffic; None if there is no service.

    Raises DeploymentError.
    """
    found = _get(f"services/{service}")
    shares = {
        share.get("revision") or _ready(found): share.get("percent", 0)
        for share in found.get("trafficStatuses", [])
    }
    return max(shares, key=lambda revision: shares[revision], default=None)


def has_started(service: str, revision: str) -> bool:
    """Return whether a revision, the newest of a service, can answer. Raises DeploymentError."""
    return _ready(_get(f"services/{service}")) == revision


def describe(service: str, revision: str) -> dict[str, str]:
    """Return what a revision runs, as a release that was deployed. Raises DeploymentError."""
    (container,) = _get(f"services/{service}/revisions/{revision}")["containers"]
    variables = {one["name"]: one.get("value", "") for one in container.get("env", [])}
    return {
        "revision": revision,
        "image": container["image"],
        "model_version": f"the model of {revision}",
        "model_digest": variables.get("MODEL_DIGEST", "0" * 64),
    }


def _ready(service: dict[str, Any]) -> str:
    return str(service.get("latestReadyRevision", "")).rpartition("/")[2]


def _get(path: str) -> dict[str, Any]:
    with gcp.explained(f"Looking at {path}"):
        place = f"projects/{gcp.project()}/locations/{gcp.region()}"
        answer = gcp.session().get(f"{RUN}/{place}/{path}", timeout=gcp.TIMEOUT)
        if answer.status_code == 404:
            return {}
        answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found

"""See that an endpoint is ready, has the right model, and predicts what that model predicts."""

import math
import time
from typing import Any

import numpy as np

from ..client import ClientError, encoded, fetch
from ..prediction import answers
from .endpoint import Endpoint
from .release import DeploymentError, Release

PAUSE = 1.0  # seconds between two tries
TOLERANCE = 1e-6
# What more patience would not change. 403 is not among them: new rights take a while to be known.
REFUSED = {400, 401, 405, 413, 422}


def smoke_test(release: Release, endpoint: Endpoint, api_key: str | None, patience: float) -> None:
    """Ask an endpoint for the prediction of the bundle's own example.

    Args:
        patience: seconds until it has to answer with the release's model, and rightly.

    Raises DeploymentError if there is no answer in time, or not the one that the bundle gives.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _try(release, endpoint, api_key)
        except _NotYetError as problem:
            if time.monotonic() > deadline:
                reason = f"No right answer in {patience:g} seconds: {problem}"
                raise DeploymentError(reason) from problem
            time.sleep(PAUSE)


class _NotYetError(Exception):
    """The endpoint may still be about to answer as it should."""


def _try(release: Release, endpoint: Endpoint, api_key: str | None) -> None:
    manifest = release.manifest
    if endpoint.ready:
        _fetch(endpoint, "GET", endpoint.ready, api_key)
    body = encoded([manifest.example.instance])
    answer = _fetch(endpoint, "POST", endpoint.predict, api_key, body)
    version = answer["model"]["version"]
    if version != manifest.version:
        found = f"{endpoint.predict} answers with {version}"
        raise _NotYetError(f"{found}, not with {manifest.version}.")
    (expected,) = answers(np.array([manifest.example.raw_prediction]), manifest.thresholds)
    (found,) = answer["predictions"]
    if not _alike(found, expected):
        raise DeploymentError(
            f"{endpoint.predict} predicts {found} for the example, and not {expected}."
        )


def _fetch(
    endpoint: Endpoint, method: str, url: str, api_key: str | None, body: bytes | None = None
) -> Any:
    headers = {"X-API-Key": api_key} if api_key else {}
    headers |= endpoint.headers(method, url, body or b"")  # an endpoint's own key is the right one
    try:
        return fetch(url, headers, body)
    except ClientError as error:
        if error.status in REFUSED:
            raise DeploymentError(str(error)) from error
        raise _NotYetError(str(error)) from error


def _alike(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Compare numbers roughly, and all else exactly."""
    return found.keys() == expected.keys() and all(
        math.isclose(found[name], value, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        if isinstance(value, float)
        else found[name] == value
        for name, value in expected.items()
    )

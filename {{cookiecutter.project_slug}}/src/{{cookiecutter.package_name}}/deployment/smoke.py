"""See that an endpoint is ready, has the right model, and predicts what that model predicts."""

import math
import time
from typing import Any

import numpy as np

from ..client import ClientError, ask
from ..prediction import answers
from .release import DeploymentError, Release

PAUSE = 1.0  # seconds between two tries
NOT_YET = {None, 404, 502, 503, 504}  # what an endpoint may answer before its service does
TOLERANCE = 1e-6


def smoke_test(release: Release, url: str, api_key: str | None, patience: float) -> None:
    """Ask an endpoint for the prediction of the bundle's own example.

    Args:
        patience: seconds until it has to answer.

    Raises DeploymentError if there is no answer in time, or not the one that the bundle gives.
    """
    manifest = release.manifest
    answer, model = _ask_until_it_answers(url, manifest.example.instance, api_key, patience)
    if model["digest"] != release.digest:
        raise DeploymentError(
            f"{url} answers with {model['version']} ({model['digest'][:12]}…), not with "
            f"{manifest.version} ({release.digest[:12]}…)"
        )
    (expected,) = answers(np.array([manifest.example.raw_prediction]), manifest.thresholds)
    (found,) = answer["predictions"]
    if not _alike(found, expected):
        raise DeploymentError(f"{url} predicts {found} for the example, and not {expected}")


def _ask_until_it_answers(
    url: str, instance: Any, api_key: str | None, patience: float
) -> tuple[Any, Any]:
    deadline = time.monotonic() + patience
    while True:
        try:
            return ask(url, [instance], api_key)
        except ClientError as error:
            if error.status not in NOT_YET:
                raise DeploymentError(str(error)) from error
            if time.monotonic() > deadline:
                raise DeploymentError(f"No answer in {patience:g} seconds. {error}") from error
            time.sleep(PAUSE)


def _alike(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Compare numbers roughly, and all else exactly."""
    return found.keys() == expected.keys() and all(
        math.isclose(found[name], value, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        if isinstance(value, float)
        else found[name] == value
        for name, value in expected.items()
    )

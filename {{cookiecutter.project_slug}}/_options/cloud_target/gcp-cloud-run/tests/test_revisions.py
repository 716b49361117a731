"""What Cloud Run answers is understood: its REST interface, as its reference describes it."""

import json
from typing import Any

import pytest
import requests

from {{ cookiecutter.package_name }}.deployment import gcp, revisions

from .project import ID, REGION

PLACE = f"{revisions.RUN}/projects/{ID}/locations/{REGION}/services/a-service"
SERVICE = {
    "latestReadyRevision": f"projects/{ID}/locations/{REGION}/services/a-service/revisions/b",
    "trafficStatuses": [{"revision": "a", "percent": 90}, {"revision": "b", "percent": 10}],
}
REVISION = {
    "containers": [
        {
            "image": "an-image@sha256:4711",
            "env": [
                {"name": "MODEL_DIGEST", "value": "abc"},
                {"name": "API_KEYS", "valueSource": {"secretKeyRef": {}}},
            ],
        }
    ]
}


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is there, by its address."""
    known: dict[str, Any] = {}

    class Session:
        def get(self, url: str, timeout: float) -> requests.Response:
            response = requests.Response()
            response.status_code = 200 if url in known else 404
            response._content = json.dumps(known.get(url)).encode()
            return response

    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", ID)
    monkeypatch.setenv("GOOGLE_CLOUD_REGION", REGION)
    monkeypatch.setattr(gcp, "session", Session)
    return known


def test_the_revision_with_most_of_the_traffic_serves(known: dict[str, Any]) -> None:
    assert revisions.serving("a-service") is None
    known[PLACE] = SERVICE
    assert revisions.serving("a-service") == "a"


def test_traffic_for_the_newest_is_for_the_newest_that_is_ready(known: dict[str, Any]) -> None:
    latest = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}
    known[PLACE] = SERVICE | {"trafficStatuses": [latest]}
    assert revisions.serving("a-service") == "b"


def test_only_a_revision_that_is_ready_has_started(known: dict[str, Any]) -> None:
    known[PLACE] = SERVICE
    assert revisions.has_started("a-service", "b")
    assert not revisions.has_started("a-service", "c")


def test_a_revision_is_described_as_a_release(known: dict[str, Any]) -> None:
    known[f"{PLACE}/revisions/a"] = REVISION
    found = revisions.describe("a-service", "a")
    assert found["image"] == "an-image@sha256:4711"
    assert found["model_digest"] == "abc"
    assert found["revision"] == "a"

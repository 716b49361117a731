"""The service does what it has to in a sandbox of Lambda, behind the adapter.

`make conformance` runs the image, with the limits of a sandbox; the tests run the server without it.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Client, Response
from pydantic import ValidationError

from {{ cookiecutter.package_name }}.example import example_instance, example_label
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .account import client, empty_account
from .conftest import ROOT
from .hosting import announce, docker, needs_image
from .sandbox import BUCKET, VARIABLES, Sandbox, logged, sandbox, silent_server

BODY = json.dumps({"instances": [example_instance()]}).encode()
LONGEST_INIT = 10.0  # seconds, after which Lambda starts anew
PAYLOAD = 6_291_456  # bytes that Lambda passes on, encoded in base64
LARGEST = 4_500_000  # bytes of a body, which leaves some for the headers
LONGEST_WAIT = 10.0  # seconds for an answer, of the 30 that a function has
TIMEOUT = 60.0


@pytest.fixture(autouse=True)
def account(tmp_path: Path) -> Iterator[None]:
    """An account with a bucket for the prediction log."""
    with empty_account(tmp_path):
        place = {"LocationConstraint": client("s3").meta.region_name}
        client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        yield


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Sandbox]:
    with sandbox(tmp_path / "log") as service:
        yield service


def predict(service: Sandbox, body: bytes = BODY) -> Response:
    with Client(base_url=service.url, timeout=TIMEOUT) as caller:
        return caller.post("/predict", content=body)


def test_it_is_ready_before_lambda_gives_it_up(service: Sandbox) -> None:
    assert service.service.ready_after < LONGEST_INIT
    assert predict(service).status_code == 200


def test_the_adapter_asks_a_route_that_there_is(service: Sandbox) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"AWS_LWA_READINESS_CHECK_PATH=(\S+)", dockerfile)
    assert found
    with Client(base_url=service.url) as adapter:
        assert adapter.get(found[1]).status_code == 200


def test_it_is_given_the_variables_that_are_tried_here() -> None:
    function = (ROOT / "infra" / "service" / "function.tf").read_text(encoding="utf-8")
    given = set(re.findall(r"^ +([A-Z][A-Z0-9_]+) +=", function, re.MULTILINE))
    assert given == VARIABLES.keys() | {"AWS_LWA_PORT", "MODEL_DIGEST"}


def test_what_it_has_answered_is_logged_before_the_sandbox_is_frozen(service: Sandbox) -> None:
    before = len(logged("predictions"))
    ids = predict(service).json()["prediction_ids"]
    with service.frozen():
        records = logged("predictions")
    assert len(records) == before + 1
    assert [record["prediction_id"] for record in records].count(ids[0]) == 1


def test_labels_are_logged_before_the_sandbox_is_frozen(service: Sandbox) -> None:
    (identity,) = predict(service).json()["prediction_ids"]
    label = {"prediction_id": identity, "actual": example_label()}
    with Client(base_url=service.url, timeout=TIMEOUT) as caller:
        assert caller.post("/feedback", json={"labels": [label]}).status_code == 202
    with service.frozen():
        assert [record["prediction_id"] for record in logged("labels")] == [identity]


def test_after_a_thaw_it_answers_as_before(service: Sandbox) -> None:
    with Client(base_url=service.url, timeout=TIMEOUT) as adapter:
        before = adapter.post("/predict", content=BODY).json()["predictions"]
        for _ in range(3):
            with service.frozen():
                time.sleep(0.5)
            # On the connection that the adapter keeps.
            assert adapter.post("/predict", content=BODY).json()["predictions"] == before
    assert predict(service).json()["predictions"] == before


def test_a_request_that_was_frozen_is_answered_after_the_thaw(service: Sandbox) -> None:
    """A sandbox can be frozen while a body is on its way."""
    with Client(base_url=service.url, timeout=TIMEOUT) as adapter:

        def body() -> Iterator[bytes]:
            yield BODY[:10]
            with service.frozen():
                time.sleep(0.5)
            yield BODY[10:]

        assert adapter.post("/predict", content=body()).status_code == 200


def test_a_sandbox_that_is_gone_has_lost_nothing(service: Sandbox) -> None:
    before = len(logged("predictions"))
    for _ in range(5):
        assert predict(service).status_code == 200
    service.is_gone()
    assert len(logged("predictions")) == before + 5


def test_a_bucket_that_does_not_answer_costs_seconds_and_no_answer(tmp_path: Path) -> None:
    with (
        silent_server() as url,
        sandbox(tmp_path / "log", AWS_ENDPOINT_URL=url) as service,
        Client(base_url=service.url, timeout=TIMEOUT) as caller,
    ):
        start = time.monotonic()
        assert caller.post("/predict", content=BODY).status_code == 200
        assert time.monotonic() - start < LONGEST_WAIT
        # The request that found it ready has lost its record, too.
        assert "prediction_log_dropped_total 2.0" in caller.get("/metrics").text


def test_the_largest_body_that_lambda_passes_on_is_taken(tmp_path: Path) -> None:
    assert LARGEST * 4 / 3 < PAYLOAD
    with sandbox(tmp_path / "log", MAX_BODY_BYTES=str(LARGEST)) as service:
        assert predict(service, BODY.ljust(LARGEST)).status_code == 200
        assert announce(f"{service.url}/predict", LARGEST + 1) == 413


def test_a_limit_that_lambda_does_not_have_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(max_body_bytes=LARGEST + 1)


@needs_image
def test_it_can_write_nowhere_but_below_tmp(service: Sandbox) -> None:
    name = service.service.name
    assert docker("exec", name, "id", "-u") == "993"
    folders = "/app /dev/shm /home /opt /var /tmp"
    script = f"for folder in {folders}; do touch $folder/x && echo $folder; done; true"
    assert docker("exec", name, "sh", "-c", script) == "/tmp"  # noqa: S108


@needs_image
def test_the_adapter_is_where_lambda_looks_for_it(service: Sandbox) -> None:
    docker("exec", service.service.name, "test", "-x", "/opt/extensions/lambda-adapter")

"""The service does what Cloud Run asks of a container."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from google.cloud import storage

from {{ cookiecutter.package_name }}.client import ask, encoded, fetch
from {{ cookiecutter.package_name }}.example import example_instance

from .conftest import ROOT
from .hosting import Hosted, announce, hosted
from .project import ID, anonymous, empty_project

# Cloud Run's container: any user may be the image's own, and only its memory can be written to.
OPTIONS = ("--memory=1g", "--cap-drop=ALL", "--security-opt=no-new-privileges")
LIMIT = 32_000_000  # bytes; Cloud Run itself refuses more than 32 MiB
GRACE = 10  # seconds between SIGTERM and SIGKILL


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    log, limit = tmp_path_factory.mktemp("hosted") / "log", str(LIMIT)
    with hosted(log, *OPTIONS, HOST="0.0.0.0", MAX_BODY_BYTES=limit) as service:  # noqa: S104
        yield service


def probe(name: str) -> dict[str, int]:
    """Return the numbers of a probe in the service's configuration."""
    text = (ROOT / "infra" / "service" / "service.tf").read_text(encoding="utf-8")
    block = text.split(name + " {")[1].split("http_get")[0]
    lines = (line.split("=") for line in block.splitlines() if "=" in line)
    return {key.strip(): int(value) for key, value in lines}


def test_it_starts_within_the_time_of_the_probe(service: Hosted) -> None:
    startup = probe("startup_probe")
    assert service.ready_after < startup["period_seconds"] * startup["failure_threshold"]


def test_it_answers_the_probes_at_the_port_that_it_is_given(service: Hosted) -> None:
    for name in ("startup_probe", "liveness_probe"):
        path = {"startup_probe": "/health/ready", "liveness_probe": "/health/live"}[name]
        start = time.monotonic()
        assert fetch(f"{service.url}{path}", {})["status"] == "ok"
        assert time.monotonic() - start < probe(name)["timeout_seconds"]


def test_it_answers_as_many_requests_at_once_as_an_instance_gets(service: Hosted) -> None:
    instance = example_instance()
    (expected,) = ask(service.url, [instance])[0]["predictions"]
    with ThreadPoolExecutor(80) as callers:
        found = list(callers.map(lambda _: ask(service.url, [instance])[0], range(400)))
    assert [answer["predictions"] for answer in found] == [[expected]] * 400
    assert len({answer["prediction_ids"][0] for answer in found}) == 400


def test_it_takes_a_body_as_large_as_gets_through_and_no_larger(service: Hosted) -> None:
    body = encoded([example_instance()])
    fetch(f"{service.url}/predict", {}, body + b" " * (LIMIT - len(body)))
    assert announce(f"{service.url}/predict", LIMIT + 1) == 413
    ask(service.url, [example_instance()])


def test_what_it_has_predicted_is_in_the_bucket_when_it_ends(tmp_path: Path) -> None:
    with empty_project() as emulator:
        bucket = storage.Client(project=ID, credentials=anonymous()).create_bucket("data")
        with hosted(
            tmp_path / "log",
            *OPTIONS,
            PREDICTION_LOG_URL="gs://data/prediction-log/staging",
            # It is written at the end alone: cores may be taken away between requests.
            PREDICTION_LOG_FLUSH_SECONDS="3600",
            STORAGE_EMULATOR_HOST=emulator,
            NO_GCE_CHECK="true",  # nobody is signed in here, and nobody need be looked for
        ) as service:
            answer, _ = ask(service.url, [example_instance()])
            start = time.monotonic()
            assert service.stop(GRACE) == 0
            assert time.monotonic() - start < GRACE
        found = list(bucket.list_blobs(prefix="prediction-log/staging/predictions/date="))
        lines = [line for one in found for line in one.download_as_bytes().splitlines()]
    ids = [json.loads(line)["prediction_id"] for line in lines]
    assert answer["prediction_ids"][0] in ids

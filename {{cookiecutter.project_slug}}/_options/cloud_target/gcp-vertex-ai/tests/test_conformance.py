"""The service does what Vertex AI asks of a container."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.client import encoded, fetch
from {{ cookiecutter.package_name }}.deployment.vertex import Container
from {{ cookiecutter.package_name }}.example import example_instance

from .hosting import Hosted, announce, hosted
from .project import ID, anonymous, empty_project

OPTIONS = ("--cap-drop=ALL", "--security-opt=no-new-privileges")
SPEC = Container("an-image", "a version", {}).spec()
LIMIT = 10_000_000  # bytes, of a dedicated endpoint
PORT = "AIP_HTTP_PORT"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosted(
        tmp_path_factory.mktemp("hosted") / "log",
        *OPTIONS,
        port_variable=PORT,
        HOST="0.0.0.0",  # noqa: S104
        AIP_HEALTH_ROUTE=SPEC.health_route,
        AIP_PREDICT_ROUTE=SPEC.predict_route,
        AIP_STORAGE_URI="",  # what a model without files of its own has there
        MAX_BODY_BYTES=str(LIMIT),
    ) as service:
        yield service


def test_it_is_healthy_within_the_time_of_the_probe(service: Hosted) -> None:
    probe = SPEC.startup_probe
    assert service.ready_after < probe.period_seconds * probe.failure_threshold
    assert probe.http_get.path == SPEC.health_route
    assert fetch(f"{service.url}{SPEC.health_route}", {})["status"] == "ok"


def test_it_answers_with_a_prediction_for_each_instance(service: Hosted) -> None:
    asked = json.loads(encoded([example_instance()] * 3))
    # Google's own library sends parameters even where there are none.
    for body in (asked, asked | {"parameters": None}):
        answer = fetch(f"{service.url}{SPEC.predict_route}", {}, json.dumps(body).encode())
        assert len(answer["predictions"]) == 3


def test_it_takes_a_body_as_large_as_gets_through_and_no_larger(service: Hosted) -> None:
    url, body = f"{service.url}{SPEC.predict_route}", encoded([example_instance()])
    fetch(url, {}, body + b" " * (LIMIT - len(body)))
    assert announce(url, LIMIT + 1) == 413


def test_it_takes_the_model_from_where_the_platform_says_and_ends_in_order(tmp_path: Path) -> None:
    elsewhere = shutil.copytree(paths.CANDIDATE, tmp_path / "elsewhere")
    manifest = elsewhere / "bundle.json"
    text = manifest.read_text(encoding="utf-8").replace('"version": "', '"version": "else-')
    manifest.write_text(text, encoding="utf-8")
    with empty_project() as emulator:
        bucket = storage.Client(project=ID, credentials=anonymous()).create_bucket("models")
        for file in elsewhere.iterdir():
            bucket.blob(f"a-model/{file.name}").upload_from_filename(file)
        with hosted(
            tmp_path / "log",
            *OPTIONS,
            port_variable=PORT,
            AIP_STORAGE_URI="gs://models/a-model",
            STORAGE_EMULATOR_HOST=emulator,
            NO_GCE_CHECK="true",  # nobody is signed in here, and nobody need be looked for
        ) as service:
            answer = fetch(f"{service.url}/predict", {}, encoded([example_instance()]))
            assert service.stop(grace=30) == 0
    assert answer["model"]["version"].startswith("else-")

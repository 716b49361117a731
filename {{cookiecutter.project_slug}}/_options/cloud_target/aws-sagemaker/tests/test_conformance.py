"""The service keeps to what SageMaker asks of a container.

It runs as `docker run IMAGE serve`, listens on 8080, and finds the unpacked model.tar.gz below
/opt/ml/model, where it can write nothing.
"""

import io
import json
import socket
import tarfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.deployment.model_registry import archive
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import with_other
from .hosting import IMAGE, Hosted, announce, docker, hosted, needs_image
from .running import running

INSIDE = "/opt/ml/model"
LARGEST = 25_000_000  # bytes that SageMaker passes on
GRACE = 30  # seconds from SIGTERM to SIGKILL

JSON = {"Content-Type": "application/json"}
# What SageMaker adds of its own.
HEADERS = {**JSON, "Accept": "*/*", "X-Amzn-SageMaker-Custom-Attributes": "trace=1"}


@pytest.fixture(scope="module")
def model(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the bundle, unpacked as SageMaker does; nothing can be written there."""
    folder = tmp_path_factory.mktemp("opt-ml") / "model"
    with tarfile.open(fileobj=io.BytesIO(archive(paths.CANDIDATE))) as tar:
        tar.extractall(folder, filter="data")
    folder.chmod(0o555)
    return folder


def on_sagemaker(
    model: Path, log: Path, *options: str, **settings: str
) -> AbstractContextManager[Hosted]:
    """Run the service as SageMaker does."""
    _, digest = bundle.verify(model)
    mounted = INSIDE if IMAGE else str(model)
    settings = {"MODEL_DIR": mounted, "MODEL_DIGEST": digest} | settings
    mount = f"--volume={model}:{INSIDE}:ro"
    return hosted(log, mount, *options, command=("serve",), **settings)


@pytest.fixture(scope="module")
def service(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    log = tmp_path_factory.mktemp("log") / "log"
    with on_sagemaker(model, log, MAX_BODY_BYTES=str(LARGEST)) as service:
        yield service


def ask(url: str, method: str, path: str, body: bytes = b"") -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request(method, path, body or None, HEADERS if body else {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_it_says_that_it_is_healthy_with_an_empty_body_within_two_seconds(service: Hosted) -> None:
    start = time.monotonic()
    response, body = ask(service.url, "GET", "/ping")
    assert time.monotonic() - start < 2
    assert response.status == 200
    assert body == b""


def test_it_is_healthy_long_before_sagemaker_gives_up(service: Hosted) -> None:
    assert service.ready_after < 60


def test_it_accepts_connections_within_a_quarter_of_a_second(service: Hosted) -> None:
    place = urlsplit(service.url)
    assert place.hostname
    assert place.port
    start = time.monotonic()
    socket.create_connection((place.hostname, place.port)).close()
    assert time.monotonic() - start < 0.25


def test_it_predicts_for_invocations(service: Hosted, model: Path) -> None:
    manifest, _ = bundle.verify(model)
    body = json.dumps({"instances": [example_instance()]}).encode()
    response, content = ask(service.url, "POST", "/invocations", body)
    answer = json.loads(content)
    assert response.status == 200
    assert response.headers["Content-Type"] == "application/json"
    assert answer["model"]["version"] == manifest.version
    assert len(answer["predictions"]) == 1


def test_it_takes_the_largest_body_that_sagemaker_passes_on(service: Hosted) -> None:
    body = json.dumps({"instances": [example_instance()]}).encode()
    response, _ = ask(service.url, "POST", "/invocations", body.ljust(LARGEST))
    assert response.status == 200
    assert announce(f"{service.url}/invocations", LARGEST + 1) == 413


def test_no_limit_can_be_set_that_sagemaker_does_not_have() -> None:
    Settings(max_body_bytes=LARGEST)
    with pytest.raises(ValueError, match="less than or equal to 25000000"):
        Settings(max_body_bytes=LARGEST + 1)


def test_with_another_model_than_the_deployed_one_it_is_never_healthy(settings: Settings) -> None:
    with running(with_other(settings, model_digest="0" * 64)) as client:
        assert client.get("/ping").status_code == 503


def test_it_ends_in_order_before_it_is_killed(model: Path, tmp_path: Path) -> None:
    with on_sagemaker(model, tmp_path / "log") as service:
        start = time.monotonic()
        assert service.stop(GRACE) == 0
        assert time.monotonic() - start < GRACE


@needs_image
@pytest.mark.parametrize("user", ["1000", "0"])
def test_it_works_as_its_own_user_and_as_root(model: Path, tmp_path: Path, user: str) -> None:
    with on_sagemaker(model, tmp_path / "log", f"--user={user}") as service:
        assert docker("exec", service.name, "id", "-u") == user
        response, _ = ask(service.url, "GET", "/ping")
        assert response.status == 200

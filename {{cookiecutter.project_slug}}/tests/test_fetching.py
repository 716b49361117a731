"""A bundle can be fetched from a folder, a bucket and an MLflow server, and is verified like any."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock
from urllib.request import urlopen

import fsspec
import pytest
from httpx2 import Client

from {{ cookiecutter.package_name }} import bundle
from {{ cookiecutter.package_name }}.bundle import BundleError, mlflow_server
from {{ cookiecutter.package_name }}.bundle.fetching import fetch, read
from {{ cookiecutter.package_name }}.bundle.files import sha256
from {{ cookiecutter.package_name }}.bundle.model_format import FILE
from {{ cookiecutter.package_name }}.registry import tracking
from {{ cookiecutter.package_name }}.serving import live_model
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import with_other
from .running import running

PATIENCE = 120.0  # seconds until a server has to answer


@pytest.fixture
def bucket(candidate: Path) -> Iterator[str]:
    """The candidate in a store in memory, which fsspec reaches as it reaches a bucket."""
    store, path = fsspec.url_to_fs("memory://bucket/bundle")
    store.makedirs(path)
    for file in candidate.iterdir():
        store.pipe_file(f"{path}/{file.name}", file.read_bytes())
    yield "memory://bucket/bundle"
    store.rm(path, recursive=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An MLflow server that hands out artifacts itself."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    folder = tmp_path_factory.mktemp("mlflow")
    command = [sys.executable, "-m", "mlflow", "server", "--host=127.0.0.1", f"--port={port}"]
    places = [f"--backend-store-uri=sqlite:///{folder}/db", f"--artifacts-destination={folder}/a"]
    output = subprocess.DEVNULL
    process = subprocess.Popen(
        [*command, *places, "--workers=1"],
        env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},  # which needs processes
        stdout=output,
        stderr=output,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(f"{url}/health"):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture
def champion(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The candidate, registered on the server as champion; returns its digest."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    manifest, digest = bundle.verify(Path("models/candidate"))
    version = tracking.register(manifest, digest, "passed", replaces="none")
    tracking.set_aliases(manifest.name, version, before=None, entry="0" * 64)
    return digest


def test_a_bundle_is_fetched_from_a_folder(candidate: Path, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    fetch(str(candidate), tmp_path / "here")
    assert bundle.load(tmp_path / "here") is not None


def test_a_bundle_is_fetched_from_a_bucket(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    fetch(bucket, tmp_path / "here")
    assert bundle.load(tmp_path / "here") is not None


@pytest.mark.parametrize("reference", ["@champion", "/1"])
def test_a_bundle_is_fetched_from_an_mlflow_server(
    champion: str, tmp_path: Path, reference: str
) -> None:
    name = bundle.verify(Path("models/candidate"))[0].name
    (tmp_path / "here").mkdir()
    fetch(f"models:/{name}{reference}", tmp_path / "here")
    assert bundle.load(tmp_path / "here").digest == champion


def test_an_unknown_alias_is_the_server_s_own_message(champion: str) -> None:
    with pytest.raises(BundleError, match="answers 404 for mlflow/registered-models/alias"):
        read("models:/nobody@champion", "bundle.json")


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("memory://bucket/nothing", "FileNotFoundError"),
        ("nowhere://bucket/bundle", "nowhere"),
        ("models:/no-version", "models:/<name>@<alias>"),
    ],
)
def test_what_cannot_be_fetched_is_named_with_the_reason(
    uri: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(BundleError, match=reason):
        fetch(uri, tmp_path)


@pytest.mark.parametrize("name", ["../outside", "{folder}/outside"], ids=["relative", "absolute"])
def test_a_server_that_names_files_elsewhere_writes_nothing_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Mock(names=lambda: [name.format(folder=tmp_path)], read=lambda _: b"content")
    monkeypatch.setattr(mlflow_server, "Artifacts", lambda _: store)
    (tmp_path / "here").mkdir()
    with pytest.raises(BundleError, match="outside"):
        fetch("mlflow-artifacts:/bundle", tmp_path / "here")
    assert not (tmp_path / "outside").exists()


def test_a_model_needs_the_address_of_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    with pytest.raises(BundleError, match="MLFLOW_TRACKING_URI"):
        mlflow_server.locate("models:/some@champion")


def ready(client: Client) -> bool:
    return bool(client.get("/health/ready").status_code == 200)


def wait_until_ready(client: Client) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready(client):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_service_fetches_its_model_and_takes_over_the_next(
    settings: Settings, bucket: str
) -> None:
    nowhere = settings.model_dir / "nothing-here"
    remote = with_other(settings, model_dir=nowhere, model_uri=bucket, model_reload_seconds=0.05)
    store, path = fsspec.url_to_fs(f"{bucket}/bundle.json")
    with running(remote) as client:
        before = client.get("/model").json()["version"]
        manifest = store.cat_file(path).replace(b'"version": "', b'"version": "next-')
        store.pipe_file(path, manifest)
        deadline = time.monotonic() + PATIENCE
        while client.get("/model").json()["version"] != f"next-{before}":
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_bundle_whose_model_does_not_work_is_refused_once_and_the_old_one_answers_on(
    settings: Settings, bucket: str
) -> None:
    reloading = with_other(settings, model_uri=bucket, model_reload_seconds=0.05)
    store, path = fsspec.url_to_fs(bucket)
    with running(reloading) as client:
        manifest = json.loads(store.cat_file(f"{path}/bundle.json"))
        manifest["files"][FILE] = sha256(b"nonsense")
        store.pipe_file(f"{path}/{FILE}", b"nonsense")
        store.pipe_file(f"{path}/bundle.json", json.dumps(manifest).encode())
        refused = 'model_reloads_total{outcome="refused"} '
        deadline = time.monotonic() + PATIENCE
        while refused not in client.get("/metrics").text:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.3)
        assert f"{refused}1.0" in client.get("/metrics").text
        assert ready(client)


def test_a_model_that_is_not_there_yet_is_fetched_later(
    settings: Settings, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_model, "RETRY_SECONDS", 0.05)
    store, path = fsspec.url_to_fs(f"{bucket}/{FILE}")
    model = store.cat_file(path)
    store.rm(path)
    with running(with_other(settings, model_uri=bucket)) as client:
        time.sleep(0.2)
        assert not ready(client)
        store.pipe_file(path, model)
        wait_until_ready(client)


def test_a_fetched_model_that_was_altered_is_never_served(settings: Settings, bucket: str) -> None:
    store, path = fsspec.url_to_fs(f"{bucket}/{FILE}")
    store.pipe_file(path, store.cat_file(path) + b"x")
    with running(with_other(settings, model_uri=bucket)) as client:
        assert not ready(client)
        assert client.get("/health/live").status_code == 200

"""The MLflow server of compose.yaml: its image, on a real PostgreSQL, as the registry of a project.

Compose itself needs a bridge network, which not every daemon has; so Docker runs the image here, with
what compose.yaml says of it.
"""

import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import Project
from .image import DOCKER, STRICT, docker, docker_is_there
from .serving import answers_rightly, free_port, served

POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
IMAGE = "mlflow-server-of-a-test"
PASSWORD = "of-a-test"  # noqa: S105

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not docker_is_there(), reason="no Docker daemon can be reached"),
    pytest.mark.skipif(POSTGRES is None, reason="PostgreSQL is not installed"),
]


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """Start PostgreSQL with an empty database, and give its address."""
    assert POSTGRES
    port, data, password = str(free_port()), folder / "data", folder / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    as_postgres: tuple[str, ...] = ()
    if os.getuid() == 0:  # which PostgreSQL does not run as
        shutil.chown(folder, "postgres")
        as_postgres = ("runuser", "--user", "postgres", "--")
    access = ("--auth=scram-sha-256", "--username=mlflow", f"--pwfile={password}")
    run(*as_postgres, str(POSTGRES / "initdb"), *access, str(data))
    control = (*as_postgres, str(POSTGRES / "pg_ctl"), f"--pgdata={data}", "--wait")
    listening = f"-h 127.0.0.1 -p {port} -k {folder}"
    run(*control, f"--log={folder}/log", f"--options={listening}", "start")
    try:
        address = f"host=127.0.0.1 port={port} user=mlflow"
        create = (
            str(POSTGRES / "psql"),
            f"{address} dbname=postgres",
            "-c",
            "CREATE DATABASE mlflow",
        )
        run(*create, PGPASSWORD=PASSWORD)
        yield f"127.0.0.1:{port}"
    finally:
        run(*control, "--mode=immediate", "stop")


def run(*command: str, **settings: str) -> None:
    subprocess.run(
        command, cwd="/", env=os.environ | settings, stdout=subprocess.DEVNULL, check=True
    )


@pytest.fixture
def mlflow(trained: Project) -> Iterator[str]:
    """The address of a server as compose.yaml describes it."""
    service: dict[str, Any] = yaml.safe_load(trained.read("compose.yaml"))["services"]["mlflow"]
    file = trained.path / service["build"]["dockerfile"]
    building = (DOCKER, "build", "--network=host", f"--file={file}", f"--tag={IMAGE}", ".")
    trained.succeeds(*building, DOCKER_BUILDKIT="1")
    port = free_port()
    # Not below the folder of pytest, where nobody else may look, so that PostgreSQL could not.
    with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as address:
        settings = service["environment"] | {
            "MLFLOW_BACKEND_STORE_URI": f"postgresql+psycopg://mlflow:{PASSWORD}@{address}/mlflow",
            "MLFLOW_PORT": str(port),
        }
        environment = [f"--env={name}={value}" for name, value in settings.items()]
        volumes = [f"--volume={volume.partition(':')[2]}" for volume in service["volumes"]]
        command = ("mlflow", "server", "--host=127.0.0.1", f"--port={port}")
        container = docker(
            "run", "--detach", "--network=host", *STRICT, *environment, *volumes, IMAGE, *command
        )
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            docker("rm", "--force", "--volumes", container)
    docker("rmi", "--force", IMAGE)


def wait_until_healthy(url: str) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as response:
                assert response.read() == b"OK"
                return
        except OSError:
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.5)


@pytest.fixture
def copied(trained: Project, tmp_path: Path) -> Project:
    """The trained project without its registry and what was promoted."""
    kept = shutil.ignore_patterns("champion", "governance", "mlflow.db", "mlruns", ".venv")
    copy = shutil.copytree(trained.path, tmp_path / trained.path.name, symlinks=True, ignore=kept)
    return Project(copy, trained.answers)


def test_it_is_the_registry_of_a_project(copied: Project, mlflow: str) -> None:
    registry = {"MLFLOW_TRACKING_URI": mlflow}
    assert "is the first champion" in copied.succeeds("make", "train", **registry)
    first = copied.read("models/champion/bundle.json")
    copied.succeeds("uv", "run", "flight-delay", "configure", "train.seed=3", "split.test_days=28")
    copied.succeeds("uv", "run", "dvc", "repro", "--quiet")
    copied.succeeds("uv", "run", "flight-delay", "promote", "--override", "a test", **registry)
    assert copied.read("models/champion/bundle.json") != first
    # The bundle of the first champion is with the server alone by now.
    copied.succeeds("make", "rollback", "REASON=a test", **registry)
    assert copied.read("models/champion/bundle.json") == first
    copied.succeeds("uv", "run", "flight-delay", "lineage", "2", **registry)
    with served(copied, MODEL_URI="models:/flight-delay@champion", **registry) as url:
        assert answers_rightly(url, copied.answers["model_format"])
    assert not (copied.path / "mlruns").exists()
    assert not (copied.path / "mlflow.db").exists()

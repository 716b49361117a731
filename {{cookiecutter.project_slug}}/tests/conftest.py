"""The tests run in a copy of the project, in which the pipeline has run once."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from httpx2 import Client
from mlflow import MlflowClient
from pandera.errors import SchemaErrors

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.client import encoded
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.params import Params, read_params
from {{ cookiecutter.package_name }}.pipeline.collect import collect
from {{ cookiecutter.package_name }}.pipeline.evaluate import evaluate
from {{ cookiecutter.package_name }}.pipeline.seal import seal
from {{ cookiecutter.package_name }}.pipeline.split import split
from {{ cookiecutter.package_name }}.pipeline.train import train
from {{ cookiecutter.package_name }}.pipeline.validate import validate
from {{ cookiecutter.package_name }}.serving.settings import Settings
from {{ cookiecutter.package_name }}.tables import as_instances, table_schema, target_name

from .promoting import retrain
from .running import running

ROOT = Path(__file__).parent.parent
Json = dict[str, Any]
OUTPUTS = ("raw.parquet", "split", "prediction-log")


@pytest.fixture(scope="session", autouse=True)
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the project with a candidate bundle; the working directory of all tests."""
    folder = tmp_path_factory.mktemp("project")
    _write_quick_params(folder / "params.yaml")
    (folder / "docs").mkdir()
    shutil.copy(ROOT / paths.CARD_NOTES, folder / paths.CARD_NOTES)
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns(*OUTPUTS))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        # Fewer draws, and fewer predictions to time: no less strict, but quick.
        patch.setattr("{{ cookiecutter.package_name }}.pipeline.evaluate.RESAMPLES", 20)
        patch.setattr("{{ cookiecutter.package_name }}.registry.decision.TIMED", 5)
        collect(read_params())
        _drop_bad_rows()
        for stage in (validate, split, train, evaluate, seal):
            stage(read_params())
        yield folder


def _write_quick_params(file: Path) -> None:
    """Write the parameters with fewer draws for intervals: no less strict, but quick.

    A prediction may take longer: the machine has other tests to run.
    """
    content = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["gate"]["champion"]["resamples"] = 200
    content["gate"]["max_latency_ms"] = 5000
    file.write_text(yaml.safe_dump(content), encoding="utf-8")


def _drop_bad_rows() -> None:
    """Keep to the rows that are valid: these tests are of the code, and `make data` is of the data."""
    rows = pd.read_parquet(paths.RAW)
    try:
        table_schema().validate(rows, lazy=True)
    except SchemaErrors as error:
        bad = error.failure_cases["index"].dropna()
        rows.drop(index=bad).reset_index(drop=True).to_parquet(paths.RAW)


@pytest.fixture(scope="session")
def params(project: Path) -> Params:
    return read_params()


@pytest.fixture
def rows(project: Path) -> pd.DataFrame:
    """The collected rows, labelled."""
    return pd.read_parquet(paths.RAW)


def as_body(table: pd.DataFrame) -> bytes:
    """Return rows of a table as the body of a request."""
    return encoded(as_instances(table))


@pytest.fixture(scope="session")
def registry(project: Path) -> Path:
    """An empty registry: to create one takes MLflow seconds."""
    uri = f"sqlite:///{project}/registry.db"
    MlflowClient(uri).search_registered_models()
    return project / "registry.db"


@pytest.fixture
def workspace(
    project: Path, registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the project in which nothing was promoted, as the working directory."""
    copy = copied(project, tmp_path / "project")
    enter(copy, monkeypatch)
    return copy


def copied(project: Path, folder: Path) -> Path:
    """Copy the project, but for what a promotion leaves there."""
    promoted = shutil.ignore_patterns("champion", "governance", "mlflow.db", "mlruns")
    return shutil.copytree(project, folder, ignore=promoted)


def enter(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Make a copy of the project the working directory, with the registry that is in it."""
    patch.chdir(folder)
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/registry.db")


@pytest.fixture
def another_registry(
    workspace: Path, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """What sets another registry, an empty one."""

    def use() -> None:
        another = shutil.copy(registry, workspace / "another.db")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{another}")

    return use


@pytest.fixture(scope="session")
def rival(project: Path, params: Params, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of nearly the same rows, as good as the candidate."""
    rows = pd.read_parquet(project / paths.TRAIN)
    fewer = rows.sample(frac=0.97, random_state=1).sort_index()
    return _bundle_of(fewer, params, copied(project, tmp_path_factory.mktemp("rival") / "project"))


@pytest.fixture(scope="session")
def spoiled(project: Path, params: Params, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that has learned nothing."""
    rows = pd.read_parquet(project / paths.TRAIN)
    rows[target_name()] = rows[target_name()].sample(frac=1, random_state=0).to_numpy()
    return _bundle_of(rows, params, copied(project, tmp_path_factory.mktemp("spoiled") / "project"))


def _bundle_of(rows: pd.DataFrame, params: Params, copy: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(copy)
        retrain(params, rows)
    return copy / paths.CANDIDATE


@pytest.fixture
def candidate(project: Path, tmp_path: Path) -> Path:
    """A copy of the candidate bundle, to be changed at will."""
    return shutil.copytree(paths.CANDIDATE, tmp_path / "candidate")


@pytest.fixture
def settings(candidate: Path, tmp_path: Path) -> Settings:
    return Settings(
        model_dir=candidate,
        prediction_log_url=str(tmp_path / "log"),
        prediction_log_flush_seconds=0.05,
    )


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """A client of the running service."""
    with running(settings) as client:
        yield client


def with_other(settings: Settings, **values: Any) -> Settings:
    """Return settings with some other values, checked like all."""
    return Settings(**settings.model_dump() | values)


def predict(client: Client, **changes: Any) -> Any:
    """Ask for the prediction of the example, with some features changed."""
    return client.post("/predict", json={"instances": [example_instance() | changes]})


def pointers(response: Any) -> list[str]:
    """Check that a response is a problem, and return the places it points to."""
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    return [error["pointer"] for error in problem.get("errors", [])]


def log_records(settings: Settings, kind: str) -> list[Json]:
    """Return what the prediction log has under `predictions` or `labels`."""
    return [json.loads(line) for line in log_lines(Path(settings.prediction_log_url), kind)]


def log_lines(log: Path, kind: str) -> list[str]:
    return [
        line
        for file in (log / kind).glob("date=*/*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]

"""A promotion that is killed at any step, and two at once."""

import functools
import importlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.cli import app
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, prepare
from {{ cookiecutter.package_name }}.params import Params, set_params
from {{ cookiecutter.package_name }}.registry import ledger, tracking
from {{ cookiecutter.package_name }}.registry.promotion import promote

from .conftest import copied, enter
from .promoting import champion, decisions, digest, replace_candidate, retrain

INSTALL = "{{ cookiecutter.package_name }}.registry.production.install"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
# What changes something, in the order in which a promotion does it: before which, or after which.
STEPS = (
    ("before", "mlflow.MlflowClient.create_model_version"),
    ("before", "{{ cookiecutter.package_name }}.registry.ledger.append"),
    ("before", "mlflow.MlflowClient.set_registered_model_alias"),
    ("after", "mlflow.MlflowClient.set_registered_model_alias"),
    ("before", "mlflow.MlflowClient.set_model_version_tag"),
    ("before", INSTALL),
    ("before", "{{ cookiecutter.package_name }}.registry.production._exchange"),
    ("after", "{{ cookiecutter.package_name }}.registry.production._exchange"),
    ("after", INSTALL),
)


def _promote_until(moment: str, name: str, folder: Path, registry: str) -> None:
    """Promote in a project, and be killed on the way."""
    os.chdir(folder)
    os.environ["MLFLOW_TRACKING_URI"] = registry
    path, function = name.rsplit(".", 1)
    try:
        owner = importlib.import_module(path)
    except ModuleNotFoundError:
        module, owner_name = path.rsplit(".", 1)
        owner = getattr(importlib.import_module(module), owner_name)
    original = getattr(owner, function)

    @functools.wraps(original)
    def killed(*args: object, **kwargs: object) -> None:
        if moment == "after":
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, function, killed)
    app(["promote"])


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Where processes come from that have imported MLflow, which takes seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mlflow", promote.__module__])
    return context


def kill_on_the_way(processes: ForkServerContext, moment: str, step: str, folder: Path) -> None:
    """Promote in a process of its own, which is killed before or after a step."""
    registry = os.environ["MLFLOW_TRACKING_URI"]
    process = processes.Process(target=_promote_until, args=(moment, step, folder, registry))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.fixture(scope="module")
def second(
    project: Path, params: Params, rival: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A project with a champion and another candidate, which passes."""
    copy = copied(project, tmp_path_factory.mktemp("second") / "project")
    with pytest.MonkeyPatch.context() as patch:
        enter(copy, patch)
        promote(params)
        replace_candidate(rival)
        set_params(["gate.champion.margin=1e6", "gate.slices.tolerance=1e6"])
    return copy


@pytest.fixture
def interrupted(second: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = shutil.copytree(second, tmp_path / "project")
    enter(copy, monkeypatch)
    return copy


@POSIX
@pytest.mark.parametrize(("moment", "step"), STEPS)
def test_a_promotion_that_was_killed_is_finished_by_the_next_one(
    interrupted: Path, params: Params, processes: ForkServerContext, moment: str, step: str
) -> None:
    kill_on_the_way(processes, moment, step, interrupted)

    old, new = "1", "2"
    known = {v.number: v.digest for v in tracking.versions(params.model_name)}
    assert champion(params).number in (old, new)
    assert digest(paths.CHAMPION) in known.values()
    assert decisions() in (["promoted"], ["promoted", "promoted"])
    if decisions() == ["promoted"]:  # what is not in the ledger has not happened
        assert champion(params).number == old
        assert digest(paths.CHAMPION) == known[old]

    assert CliRunner().invoke(app, ["promote"]).exit_code == 0
    assert champion(params).number == new
    assert digest(paths.CHAMPION) == digest(paths.CANDIDATE) == champion(params).digest
    assert decisions() == ["promoted", "promoted"]
    assert len(tracking.versions(params.model_name)) == 2
    previous = tracking.find(params.model_name, tracking.PREVIOUS)
    assert previous and previous.number == old
    assert champion(params).entry == ledger.read()[-1].hash
    assert prepare("production").digest == champion(params).digest
    assert not list(Path("models").glob(".*"))


@POSIX
def test_production_waits_for_a_promotion_to_be_finished(
    interrupted: Path, processes: ForkServerContext
) -> None:
    kill_on_the_way(processes, "before", INSTALL, interrupted)
    with pytest.raises(DeploymentError, match="make train"):
        prepare("production")


def test_of_two_promotions_at_once_one_wins(interrupted: Path, params: Params) -> None:
    """Two clones with one registry, so that no lock of the file system is between them."""
    other = shutil.copytree(interrupted, interrupted.with_name("other"))
    registry = {"MLFLOW_TRACKING_URI": f"sqlite:///{interrupted}/registry.db"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(other)
        rows = pd.read_parquet(paths.TRAIN)
        retrain(params, rows[: -len(rows) // 50])
    command = [sys.executable, "-m", "{{ cookiecutter.package_name }}", "promote"]
    running = [
        subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | registry,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for folder in (interrupted, other)
    ]
    outputs = [process.communicate()[0] for process in running]
    winners = [process.returncode == 0 for process in running]
    assert sum(winners) == 1, outputs
    (lost,) = [out for out, won in zip(outputs, winners, strict=True) if not won]
    assert "run the command again" in lost or "newest ledger" in lost
    folder = (interrupted, other)[winners.index(True)]
    assert champion(params).digest == digest(folder / paths.CHAMPION)
    assert champion(params).digest == digest(folder / paths.CANDIDATE)

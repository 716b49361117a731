"""The search for better arguments."""

import shutil
from pathlib import Path
from typing import Any

import optuna
import pytest
from mlflow import MlflowClient
from sklearn.base import BaseEstimator

from {{ cookiecutter.package_name }} import estimator
from {{ cookiecutter.package_name }}.encoding import FEATURES
from {{ cookiecutter.package_name }}.evaluation import HIGHER_IS_BETTER, MAIN_METRIC
from {{ cookiecutter.package_name }}.params import Params, Range, Search, read_params
from {{ cookiecutter.package_name }}.pipeline.errors import StageError
from {{ cookiecutter.package_name }}.pipeline.search import STORAGE, _as_yaml, search

from .conftest import ROOT


@pytest.fixture
def small(workspace: Path, params: Params) -> Params:
    """Few trials of the first number among the estimator's arguments."""
    shutil.copy(ROOT / "params.yaml", workspace)
    name, value = next(
        (name, value) for name, value in params.train.estimator.items() if isinstance(value, float)
    )
    space = {name: Range(low=value / 10, high=value, log=True)}
    return params.model_copy(update={"search": Search(trials=3, space=space)})


def trials() -> list[optuna.trial.FrozenTrial]:
    (study,) = optuna.get_all_study_names(STORAGE)
    return optuna.load_study(study_name=study, storage=STORAGE).trials


def test_the_best_arguments_are_those_that_train_reads(small: Params, workspace: Path) -> None:
    assert MAIN_METRIC in search(small)
    best = max if HIGHER_IS_BETTER[MAIN_METRIC] else min
    chosen = best(trials(), key=lambda trial: trial.values[0]).params
    written = read_params().train.estimator
    for name, value in chosen.items():
        assert written[name] == pytest.approx(value)
    assert written.keys() == small.train.estimator.keys()


def test_a_search_goes_on_where_it_was(small: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    original, calls = estimator.build, 0

    def interrupted(**arguments: Any) -> BaseEstimator:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return original(**arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(estimator, "build", interrupted)
        search(small)
    before = trials()[:2]
    search(small)
    finished = [t for t in trials() if t.state == optuna.trial.TrialState.COMPLETE]
    assert len(finished) == 3
    assert finished[:2] == before
    assert len({tuple(trial.params.values()) for trial in finished}) == 3
    search(small)
    assert len([t for t in trials() if t.state == optuna.trial.TrialState.COMPLETE]) == 3


def test_another_seed_or_another_schema_starts_another_search(
    small: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = small.model_copy(
        update={"search": small.search and small.search.model_copy(update={"trials": 1})}
    )
    search(once)
    search(once.model_copy(update={"train": once.train.model_copy(update={"seed": 7})}))
    assert len(optuna.get_all_study_names(STORAGE)) == 2
    monkeypatch.setattr(f"{search.__module__}.FEATURES", FEATURES[::-1])
    search(once)
    assert len(optuna.get_all_study_names(STORAGE)) == 3


def test_each_trial_is_a_run_below_that_of_the_search(small: Params, workspace: Path) -> None:
    search(small)
    client = MlflowClient(f"sqlite:///{workspace}/registry.db")
    (experiment,) = client.search_experiments(filter_string=f"name = '{small.model_name}'")
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    below = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert len(below) == 3
    assert all(f"validation.{MAIN_METRIC}" in run.data.metrics for run in below)


def test_a_space_that_does_not_fit_is_refused(small: Params) -> None:
    space = {"number_of_moons": Range(low=1, high=2)}
    wrong = small.model_copy(update={"search": Search(trials=1, space=space)})
    with pytest.raises(StageError, match="number_of_moons"):
        search(wrong)
    with pytest.raises(StageError, match="no `search`"):
        search(small.model_copy(update={"search": None}))


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-05, "1.0e-05"), (0.1, "0.1"), (2.5e-07, "2.5e-07"), (7, "7"), ("a", '"a"')],
)
def test_numbers_are_written_as_yaml_reads_them(value: object, text: str) -> None:
    assert _as_yaml(value) == text

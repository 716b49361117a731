"""Try other arguments for the estimator, and keep the best: `make search`."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from .. import estimator, paths
from ..encoding import FEATURES, encode
from ..evaluation import HIGHER_IS_BETTER, MAIN_METRIC, main_metric
from ..params import Choice, Params, Search, set_params
from ..prediction import raw_predictions
from ..registry.tracking import search_run
from .errors import StageError
from .train import target_values

STORAGE = "sqlite:///search.db"
REPORT = Path("reports/search.json")
FINISHED = (optuna.trial.TrialState.COMPLETE,)

Objective = Callable[[optuna.Trial], float]


def search(params: Params) -> str:
    """Try as many arguments as `search.trials` says, and write the best into params.yaml.

    Trials are kept in search.db. After an interruption the same search goes on where it was; other
    rows, another space, or another estimator or its other arguments start a new one. Raises StageError for a space that does not fit.
    """
    if params.search is None:
        raise StageError("There is no `search` in params.yaml: its space and its number of trials.")
    settings = params.search
    unknown = sorted(set(settings.space) - set(params.train.estimator))
    if unknown:
        raise StageError(
            f"`search.space` in params.yaml names {', '.join(unknown)}; `train.estimator` has "
            f"{', '.join(params.train.estimator)}."
        )
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = _study(params, settings)
    left = settings.trials - len(study.get_trials(deepcopy=False, states=FINISHED))
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with search_run(params.model_name, study.study_name) as log, Progress(*columns) as progress:
        task = progress.add_task(
            "Trials", total=settings.trials, completed=settings.trials - max(left, 0)
        )

        def note(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
            log(trial.number, trial.params, trial.values[0])
            progress.update(
                task, advance=1, description=f"Best {MAIN_METRIC} {study.best_value:.4f}"
            )

        if left > 0:
            study.optimize(_objective(params, settings), n_trials=left, callbacks=[note])
    return _keep(study, settings)


def _study(params: Params, settings: Search) -> optuna.Study:
    files = (paths.TRAIN, paths.VALIDATION, Path(estimator.__file__))
    given = hashlib.sha256(b"".join(file.read_bytes() for file in files))
    fixed = {k: v for k, v in params.train.estimator.items() if k not in settings.space}
    given.update(repr(FEATURES).encode())
    given.update(settings.model_dump_json(exclude={"trials"}).encode())
    given.update(json.dumps([params.train.seed, fixed], sort_keys=True).encode())
    study = optuna.create_study(
        storage=STORAGE,
        study_name=f"{params.model_name}-{given.hexdigest()[:12]}",
        direction="maximize" if HIGHER_IS_BETTER[MAIN_METRIC] else "minimize",
        load_if_exists=True,
    )
    # Another seed after an interruption: else it would draw the first trials once more.
    study.sampler = optuna.samplers.TPESampler(seed=params.train.seed + len(study.trials))
    return study


def _objective(params: Params, settings: Search) -> Objective:
    """Return the main metric for the validation rows as a function of a trial."""
    rows, validation = pd.read_parquet(paths.TRAIN), pd.read_parquet(paths.VALIDATION)
    matrix, target = encode(rows), target_values(rows)
    unseen, truth = encode(validation), target_values(validation)

    def objective(trial: optuna.Trial) -> float:
        chosen = {name: _suggest(trial, name, part) for name, part in settings.space.items()}
        arguments = params.train.estimator | chosen
        try:
            model = estimator.build(seed=params.train.seed, **arguments).fit(matrix, target)
        except (TypeError, ValueError) as error:
            raise StageError(f"`search.space` in params.yaml does not fit: {error}") from error
        return main_metric(truth, raw_predictions(model, unseen))(np.ones(len(truth)))

    return objective


def _suggest(trial: optuna.Trial, name: str, part: Any) -> Any:
    if isinstance(part, Choice):
        return trial.suggest_categorical(name, list(part.choices))
    if isinstance(part.low, int) and isinstance(part.high, int):
        return trial.suggest_int(name, part.low, part.high, log=part.log)
    return trial.suggest_float(name, part.low, part.high, log=part.log)


def _keep(study: optuna.Study, settings: Search) -> str:
    best = study.best_trial
    report = {MAIN_METRIC: study.best_value, "trials": len(study.trials), "best": best.params}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    set_params([f"train.estimator.{name}={_as_yaml(value)}" for name, value in best.params.items()])
    return (
        f"the best of {settings.trials} has {MAIN_METRIC} {study.best_value:.4f} on the validation "
        f"rows; params.yaml has its {len(best.params)} arguments"
    )


def _as_yaml(value: Any) -> str:
    """Return a value as YAML 1.1 reads it: 1e-05 without a point would be text."""
    text = json.dumps(value)
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text

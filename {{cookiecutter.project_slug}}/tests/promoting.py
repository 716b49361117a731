"""What tests of promotions need: other candidates, and what came of them."""

import json
import shutil
from pathlib import Path

import pandas as pd

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.params import Params
from {{ cookiecutter.package_name }}.pipeline.evaluate import evaluate
from {{ cookiecutter.package_name }}.pipeline.seal import seal
from {{ cookiecutter.package_name }}.pipeline.train import train
from {{ cookiecutter.package_name }}.registry import ledger, tracking


def retrain(params: Params, rows: pd.DataFrame) -> None:
    """Make a candidate of other rows, in the working directory."""
    rows.to_parquet(paths.TRAIN)
    for stage in (train, evaluate, seal):
        stage(params)


def replace_candidate(other: Path) -> None:
    """Put another bundle in the place of the candidate."""
    shutil.rmtree(paths.CANDIDATE)
    shutil.copytree(other, paths.CANDIDATE)


def train_again() -> None:
    """Let the candidate be one that was trained again later, on the same rows."""
    file = paths.CANDIDATE / "bundle.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["trained_at"] = "2099-12-31T00:00:00Z"
    file.write_text(json.dumps(manifest), encoding="utf-8")


def lenient(params: Params) -> Params:
    """Rules by which another model of the same rows surely passes."""
    gate = params.gate
    rival = gate.champion.model_copy(update={"margin": 1e6, "resamples": 200})
    slices = gate.slices.model_copy(update={"tolerance": 1e6})
    return params.model_copy(
        update={"gate": gate.model_copy(update={"champion": rival, "slices": slices})}
    )


def digest(folder: Path) -> str:
    return bundle.verify(folder)[1]


def champion(params: Params) -> tracking.Version:
    found = tracking.find(params.model_name)
    assert found
    return found


def decisions() -> list[str]:
    return [entry.decision for entry in ledger.read()]

"""A generated project passes its own checks, and its pipeline ends with a champion."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from .conftest import (
    PROJECTS,
    WITH_ALL,
    WITHOUT_WHAT_EVERY_KIND_HAS,
    Bake,
    Project,
    in_environment,
)

MAIN_METRIC = {"classification": "roc_auc", "regression": "mae"}


def test_it_is_formatted_and_typed(project: Project) -> None:
    project.succeeds("make", "lint")


@pytest.mark.long
def test_its_own_tests_pass(project: Project) -> None:
    is_first = project.answers == PROJECTS[0]
    chosen = WITH_ALL if is_first else WITHOUT_WHAT_EVERY_KIND_HAS
    output = project.succeeds("make", "test", **chosen)
    assert re.search(r"\d{3} passed", output)
    assert "failed" not in output


def test_its_hooks_pass_on_every_file(project: Project) -> None:
    in_environment(project, "pre-commit", "run", "--all-files")


def test_the_first_commit_and_data_for_dvc_pass_the_hooks(bake: Bake) -> None:
    project = bake(init_git=False)
    project.succeeds("git", "init", "--quiet")
    (project.path / "data" / "rows.csv").write_text("a\n1\n", encoding="utf-8")
    in_environment(project, "dvc", "add", "--quiet", "data/rows.csv")
    project.succeeds("git", "add", "--all")
    for hook in ("check-added-large-files", "detect-secrets"):
        in_environment(project, "pre-commit", "run", hook)
    in_environment(project, "make", "secrets")


def test_the_pipeline_runs_once_and_then_has_nothing_to_do(trained: Project) -> None:
    output = trained.succeeds("make", "train")
    assert "Data and pipelines are up to date." in output
    assert "is the champion already" in output
    assert (trained.path / ".dvc-storage").is_dir()


def test_what_a_remote_does_not_give_is_computed_anew(trained: Project, tmp_path: Path) -> None:
    """As in a fork's pull request, which cannot sign in: dvc.lock is there, and its files are not."""
    trained.succeeds("git", "clone", "--quiet", str(trained.path), str(tmp_path / "clone"))
    clone = replace(trained, path=tmp_path / "clone")
    shutil.copy(trained.path / "dvc.lock", clone.path)
    # Without dvc-s3, which only projects on AWS have, it cannot be read, as without a key.
    in_environment(clone, "dvc", "remote", "modify", "storage", "url", "s3://stored/elsewhere")
    said = clone.succeeds("make", "data")
    assert "The remote of DVC cannot be read" in said
    assert (clone.path / "data" / "raw.parquet").is_file()


def test_the_model_beats_the_baseline(trained: Project) -> None:
    metrics = json.loads(trained.read("reports/metrics.json"))
    metric = MAIN_METRIC[trained.answers["problem_type"]]
    model, baseline = metrics["model"][metric], metrics["baseline"][metric]
    if metric == "roc_auc":
        assert baseline == 0.5
        assert model > 0.68
    else:
        assert model < 0.97 * baseline


def test_dvc_understands_metrics_plots_and_stages(trained: Project) -> None:
    shown = in_environment(trained, "dvc", "metrics", "show")
    assert f"model.{MAIN_METRIC[trained.answers['problem_type']]}" in shown
    graph = in_environment(trained, "dvc", "dag")
    for stage in ("collect", "validate", "split", "train", "evaluate", "bundle"):
        assert stage in graph
    in_environment(trained, "dvc", "plots", "show", "--out", str(trained.path / ".dvc/tmp/plots"))
    page = trained.read(".dvc/tmp/plots/index.html")
    title = {"classification": "Calibration", "regression": "Residuals"}[
        trained.answers["problem_type"]
    ]
    assert title in page


def test_mlflow_knows_the_champion_and_can_load_it(trained: Project) -> None:
    script = """
import json
import mlflow, pandas as pd
from flight_delay.encoding import FEATURES
client = mlflow.MlflowClient("sqlite:///mlflow.db")
version = client.get_model_version_by_alias("flight-delay", "champion")
run = client.get_run(version.run_id)
mlflow.set_tracking_uri("sqlite:///mlflow.db")
model = mlflow.pyfunc.load_model("models:/flight-delay@champion")
rows = pd.read_parquet("data/split/test.parquet")
print(json.dumps({
    "tags": run.data.tags, "metrics": run.data.metrics, "params": run.data.params,
    "digest": version.tags["bundle_digest"], "rows": len(rows),
    "predicted": len(model.predict(rows[[feature.name for feature in FEATURES]])),
}))
"""
    known = json.loads(in_environment(trained, "python", "-c", script).splitlines()[-1])
    lock = trained.read("dvc.lock")
    assert known["tags"]["data.md5"] in lock
    assert known["tags"]["git.commit"] == trained.succeeds("git", "rev-parse", "HEAD").strip()
    assert f"model.{MAIN_METRIC[trained.answers['problem_type']]}" in known["metrics"]
    assert known["params"]["max_iter"] == "200"
    assert known["rows"] == known["predicted"]


def test_bad_data_stops_at_validate_and_nothing_after_it_runs(
    trained: Project, request: pytest.FixtureRequest
) -> None:
    dataset = trained.path / "src" / "flight_delay" / "dataset.py"
    original = dataset.read_text(encoding="utf-8")

    def restore() -> None:
        dataset.write_text(original, encoding="utf-8")
        in_environment(trained, "dvc", "repro", "--quiet")

    request.addfinalizer(restore)
    spoiled = original.replace(
        "return flights.filter(",
        "flights.loc[flights.index[:7], 'distance'] = -1\n    return flights.filter(",
    )
    assert spoiled != original
    dataset.write_text(spoiled, encoding="utf-8")
    result = trained.run("make", "train")
    assert result.returncode != 0
    assert "distance: greater_than_or_equal_to(0" in result.stdout
    assert "7 rows, such as -1.0" in result.stdout
    assert "Running stage 'split'" not in result.stdout
    report = json.loads(trained.read("reports/validation.json"))
    assert report["problems"][0]["column"] == "distance"


@pytest.mark.slow
def test_it_works_without_a_git_repository(bake: Bake) -> None:
    project = bake(init_git=False)
    project.succeeds("make", "setup")
    assert "is the first champion" in project.succeeds("make", "train")

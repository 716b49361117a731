"""The stages, and what stops them."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml

from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.bundle import model_format
from {{ cookiecutter.package_name }}.encoding import FEATURES, Feature, encode
from {{ cookiecutter.package_name }}.evaluation import HIGHER_IS_BETTER, MAIN_METRIC
from {{ cookiecutter.package_name }}.fields import limits
from {{ cookiecutter.package_name }}.params import (
    Collect,
    Params,
    ParamsError,
    read_params,
)
from {{ cookiecutter.package_name }}.pipeline.collect import collect
from {{ cookiecutter.package_name }}.pipeline.errors import StageError
from {{ cookiecutter.package_name }}.pipeline.split import split_by_time
from {{ cookiecutter.package_name }}.pipeline.train import train
from {{ cookiecutter.package_name }}.pipeline.validate import find_problems, validate
from {{ cookiecutter.package_name }}.schema import ID, TIME, Features

from .conftest import ROOT


def test_dvc_names_the_files_that_the_stages_use() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    named = {
        path
        for stage in stages.values()
        for kind in ("outs", "metrics", "plots")
        for entry in stage.get(kind, [])
        for path in (entry if isinstance(entry, dict) else [entry])
    }
    used = (paths.RAW, paths.SPLIT, paths.TRAINED, paths.CANDIDATE)
    reports = (paths.VALIDATION_REPORT, paths.METRICS, paths.EVALUATION, paths.PLOTS)
    assert named == {path.as_posix() for path in (*used, *reports)}


@pytest.mark.parametrize("pipeline", ["dvc.yaml", "search/dvc.yaml"])
def test_a_stage_runs_again_when_the_schema_it_goes_by_has_changed(pipeline: str) -> None:
    schema = f"src/{Path(paths.__file__).parent.name}/schema.py"
    stages = yaml.safe_load((ROOT / pipeline).read_text(encoding="utf-8"))["stages"]
    for name, stage in stages.items():
        modules = [ROOT / path for path in stage["deps"] if path.endswith(".py")]
        code = "".join(module.read_text(encoding="utf-8") for module in modules)
        if re.search(r"^from \.+schema import", code, re.MULTILINE):
            assert schema in stage["deps"], f"{name} does not name {schema}"


def test_the_model_beats_the_baseline(project: Path) -> None:
    metrics = json.loads(paths.METRICS.read_text(encoding="utf-8"))
    gain = metrics["model"][MAIN_METRIC] - metrics["baseline"][MAIN_METRIC]
    assert gain > 0 if HIGHER_IS_BETTER[MAIN_METRIC] else gain < 0


def test_a_period_without_rows_stops_the_pipeline(params: Params) -> None:
    never = Collect(start=date(1900, 1, 1), end=date(1900, 1, 2))
    with pytest.raises(StageError, match="no rows from 1900-01-01"):
        collect(params.model_copy(update={"collect": never}))


def test_a_model_that_changes_when_it_is_saved_stops_the_pipeline(
    params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = model_format.load
    monkeypatch.setattr(model_format, "load", lambda content: lambda m: load(content)(m) + 2e-3)
    with pytest.raises(StageError, match=r"for .* rows, by up to 0.002"):
        train(params)
    monkeypatch.undo()
    train(params)


def test_what_an_estimator_refuses_is_said_with_the_place_to_look(
    params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Estimator:
        def fit(self, *_: object) -> None:
            raise ValueError("max_iter must be positive")

    place = "{{ cookiecutter.package_name }}.pipeline.train.estimator.build"
    monkeypatch.setattr(place, lambda **_: Estimator())
    with pytest.raises(StageError, match=r"`train.estimator` in params.yaml: max_iter must"):
        train(params)


def test_training_rows_are_older_than_validation_rows_and_those_older_than_test_rows(
    rows: pd.DataFrame,
) -> None:
    training, validation, testing = split_by_time(rows, validation_days=7, test_days=5).values()
    assert training[TIME].max() < validation[TIME].min()
    assert validation[TIME].max() < testing[TIME].min()
    assert testing[TIME].max() - testing[TIME].min() < timedelta(days=5)
    assert len(training) + len(validation) + len(testing) == len(rows)


def test_collected_rows_are_valid(rows: pd.DataFrame, params: Params) -> None:
    assert find_problems(rows, params) == []


def test_too_few_rows_are_a_problem(rows: pd.DataFrame, params: Params) -> None:
    more = params.validate_.model_copy(update={"min_rows": len(rows) + 1})
    (problem,) = find_problems(rows, params.model_copy(update={"validate_": more}))
    assert problem["check"].startswith(f"at least {len(rows) + 1:,} rows")


def test_a_repeated_row_is_a_problem(rows: pd.DataFrame, params: Params) -> None:
    problems = find_problems(pd.concat([rows, rows.tail(1)]), params)
    assert [problem["column"] for problem in problems] == [ID]


def test_a_missing_column_stops_the_pipeline(
    rows: pd.DataFrame, params: Params, in_copy: Path
) -> None:
    name = FEATURES[-1].name
    rows.drop(columns=name).to_parquet(paths.RAW)
    with pytest.raises(StageError, match=rf"\n  {name}: the column is missing$"):
        validate(params)


@pytest.mark.parametrize("feature", [f for f in FEATURES if not f.optional], ids=lambda f: f.name)
def test_missing_values_of_a_required_feature_are_a_problem(
    rows: pd.DataFrame, params: Params, feature: Feature
) -> None:
    name = feature.name
    rows[name] = rows[name].mask(rows.index < 3)
    problems = [p for p in find_problems(rows, params) if p["column"] == name]
    assert 3 in [problem["rows"] for problem in problems]


def _limited() -> list[tuple[str, float]]:
    """Each number with an upper limit, and a value above it."""
    return [
        (name, value + 1)
        for name, field in Features.model_fields.items()
        for limit, value in limits(field)
        if limit == "le"
    ]


@pytest.mark.parametrize(("name", "value"), _limited())
def test_bad_values_stop_the_pipeline_with_a_report(
    rows: pd.DataFrame, params: Params, in_copy: Path, name: str, value: float
) -> None:
    rows.loc[rows.index[:2], name] = value
    rows.to_parquet(paths.RAW)
    with pytest.raises(StageError, match=name):
        validate(params)
    report = json.loads(paths.VALIDATION_REPORT.read_text(encoding="utf-8"))
    assert not report["valid"]
    (problem,) = report["problems"]
    assert (problem["column"], problem["rows"]) == (name, 2)
    assert str(float(value)) in problem["examples"]


def test_an_unknown_setting_of_the_estimator_is_named(params: Params) -> None:
    wrong = params.train.model_copy(update={"estimator": {"depth_of_insight": 3}})
    with pytest.raises(StageError, match="depth_of_insight"):
        train(params.model_copy(update={"train": wrong}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"collect: [", "not YAML"),
        (b"model_name: \xff", "not YAML"),
        (b"collect: {end: 2024-06-31}", "not YAML.*out of range"),
        (b"train: {seed: 1}\ntrain: {seed: 2}", "not YAML.*duplicate key"),
        (b"", "model_name: Field required"),
        (b"collect: {start: 2013-02-01, end: 2013-01-01}", "before the start"),
        (b"surprise: 1", "surprise"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    with pytest.raises(ParamsError, match=f"(?s){message}"):
        read_params(file)


def test_missing_settings_say_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="project's root"):
        read_params(tmp_path / "params.yaml")


@pytest.fixture
def in_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    (tmp_path / paths.RAW).parent.mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_same_rows_and_settings_give_the_same_model(workspace: Path, params: Params) -> None:
{% if cookiecutter.model_format == "skops" %}
    """Its predictions are the same. Its file is not: skops keeps the time there, and addresses."""
{% endif %}
    file = paths.TRAINED / model_format.FILE
    train(params)
    first, matrix = file.read_bytes(), encode(pd.read_parquet(paths.TEST))
    predicted = model_format.load(first)(matrix)
    train(params)
    assert (model_format.load(file.read_bytes())(matrix) == predicted).all()
{% if cookiecutter.model_format != "skops" %}
    assert file.read_bytes() == first
{% endif %}

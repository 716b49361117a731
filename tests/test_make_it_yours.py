"""Three files and the parameters make the project another one: nothing else is touched."""

import json

import pytest

from .conftest import WITHOUT_THE_SLOWEST, Bake, Project

SCHEMA = '''
"""Progression of diabetes in a year (the data set that scikit-learn carries)."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from .fields import Category, DateParts, Row, Sensitive

ID = "patient"
TIME = "examined"


class Features(Row):
    """A patient, examined at the start."""

    male: bool = Field(description="The patient's sex is male.", examples=[True])
    age_group: Annotated[str, Category(("young", "middle", "old"), closed=True)] = Field(
        description="Third of the patients by age.", examples=["old"]
    )
    ward: Annotated[str | None, Category(("north", "south"))] = Field(
        None, description="Where the patient was examined.", examples=["north"]
    )
    smoker: Annotated[bool | None, Sensitive()] = Field(
        None, description="The patient smokes.", examples=[False]
    )
    glucose: int = Field(ge=0, le=1_000, description="Blood sugar.", examples=[91])
    bmi: float = Field(gt=0, lt=100, description="Body-mass index.", examples=[26.4])
    pressure: float | None = Field(None, ge=0, description="Blood pressure.", examples=[94.0])
    born: Annotated[AwareDatetime | None, DateParts(("year", "month")), Sensitive()] = Field(
        None, description="Date of birth.", examples=["1950-01-01T00:00:00Z"]
    )


class Target(Row):
    """What was found a year later."""

    progression: float = Field(ge=0, description="Progression of the disease.", examples=[151.0])
'''

DATASET = '''
"""The patients, one examined a day."""

from datetime import date

import pandas as pd
from sklearn.datasets import load_diabetes

from .schema import ID, TIME, Features, Target


def read(start: date, end: date) -> pd.DataFrame:
    """Return the patients examined from `start` to `end`."""
    raw = load_diabetes(as_frame=True, scaled=False).frame
    day = pd.date_range("2020-01-01", periods=len(raw), tz="UTC")
    table = pd.DataFrame(
        {
            ID: [f"patient-{number}" for number in range(len(raw))],
            TIME: day,
            "male": raw["sex"] == 2,
            "age_group": pd.qcut(raw["age"], 3, labels=["young", "middle", "old"]).astype(str),
            "ward": ["south" if number % 3 else None for number in range(len(raw))],
            "smoker": [None if number % 5 else bool(number % 2) for number in range(len(raw))],
            "glucose": raw["s6"].astype(int),
            "bmi": raw["bmi"],
            "pressure": raw["bp"].where(raw.index % 10 != 0),
            "born": day - pd.to_timedelta(raw["age"] * 365, unit="D"),
            "progression": raw["target"],
        }
    )
    chosen = (day >= pd.Timestamp(start, tz="UTC")) & (day <= pd.Timestamp(end, tz="UTC"))
    return table.loc[chosen, [ID, TIME, *Features.model_fields, *Target.model_fields]]
'''

ESTIMATOR = '''
"""A linear model, which wants its categories in columns of their own and no gaps."""

from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from .encoding import categorical_columns


def build(*, seed: int, alpha: float) -> BaseEstimator:
    """Return an unfitted pipeline."""
    return make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), categorical_columns()),
            remainder=make_pipeline(SimpleImputer(), StandardScaler()),
        ),
        Ridge(alpha=alpha, random_state=seed),
    )
'''

PARAMS = """
model_name: diabetes
collect: {start: "2020-01-01", end: "2021-12-31"}
validate: {min_rows: 100, max_missing: 0.9}
split: {test_days: 80, validation_days: 60}
train:
  seed: 1
  estimator: {alpha: 1.0}
gate:
  maximum: {mae: 60}
  champion: {margin: 5.0}
  slices: {columns: [age_group, ward], min_rows: 20, tolerance: 20.0}
  max_latency_ms: 100
  max_age_days: 365
monitoring:
  window_hours: 1440
  windows: 4
  grace_minutes: 10
  min_predictions: 50
  min_labels: 50
  label_wait_hours: 72
  sample_rows: 1000
  drift: {training_days: 60, columns: 3}
  quality_tolerance: 5.0
  order_kept: 0.4
  calibration_error: 0.4
  retraining: {consecutive: 2, cooldown_hours: 336}
loop:
  end: "2020-09-30"
  test_days: 40
  validation_days: 30
  week_seconds: 10
"""


@pytest.mark.slow
@pytest.mark.long
def test_another_table_takes_three_files_and_the_parameters(
    bake: Bake,
) -> None:
    project = bake(project_name="Diabetes", problem_type="regression")
    package = project.path / "src" / "diabetes"
    for name, content in (("schema", SCHEMA), ("dataset", DATASET), ("estimator", ESTIMATOR)):
        (package / f"{name}.py").write_text(content.lstrip(), encoding="utf-8")
    (project.path / "params.yaml").write_text(PARAMS.lstrip(), encoding="utf-8")
    project.succeeds("make", "setup")
    project.succeeds("uv", "run", "ruff", "check", "--fix", "--quiet", ".")
    project.succeeds("uv", "run", "ruff", "format", "--quiet", ".")
    project.succeeds("make", "lint")
    project.succeeds("make", "test", **WITHOUT_THE_SLOWEST)
    assert "is the first champion" in project.succeeds("make", "train")
    check_bundle(project)


def check_bundle(project: Project) -> None:
    manifest = json.loads(project.read("models/champion/bundle.json"))
    assert manifest["name"] == "diabetes"
    assert manifest["target"] == "progression"
    assert manifest["features"][0]["name"] == "male"
    assert manifest["metrics"]["model"]["mae"] < 0.85 * manifest["metrics"]["baseline"]["mae"]

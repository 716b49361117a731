"""What is loaded predicts what was saved."""

from pathlib import Path

import pandas as pd
import pytest

from {{ cookiecutter.package_name }} import estimator
from {{ cookiecutter.package_name }}.bundle import model_format
from {{ cookiecutter.package_name }}.encoding import FEATURES, encode
from {{ cookiecutter.package_name }}.params import Params
from {{ cookiecutter.package_name }}.pipeline.train import target_values
from {{ cookiecutter.package_name }}.prediction import raw_predictions


def test_a_round_trip_keeps_predictions(rows: pd.DataFrame, params: Params, tmp_path: Path) -> None:
    rows = rows.sample(min(3_000, len(rows)), random_state=0)
    model = estimator.build(seed=1, **params.train.estimator)
    model.fit(encode(rows), target_values(rows))
    optional = [feature.name for feature in FEATURES if feature.optional]
    gaps = rows.assign(**dict.fromkeys(optional))
    opened = [f.name for f in FEATURES if f.kind == "category" and not f.closed]
    unseen = rows.assign(**dict.fromkeys(opened, "unheard of"))

    model_format.save(model, tmp_path)
    predict = model_format.load((tmp_path / model_format.FILE).read_bytes())
    for table in (rows, gaps, unseen):
        matrix = encode(table)
        assert predict(matrix) == pytest.approx(raw_predictions(model, matrix), abs=1e-5)

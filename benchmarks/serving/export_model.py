"""Run in a trained project: export its estimator and rows to ask for, for those that serve it.

Peers get the encoded numbers of a row, so that encoding costs them nothing, and rows without missing
values, which not all of them take.
"""

import json
import sys
from pathlib import Path

import joblib
import mlflow
import numpy as np
import pandas as pd
from flight_delay import bundle, paths
from flight_delay.encoding import encode
from flight_delay.schema import Features

ROWS = 256


def main(folder: Path) -> None:
    estimator = joblib.load(paths.CHAMPION / "model.joblib")
    names = list(Features.model_fields)
    table = pd.read_parquet(paths.TEST)[names]
    table = table[np.isfinite(encode(table)).all(axis=1)].sample(ROWS, random_state=0)
    matrix = encode(table)
    expected = estimator.predict_proba(matrix)[:, 1]
    served = bundle.load(paths.CHAMPION)
    assert np.abs(served.predict(matrix) - expected).max() < 1e-5
    rows = [
        {
            "instance": Features.model_validate(record, strict=False).model_dump(mode="json"),
            "vector": vector,
            "expected": probability,
        }
        for record, vector, probability in zip(
            table.astype(object).to_dict("records"),
            matrix.tolist(),
            expected.tolist(),
            strict=True,
        )
    ]
    (folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    joblib.dump(estimator, folder / "model.joblib")
    mlflow.sklearn.save_model(
        estimator,
        folder / "mlflow",
        pyfunc_predict_fn="predict_proba",
        serialization_format="pickle",
    )


main(Path(sys.argv[1]))

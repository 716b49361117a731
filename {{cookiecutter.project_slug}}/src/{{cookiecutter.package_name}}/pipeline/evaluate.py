"""Score the fitted model and a baseline on the same test rows."""

import json
import shutil

import pandas as pd

from .. import paths
from ..bundle import model_format
from ..encoding import encode
from ..evaluation import baseline, check_target, plots, score
from ..params import Params
from .errors import StageError
from .train import target_values


def evaluate(params: Params) -> str:
    """Write the metrics and the data of the plots. Raises StageError for a constant target."""
    test = pd.read_parquet(paths.TEST)
    target = target_values(test)
    try:
        check_target(target)
    except ValueError as error:
        raise StageError(f"The model cannot be scored: {error}.") from error

    # Our own stage wrote this file a moment ago; what others hand over is loaded from a bundle.
    model = model_format.load((paths.TRAINED / model_format.FILE).read_bytes())
    predicted = model(encode(test))
    reference = baseline(target_values(pd.read_parquet(paths.TRAIN)), len(test))

    metrics = {"model": score(target, predicted), "baseline": score(target, reference)}
    paths.METRICS.parent.mkdir(parents=True, exist_ok=True)
    paths.METRICS.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(paths.PLOTS, ignore_errors=True)
    paths.PLOTS.mkdir(parents=True)
    for name, points in plots(target, predicted, reference).items():
        points.to_csv(paths.PLOTS / f"{name}.csv", index=False)
    return f"scored on {len(test):,} rows"

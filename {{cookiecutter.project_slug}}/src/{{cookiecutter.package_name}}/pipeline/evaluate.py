"""Score the fitted model and a baseline on the same test rows."""

import json
import shutil

import numpy as np
import pandas as pd

from .. import paths
from ..bundle import model_format
from ..bundle.manifest import Evaluation, Slice
from ..encoding import encode
from ..evaluation import baseline, check_target, main_metric, plots, score
from ..params import Params
from ..prediction import Vector
from ..schema import TIME
from ..slices import slices
from .errors import StageError
from .train import target_values

RESAMPLES = 200
CONFIDENCE = 0.95
# A sum of distances from zero: to draw rows again only adds to it.
NO_INTERVAL = ["calibration_error"]


def evaluate(params: Params) -> str:
    """Write metrics, what chance may do to them, and plots. Raises StageError for a constant target."""
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
    found = Evaluation(
        rows=len(test),
        start=test[TIME].min().date(),
        end=test[TIME].max().date(),
        intervals=intervals(target, predicted, params.train.seed),
        slices=by_slice(test, target, predicted, params),
    )
    paths.EVALUATION.write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(paths.PLOTS, ignore_errors=True)
    paths.PLOTS.mkdir(parents=True)
    for name, points in plots(target, predicted, reference).items():
        points.to_csv(paths.PLOTS / f"{name}.csv", index=False)
    return f"scored on {len(test):,} rows"


def intervals(target: Vector, predicted: Vector, seed: int) -> dict[str, tuple[float, float]]:
    """Return a 95 % percentile bootstrap interval for each metric that can have one."""
    generator = np.random.default_rng(seed)
    n_rows = len(target)
    drawn = pd.DataFrame(
        score(
            target,
            predicted,
            np.bincount(generator.integers(n_rows, size=n_rows), minlength=n_rows).astype(float),
        )
        for _ in range(RESAMPLES)
    )
    bounds = drawn.drop(columns=NO_INTERVAL).quantile([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return {str(name): (float(lower), float(upper)) for name, (lower, upper) in bounds.items()}


def by_slice(
    test: pd.DataFrame, target: Vector, predicted: Vector, params: Params
) -> dict[str, Slice]:
    """Return the main metric in each slice in which it can be measured."""
    chosen = params.gate.slices
    found = {}
    for name, mask in slices(test, chosen.columns, chosen.min_rows).items():
        rows = int(mask.sum())
        value = main_metric(target[mask], predicted[mask])(np.ones(rows))
        if np.isfinite(value):
            found[name] = Slice(rows=rows, value=value)
    return found

"""Seal the model, its metrics and its lineage into the candidate bundle."""

import io
import json

import pandas as pd

from .. import bundle, paths
from ..bundle import model_format
from ..bundle.manifest import Evaluation, Example, Training
from ..bundle.storage import example_table
from ..encoding import FEATURES, encode
from ..example import example_instance
from ..params import Params
from ..tables import target_name
from .train import TRAINING

REFERENCE_ROWS = 20_000  # weeks of them have to be large enough to be compared by themselves


def seal(params: Params) -> str:
    """Write the candidate bundle."""
    training = Training.model_validate_json(TRAINING.read_bytes())
    model = (paths.TRAINED / model_format.FILE).read_bytes()
    instance = example_instance()
    raw = model_format.load(model)(encode(example_table(instance)))
    manifest = bundle.write(
        paths.CANDIDATE,
        {model_format.FILE: model, "reference.parquet": _reference(training.seed)},
        training,
        name=params.model_name,
        target=target_name(),
        features=FEATURES,
        metrics=json.loads(paths.METRICS.read_text(encoding="utf-8")),
        evaluation=Evaluation.model_validate_json(paths.EVALUATION.read_bytes()),
        example=Example(instance=instance, raw_prediction=float(raw[0])),
    )
    return f"{manifest.name} {manifest.version} is a candidate"


def _reference(seed: int) -> bytes:
    """A sample of the training rows: what drift is measured against."""
    rows = pd.read_parquet(paths.TRAIN)
    sample = rows.sample(min(REFERENCE_ROWS, len(rows)), random_state=seed).sort_index()
    content = io.BytesIO()
    sample.to_parquet(content, index=False)
    return content.getvalue()

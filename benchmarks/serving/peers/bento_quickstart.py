"""BentoML as its quick start has it, with and without its batching."""

import os

import bentoml
import joblib
import numpy as np


@bentoml.service(metrics={"enabled": False}, logging={"access": {"enabled": False}})
class Quickstart:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api
    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self.model.predict_proba(rows)[:, 1]

    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=1000)
    def predict_batched(self, rows: np.ndarray) -> np.ndarray:
        return self.model.predict_proba(rows)[:, 1]

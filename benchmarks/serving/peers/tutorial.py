"""FastAPI as tutorials have it: a pydantic model, and the estimator called for each request."""

import os

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.environ["MODEL"])


class Row(BaseModel):
    features: list[float]


@app.post("/predict")
def predict(row: Row) -> dict[str, float]:
    return {"probability": float(model.predict_proba(np.array([row.features]))[0, 1])}

"""A prediction log as the service would have written it."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pandas as pd

from {{ cookiecutter.package_name }}.bundle import Bundle
from {{ cookiecutter.package_name }}.encoding import FEATURES, encode
from {{ cookiecutter.package_name }}.tables import target_name


def write_log(
    log: Path, rows: pd.DataFrame, model: Bundle, start: datetime, end: datetime, delay: timedelta
) -> list[str]:
    """Write predictions of rows, evenly from start to end, and their labels some time later.

    Returns the ids of the predictions.
    """
    answers = model.answers(model.predict(encode(rows)))
    step = (end - start) / len(rows)
    names = [feature.name for feature in FEATURES]
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    predictions: list[dict[str, object]] = []
    labels: list[dict[str, object]] = []
    for number, (row, answer) in enumerate(zip(records, answers, strict=True)):
        moment = start + number * step
        identity = str(uuid5(NAMESPACE_URL, f"{moment} {number}"))
        features = {name: _plain(row[name]) for name in names}
        predictions.append(
            {
                "time": moment.isoformat(),
                "model_version": model.manifest.version,
                "prediction_id": identity,
                "features": features,
                "prediction": answer,
            }
        )
        labels.append(
            {
                "time": (moment + delay).isoformat(),
                "prediction_id": identity,
                "actual": row[target_name()],
            }
        )
    append(log / "predictions", predictions)
    append(log / "labels", labels)
    return [str(record["prediction_id"]) for record in predictions]


def append(folder: Path, records: Iterable[dict[str, object]]) -> None:
    """Add records to the days they belong to, in files of their own."""
    by_day: dict[str, list[str]] = {}
    for record in records:
        by_day.setdefault(str(record["time"])[:10], []).append(json.dumps(record))
    for day, lines in by_day.items():
        place = folder / f"date={day}"
        place.mkdir(parents=True, exist_ok=True)
        name = f"{len(list(place.iterdir())):06}.jsonl"
        (place / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value

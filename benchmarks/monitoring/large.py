"""How long looks take, and how much memory, when five million predictions were made in a week.

Runs in a project that is called `watch`, after a model was made; takes 3 GB of disk for the log.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from uuid import UUID

import numpy as np
import pandas as pd
from watch import bundle, paths
from watch.encoding import FEATURES, encode
from watch.monitoring.monitor import Monitor
from watch.params import read_params
from watch.serving.settings import Settings
from watch.tables import target_name

PREDICTIONS = 5_000_000  # every other one has a label
START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
DAYS = 7
FLUSH = timedelta(seconds=5)  # the service writes a file so often
LATER = timedelta(minutes=5)
LABEL_DELAY = timedelta(hours=5)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        command = (sys.executable, "-W", "ignore", "-m", __spec__.name, folder)
        start = time.perf_counter()
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        print(
            f"\nTwo looks at {PREDICTIONS:,} predictions and {PREDICTIONS // 2:,} labels: {elapsed:.1f} s, "
            f"of a processor {usage.ru_utime + usage.ru_stime:.1f} s, {peak / 1e9:.2f} GB, "
            f"status {status}",
            flush=True,
        )


def write(log: Path) -> None:
    """Write the log of a week, as one process of the service does, of rows of the test set."""
    model = bundle.load(paths.CANDIDATE)
    rows = pd.read_parquet(paths.TEST)
    answers = model.answers(model.predict(encode(rows)))
    names = [feature.name for feature in FEATURES]
    features = rows[names].astype(object).where(rows[names].notna(), None).to_dict("records")
    version = model.manifest.version
    endings = [
        json.dumps({"model_version": version, "features": row, "prediction": answer}, default=str)[
            1:
        ]
        for row, answer in zip(features, answers, strict=True)
    ]
    actuals = [json.dumps(value) for value in rows[target_name()].tolist()]
    generator = np.random.default_rng(5)
    kept = cycle(zip(endings, actuals, strict=True))
    files = timedelta(days=DAYS) // FLUSH
    for number in range(files):
        moment = START + number * FLUSH
        count = PREDICTIONS * (number + 1) // files - PREDICTIONS * number // files
        identities = [UUID(bytes=generator.bytes(16), version=4) for _ in range(count)]
        records = list(zip(identities, islice(kept, count), strict=True))
        predictions = (
            f'{{"time": "{moment.isoformat()}", "prediction_id": "{identity}", {ending}\n'
            for identity, (ending, _) in records
        )
        late = moment + LABEL_DELAY
        labels = (
            f'{{"time": "{late.isoformat()}", "prediction_id": "{identity}", "actual": {actual}}}\n'
            for identity, (_, actual) in records[::2]
        )
        for kind, when, lines in (("predictions", moment, predictions), ("labels", late, labels)):
            place = log / kind / f"date={when.date()}"
            place.mkdir(parents=True, exist_ok=True)
            with (place / f"{number:06}.jsonl").open("w", encoding="utf-8") as file:
                file.writelines(lines)


def look(log: Path) -> None:
    """Look at the week once its labels are due, as the monitor does after a start, and once more."""
    settings = Settings(prediction_log_url=str(log), model_dir=paths.CANDIDATE.absolute())
    params = read_params().monitoring
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        due = START + timedelta(days=DAYS, hours=params.label_wait_hours)
        monitor = Monitor(settings, params)
        for moment in (due, due + LATER):
            start = time.perf_counter()
            seen = monitor.look(moment).observations[-1]
            print(seen.predictions, seen.labels, f"{time.perf_counter() - start:.1f} s", flush=True)


if __name__ == "__main__":
    look(Path(sys.argv[1])) if sys.argv[1:] else main()

"""Rows of later weeks, as people would have asked for them, and what happened, told a week later."""

import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from .. import dataset
from ..client import ClientError, encoded, fetch
from ..monitoring.window import Window
from ..tables import as_instances, target_name

REQUESTS = 100  # a week
BUSY = 0.85  # the part of a window in which they come: what is asked last is logged in it, too
WEEK = timedelta(days=7)


@dataclass
class Week:
    """A week of rows, asked about in one window of the clock.

    Attributes:
        first: its first day.
        ids: of the predictions, with the number of the row that each is of.
        versions: of the models that answered, by the number of rows.
    """

    first: date
    window: Window
    rows: pd.DataFrame
    ids: dict[str, int] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"{self.first:%d %b}–{self.first + WEEK - timedelta(days=1):%d %b}"


class Traffic:
    """Asks for one week after another, until it is stopped or there are no more rows.

    Attributes:
        weeks: those that were begun.
        failures: what was said of requests that were not answered.
        version: of the model that answered last.
    """

    def __init__(self, url: str, first: date, start: datetime, length: timedelta) -> None:
        self.weeks: list[Week] = []
        self.failures: list[str] = []
        self.version = ""
        self._url = url
        self._first = first
        self._start = start
        self._length = length
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to ask."""
        return not self._thread.is_alive()

    def week_of(self, moment: datetime) -> Week | None:
        """Return the week whose window begins at a moment."""
        return next((week for week in self.weeks if week.window.start == moment), None)

    def _run(self) -> None:
        while not self._stopping.is_set():
            number = len(self.weeks)
            first = self._first + number * WEEK
            rows = dataset.read(first, first + WEEK - timedelta(days=1))
            if rows.empty:
                return
            start = self._start + number * self._length
            rows = rows.sample(frac=1, random_state=number).reset_index(drop=True)
            self.weeks.append(Week(first, Window(start, start + self._length), rows))
            self._ask(self.weeks[-1], self.weeks[-2] if number else None)

    def _ask(self, week: Week, before: Week | None) -> None:
        """Ask for a week's rows, and tell what happened in the week before, evenly over its window."""
        instances = as_instances(week.rows)
        known = list(before.ids.items()) if before else []
        actual = before.rows[target_name()].tolist() if before else []
        rows = np.array_split(np.arange(len(instances)), REQUESTS)
        labels = np.array_split(np.arange(len(known)), REQUESTS)
        for number in range(REQUESTS):
            moment = week.window.start + number / REQUESTS * BUSY * self._length
            if self._stopping.wait(max(0.0, (moment - datetime.now(UTC)).total_seconds())):
                return
            self._predict(week, instances, rows[number].tolist())
            self._tell([(known[n][0], actual[known[n][1]]) for n in labels[number]])
        self._stopping.wait(max(0.0, (week.window.end - datetime.now(UTC)).total_seconds()))

    def _predict(self, week: Week, instances: Sequence[dict[str, Any]], rows: list[int]) -> None:
        if not rows:
            return
        answer = self._post("/predict", encoded([instances[row] for row in rows]))
        if answer:
            week.ids |= dict(zip(answer["prediction_ids"], rows, strict=True))
            self.version = answer["model"]["version"]
            week.versions[self.version] += len(rows)

    def _tell(self, labels: list[tuple[str, Any]]) -> None:
        if labels:
            content = [{"prediction_id": name, "actual": actual} for name, actual in labels]
            self._post("/feedback", json.dumps({"labels": content}).encode())

    def _post(self, path: str, body: bytes) -> dict[str, Any] | None:
        try:
            return fetch(self._url + path, {}, body)
        except ClientError as error:
            self.failures.append(f"{time.strftime('%X')} {error}")
            return None

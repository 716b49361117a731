"""What Prometheus can ask for.

With several workers, each writes its numbers into files below PROMETHEUS_MULTIPROC_DIR, which the
server sets, and whichever worker is asked adds them up.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from ..prediction import BUCKETS, Vector

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# How `/predict` may end. Counted from 0 on: the first error would be no increase, otherwise.
STATUSES = (200, 500, 503)
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """The service's metrics, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._done: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._requests = self._counter("requests", "Requests by route and status.", "route status")
        for status in STATUSES:
            self._requests.labels("/predict", status)
        self._latency = self._histogram(
            "request_seconds", "Time from a request's head to its answer.", LATENCY_BUCKETS, "route"
        )
        self._batch_rows = self._histogram(
            "batch_rows", "Rows that were predicted together.", BATCH_BUCKETS
        )
        self._predictions = self._histogram("prediction", "The model's raw predictions.", BUCKETS)
        self.waiting = Gauge(
            "waiting_requests",
            "Requests that wait for a prediction.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.rows = self._counter("predicted_rows", "Rows predicted.")
        self.unseen = self._counter(
            "unseen_categories", "Values of open categories that the schema does not declare."
        )
        self.dropped = self._counter(
            "prediction_log_dropped", "Records that the prediction log lost."
        )
        self.reloads = self._counter("model_reloads", "Bundles taken or refused.", "outcome")
        self._model = Gauge(
            "model_info",
            "1 for the model that answers, 0 for those before it.",
            ["name", "version"],
            registry=self.registry,
            multiprocess_mode="livemax",
        )

    def request_done(self, route: str, status: int, seconds: float) -> None:
        """Note an answer. Its counters are looked up once, since that takes longer than counting."""
        if (route, status) not in self._done:
            counters = self._requests.labels(route, status), self._latency.labels(route)
            self._done[route, status] = counters
        count, latency = self._done[route, status]
        count.inc()
        latency.observe(seconds)

    def batch_done(self, predictions: Vector, unseen: int) -> None:
        """Note a batch by its raw predictions, of shape (n_rows,)."""
        self.rows.inc(len(predictions))
        self._batch_rows.observe(len(predictions))
        for prediction in predictions.tolist():
            self._predictions.observe(prediction)
        if unseen:
            self.unseen.inc(unseen)

    def model_changed(self, before: tuple[str, str] | None, now: tuple[str, str]) -> None:
        """Note the model that answers, by name and version."""
        if before and before != now:
            self._model.labels(*before).set(0)
        self._model.labels(*now).set(1)

    def render(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        _forget_the_dead(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)

    def _counter(self, name: str, text: str, labels: str = "") -> Counter:
        return Counter(name, text, labels.split(), registry=self.registry)

    def _histogram(
        self, name: str, text: str, buckets: Sequence[float], labels: str = ""
    ) -> Histogram:
        return Histogram(name, text, labels.split(), registry=self.registry, buckets=buckets)


def _forget_the_dead(folder: Path) -> None:
    """Remove the gauges of workers that have ended, in order or not. What they counted stays."""
    for file in folder.glob("gauge_live*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)

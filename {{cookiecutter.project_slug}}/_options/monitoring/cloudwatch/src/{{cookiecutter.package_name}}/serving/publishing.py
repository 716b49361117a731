"""Publishes the service's metrics: each process says in its log what has come since it last did.

The log reaches CloudWatch, which makes metrics of such lines, and adds up those of all processes.
With METRICS_SECONDS=0 a line comes before each answer, for places where processes are frozen between
two requests, and gone without a word.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from prometheus_client import CollectorRegistry

from ..emf import Distribution, Metric, Unit, document
from .settings import Settings

logger = logging.getLogger(__name__)

# Those that predict: the others are of no concern to whoever waits for a prediction.
{% if cookiecutter.cloud_target == "aws-sagemaker" %}
ROUTES = ("/predict", "/invocations")
{% else %}
ROUTES = ("/predict",)
{% endif %}

HISTOGRAMS: dict[str, Unit] = {
    "request_seconds": "Seconds",
    "batch_rows": "Count",
    "prediction": "None",
}

Key = tuple[str, tuple[tuple[str, str], ...]]  # of a number: its name, and its labels
Numbers = Mapping[Key, float]


class Publisher:
    """Reads the numbers of a registry every few seconds between `start` and `stop`."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        self._dimensions = {"environment": settings.environment}
        self._seconds = settings.metrics_seconds
        self._registry = registry
        self._before: Numbers = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def start(self) -> None:
        if self._seconds:
            self._thread.start()

    def stop(self) -> None:
        """Publish what is left."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
            self._publish()

    def answered(self) -> None:
        """Publish what a request has changed, where that cannot wait."""
        if not self._seconds:
            self._publish()

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            self._publish()

    def _publish(self) -> None:
        with self._lock:
            now = _read(self._registry)
            new = {key: value - self._before.get(key, 0.0) for key, value in now.items()}
            self._before = now
        # Answers and model are no metrics, but the log can be asked for them at no further cost.
        details = {"answers": _answers(new), "model": _model(now)}
        logger.info("Metrics", extra=document(metrics_of(now, new), self._dimensions) | details)


def metrics_of(now: Numbers, new: Numbers) -> list[Metric]:
    """Return what is published.

    Args:
        now: the numbers as they are, for what goes up and down.
        new: what has come to them since the last time.
    """
    statuses: Counter[str] = Counter()
    for labels, count in _called("requests_total", new):
        if labels["route"] in ROUTES:
            statuses[labels["status"][0]] += int(count)
    counts = {
        "requests": statuses.total(),
        "client_errors": statuses["4"],
        "errors": statuses["5"],
        "predicted_rows": new["predicted_rows_total", ()],
        "unseen_categories": new["unseen_categories_total", ()],
        "prediction_log_dropped": new["prediction_log_dropped_total", ()],
        "waiting_requests": now["waiting_requests", ()],
        "ready": bool(_model(now)),
    }
    found = [Metric(name, int(count), "Count") for name, count in counts.items()]
    for name, unit in HISTOGRAMS.items():
        spread = _distribution(name, new)
        if spread:
            found.append(Metric(name, spread, unit))
    return found


def _read(registry: CollectorRegistry) -> Numbers:
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for family in registry.collect()
        for sample in family.samples
    }


def _called(name: str, numbers: Numbers) -> Iterator[tuple[dict[str, str], float]]:
    """Give labels and value of each number of a name."""
    return ((dict(labels), value) for (called, labels), value in numbers.items() if called == name)


def _answers(new: Numbers) -> dict[str, int]:
    """Return how many answers there were by route and status."""
    return {
        f"{labels['route']} {labels['status']}": int(count)
        for labels, count in _called("requests_total", new)
        if count
    }


def _model(now: Numbers) -> str:
    """Return name and version of the model that answers; empty while there is none."""
    answering = (labels for labels, value in _called("model_info", now) if value)
    return next((f"{labels['name']} {labels['version']}" for labels in answering), "")


def _distribution(name: str, new: Numbers) -> Distribution | None:
    """Return a histogram by the middles of its buckets; None if nothing has come to it.

    The first and the last bucket are open, so that they have but one end, which stands for them.
    """
    at_most: Counter[float] = Counter()
    for labels, count in _called(f"{name}_bucket", new):
        if labels.get("route", ROUTES[0]) in ROUTES:
            at_most[float(labels["le"])] += int(count)
    if not any(at_most.values()):
        return None
    *bounds, infinity = sorted(at_most)
    middles = [bounds[0], *((low + high) / 2 for low, high in pairwise(bounds)), bounds[-1]]
    reached = [0, *(at_most[end] for end in (*bounds, infinity))]
    counts = [high - low for low, high in pairwise(reached)]
    seen = [(middle, count) for middle, count in zip(middles, counts, strict=True) if count]
    return Distribution(*zip(*seen, strict=True))

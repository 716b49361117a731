"""What Prometheus can ask for."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """The service's metrics, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "requests", "Requests by route and status.", ["route", "status"], registry=self.registry
        )
        self.latency = Histogram(
            "request_seconds",
            "Time from the whole body to the answer.",
            ["route"],
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.rows = Counter("predicted_rows", "Rows predicted.", registry=self.registry)
        self.unseen = Counter(
            "unseen_categories",
            "Values of open categories that the schema does not declare.",
            registry=self.registry,
        )
        self.dropped = Counter(
            "prediction_log_dropped",
            "Records that the prediction log lost.",
            registry=self.registry,
        )
        self.model = Gauge(
            "model_info", "The model that answers.", ["name", "version"], registry=self.registry
        )

    def render(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self.registry)

{% if cookiecutter.monitoring == "cloudwatch" %}
"""The monitor's numbers."""
{% else %}
"""What Prometheus can ask the monitor for."""
{% endif %}

from collections.abc import Sequence
from datetime import UTC, datetime
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge

from .decision import Decision, wanted
from .drift import PREDICTION, Drift
from .monitor import Look
from .observation import Observation


class Gauges:
    """The monitor's numbers, all of the newest window that has them, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.failures = Counter("monitor_failures", "Looks that failed.", registry=self.registry)
        self._window_end = self._gauge("window_end_seconds", "End of the newest window.")
        self._last_look = self._gauge("last_look_seconds", "When the monitor last looked.")
        self._predictions = self._gauge("predictions", "Predictions in the newest window.")
        self._unreadable = self._gauge("unreadable_records", "Lines that are no records.")
        self._duplicates = self._gauge("duplicate_records", "Records that were there before.")
        self._coverage = self._gauge("label_coverage", "Share of predictions with a label.")
        self._due = self._gauge("label_coverage_due", "The same, once labels have had their time.")
        self._delay = self._gauge("label_delay_hours", "Median time from prediction to label.")
        self._quality = self._gauge("quality", "Metrics by the labels that have come.", "metric")
        self._expected = self._gauge("quality_expected", "The same on the test rows.", "metric")
        self._drift = self._gauge("drift", "Distance from the training rows.", "column")
        self._usual = self._gauge("drift_usual", "The largest one of a training window.", "column")
        self._drifted = self._gauge("drifted_columns", "Columns beyond what is usual.")
        self._missing = self._gauge(
            "missing_share", "Share of missing values less that of the training rows.", "column"
        )
        self._unseen = self._gauge(
            "unseen_share", "Share of values that no training row has.", "column"
        )
        self._model_age = self._gauge("model_age_days", "Days since the model was trained.")
        self._data_age = self._gauge(
            "data_age_days", "Days from the last row it was made from to the newest one."
        )
        self._retrainings = self._gauge("retrainings", "Retrainings that were decided on.")
        self._wanted = self._gauge("retraining_wanted", "1 until something has come of it.")
        self._verdict = self._gauge("verdict", "1 for bad, 0 for good, of drift or quality.", "of")
        for unknown in (self._data_age, self._due, self._delay, self._drifted):
            unknown.set(nan)  # until there is something to tell

    def update(self, look: Look, decisions: Sequence[Decision]) -> None:
        """Take over what a look has found, and all decisions so far."""
        now = datetime.now(UTC)
        manifest = look.watched.manifest
        self._last_look.set(now.timestamp())
        self._model_age.set((now - manifest.trained_at).total_seconds() / 86_400)
        days = [seen.newest for seen in look.observations if seen.newest]
        if days:
            self._data_age.set((max(days) - manifest.data.end).days)
        self._retrainings.set(sum(one.decision == "retrain" for one in decisions))
        self._wanted.set(wanted(decisions, manifest.version) is not None)
        for metric, value in manifest.metrics["model"].items():
            self._expected.labels(metric).set(value)
        self._take_newest(look.observations[-1])
        delays = [seen.median_delay_hours for seen in look.observations if seen.labels]
        if delays and delays[-1] is not None:
            self._delay.set(delays[-1])
        due = [seen for seen in look.observations if seen.is_due and seen.predictions]
        if due:
            self._due.set(due[-1].label_coverage or 0.0)
        self._verdict.clear()
        for name, verdicts in (
            ("drift", [seen.drifted for seen in look.observations]),
            ("quality", [seen.worse for seen in look.observations]),
        ):
            told = [verdict for verdict in verdicts if verdict is not None]
            if told:
                self._verdict.labels(name).set(bool(told[-1]))
        # What was said of a model that serves no more, or of a column that has no values now, is over.
        self._drifted.set(nan)
        for gauge in (self._drift, self._usual, self._missing, self._unseen, self._quality):
            gauge.clear()
        for seen in reversed(look.observations):
            if seen.drift:
                self._take_drift(seen.drift, seen)
                break
        for seen in reversed(look.observations):
            if seen.quality and seen.version == manifest.version:
                for metric, value in seen.quality.metrics.items():
                    self._quality.labels(metric).set(value)
                break

    def _take_newest(self, seen: Observation) -> None:
        self._window_end.set(seen.window.end.timestamp())
        self._predictions.set(seen.predictions)
        self._unreadable.set(seen.unreadable)
        self._duplicates.set(seen.duplicates)
        self._coverage.set(seen.label_coverage or 0.0)

    def _take_drift(self, drift: Drift, seen: Observation) -> None:
        self._drifted.set(len(seen.unusual))
        for column, distance in (drift.columns | {PREDICTION: drift.prediction}).items():
            self._drift.labels(column).set(distance)
            self._usual.labels(column).set(seen.usual.get(column, 0.0))
        for column, share in drift.missing.items():
            self._missing.labels(column).set(share)
        for column, share in drift.unseen.items():
            self._unseen.labels(column).set(share)

    def _gauge(self, name: str, text: str, labels: str = "") -> Gauge:
        return Gauge(f"monitor_{name}", text, labels.split(), registry=self.registry)

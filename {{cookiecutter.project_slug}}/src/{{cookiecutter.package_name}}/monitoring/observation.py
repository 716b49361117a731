"""What a window of the prediction log says of the model that made its predictions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from ..evaluation import MAIN_METRIC
from ..params import Drift as Limits
from ..params import Monitoring
from . import drift, page, quality
from .drift import TOGETHER, Drift
from .quality import Quality
from .records import Records
from .watched import Watched
from .window import Window


@dataclass(frozen=True)
class Observation:
    """A window, seen at some time; its quality may be another one when more labels have come.

    Attributes:
        newest: the last day that its rows are of.
        version: of the model that made most of its predictions; empty if there are none.
        is_due: whether its labels have had their time to come.
        drift: None for too few predictions, and for those of another model than the watched one.
        usual: the largest distance of as many training rows, for each column and the predictions.
        unusual: the columns that have drifted, `prediction` among them, and how many times as far as is
            usual.
        quality: None for too few labels.
        drifted, worse: what speaks for training again; empty where nothing does, None where
            nothing can be told yet.
    """

    window: Window
    predictions: int
    newest: date | None
    version: str
    labels: int
    is_due: bool
    median_delay_hours: float | None
    duplicates: int
    unreadable: int
    drift: Drift | None
    usual: dict[str, float]
    unusual: dict[str, float]
    quality: Quality | None
    drifted: str | None
    worse: str | None

    @property
    def label_coverage(self) -> float | None:
        """The share of predictions whose label is known."""
        return self.labels / self.predictions if self.predictions else None


def observe(
    records: Records,
    watched: Watched,
    settings: Monitoring,
    now: datetime,
    report: Path | None = None,
) -> Observation:
    """Say what the records of a window mean, and write Evidently's page on its drift to `report`."""
    version = max(records.versions, key=records.versions.__getitem__, default="")
    is_watched = version == watched.manifest.version
    found, usual, unusual = None, {}, {}
    if is_watched and records.count >= settings.min_predictions:
        current = watched.comparable(records.sample)
        found = drift.measure(current, watched.trained_on)
        if report:
            page.write(report, current, watched.trained_on, settings.drift.least)
        usual = watched.usual(len(current))
        unusual = watched.unusual(found, len(current), settings.drift)
    measured = None
    if len(records.target) >= settings.min_labels:
        measured = quality.measure(
            records.target, records.predicted, watched.manifest.metrics, watched.constant
        )
    is_due = now >= records.window.end + timedelta(hours=settings.label_wait_hours)
    return Observation(
        window=records.window,
        predictions=records.count,
        newest=records.newest,
        version=version,
        labels=len(records.target),
        is_due=is_due,
        median_delay_hours=float(np.median(records.delays)) if len(records.delays) else None,
        duplicates=records.duplicates,
        unreadable=records.unreadable,
        drift=found,
        usual=usual,
        unusual=unusual,
        quality=measured,
        drifted=has_drifted(unusual, settings.drift) if found else None,
        worse=_worse(measured, settings) if measured and is_watched and is_due else None,
    )


def has_drifted(unusual: dict[str, float], limits: Limits) -> str:
    """Return what speaks for training again, or "" if nothing does.

    One column that is very far is enough, the predictions and the numbers together among them. So are
    several that are just beyond what is usual, because one of many is by chance. Predictions count
    like a column: they follow from the features, and a week of many storms alone may move them.
    """
    columns = [name for name in unusual if name != TOGETHER]
    if len(columns) >= limits.columns or any(times >= limits.far for times in unusual.values()):
        return f"drift of {', '.join(unusual)}"
    return ""


def _worse(measured: Quality, settings: Monitoring) -> str:
    if measured.lost > settings.quality_tolerance:
        return (
            f"{MAIN_METRIC} is {measured.value:.4f} where {measured.expected:.4f} was to be expected, "
            f"worse by at least {measured.lost:.4f}"
        )
    if measured.order_kept < settings.order_kept:
        return (
            f"of the order that predictions had on the test rows, {measured.order_kept:.2f} is left, "
            f"less than {settings.order_kept}"
        )
    calibration_error = measured.metrics["calibration_error"]
    if calibration_error > settings.calibration_error:
        return f"calibration_error is {calibration_error:.4f}, above {settings.calibration_error}"
    return ""

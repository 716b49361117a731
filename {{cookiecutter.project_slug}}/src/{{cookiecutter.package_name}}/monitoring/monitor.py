"""One look at the service: its newest windows, and what is decided on them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .. import paths
from ..bundle import BundleError
from ..bundle.files import write_atomically
from ..errors import ProjectError
from ..params import Monitoring
from ..serving.settings import Settings
from ..serving.source import source_of
from . import decision
from .decision import Decision
from .drift import PREDICTION
from .observation import Observation, observe
from .records import read_window
from .tables import Tables
from .watched import Watched, watch
from .window import closed_windows


class MonitorError(ProjectError):
    """There is nothing to look at."""


@dataclass(frozen=True)
class Look:
    """What was seen.

    Attributes:
        observations: of the newest windows that are over, the oldest first.
        decision: None if the newest window was decided on before.
    """

    watched: Watched
    observations: tuple[Observation, ...]
    decision: Decision | None


class Monitor:
    """Looks at a prediction log again and again, and keeps what does not change between looks.

    Args:
        folder: where it keeps what it has read; by default, one that is removed with this object.
    """

    def __init__(self, settings: Settings, params: Monitoring, folder: Path | None = None) -> None:
        if not settings.prediction_log_url:
            raise MonitorError("There is no prediction log to look at: set PREDICTION_LOG_URL.")
        self._settings = settings
        self._params = params
        self._length = timedelta(hours=params.window_hours)
        self._tables = Tables(settings.prediction_log_url, folder)
        self._watched: Watched | None = None

    def look(self, now: datetime | None = None) -> Look:
        """Look at the newest windows, write reports, decide, and note it.

        What was decided on a window before is not decided again, unless labels that came late show that
        the model has become worse.

        Raises BundleError if there is no model to watch, LedgerError, and LogError if the
        log cannot be read.
        """
        now = now or datetime.now(UTC)
        watched = self._model()
        grace = timedelta(minutes=self._params.grace_minutes)
        windows = closed_windows(now, self._length, grace, self._params.windows)
        self._tables.update(windows[0].start.date(), now.date())
        seen = []
        for window in windows:
            page = paths.DRIFT_PAGES / f"{window.start:%Y-%m-%dT%H%M%S}.html"
            # A page does not change: it is of a window that is over and of the model that was served.
            is_new = window == windows[-1] and not page.exists()
            records = read_window(self._tables, window, self._params.sample_rows)
            seen.append(observe(records, watched, self._params, now, page if is_new else None))
        version = watched.manifest.version
        decided = decision.decide(seen, version, self._params)
        look = Look(watched, tuple(seen), decided)
        _write_report(look)
        return look

    def _model(self) -> Watched:
        """Return the model that is served, with what is known of it from the look before."""
        source = source_of(self._settings)
        try:
            digest = source.digest()
        except OSError as error:
            raise BundleError(f"There is no model to watch: {error}") from error
        if self._watched is None or self._watched.digest != digest:
            length = timedelta(days=self._params.drift.training_days)
            with source.opened() as folder:
                self._watched = watch(folder, length, self._settings.model_digest)
        return self._watched


def _write_report(look: Look) -> None:
    """Write what was seen for programs; a number that is none is left out."""
    content = {
        "model": look.watched.manifest.version,
        "windows": [_as_json(seen) for seen in look.observations],
        "decision": look.decision.model_dump(mode="json") if look.decision else None,
    }
    paths.MONITOR_REPORT.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_atomically(paths.MONITOR_REPORT, text.encode())


def _as_json(seen: Observation) -> dict[str, Any]:
    return {
        "start": seen.window.start.isoformat(),
        "end": seen.window.end.isoformat(),
        "model": seen.version,
        "predictions": seen.predictions,
        "labels": seen.labels,
        "is_due": seen.is_due,
        "label_coverage": seen.label_coverage,
        "median_label_delay_hours": seen.median_delay_hours,
        "duplicates": seen.duplicates,
        "unreadable": seen.unreadable,
        "drift": seen.drift.columns | {PREDICTION: seen.drift.prediction} if seen.drift else None,
        "usual": seen.usual if seen.drift else None,
        "unusual": seen.unusual,
        "quality": seen.quality.metrics if seen.quality else None,
        "expected": seen.quality.expected if seen.quality else None,
        "drifted": seen.drifted,
        "worse": seen.worse,
    }

"""The monitor as a service: it looks every few minutes, and publishes what it saw.

A look that fails is not published, and that it is missing raises an alarm.
"""

import logging
import signal
import threading
from types import FrameType

from .monitor import Monitor
from .publishing import Publisher
from .retraining import Trainer
from .settings import MonitorSettings

logger = logging.getLogger(__name__)


class MonitorServer:
    """Looks, trains where that is wanted, publishes, and waits."""

    def __init__(self, monitor: Monitor, settings: MonitorSettings) -> None:
        self._monitor = monitor
        self._settings = settings
        self._trainer = Trainer(settings)
        self._publisher = Publisher(settings)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Go on until a signal ends it."""
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, self._stop)
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception:  # whatever it is, the next look may succeed
                logger.exception("The monitor could not look")
            self._stopping.wait(self._settings.monitor_interval_seconds)

    def _look(self) -> None:
        look = self._monitor.look()
        try:
            outcome = self._trainer.act(look.watched.manifest.version)
            if outcome:
                logger.info("Retraining: %s", outcome)
        finally:  # a training that could not be started is still wanted, which an alarm is to tell
            self._publisher.publish(look)

    def _stop(self, _: int, __: FrameType | None) -> None:
        self._stopping.set()

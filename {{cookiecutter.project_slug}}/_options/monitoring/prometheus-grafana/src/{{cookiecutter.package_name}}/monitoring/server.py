"""The monitor as a service: it looks every few minutes, and tells what it saw.

`/metrics` is for Prometheus. `/health` answers 503 after a look that failed. `/alerts` is for
Alertmanager, whose messages start the training that is wanted.
"""

import json
import logging
import re
import signal
import threading
from types import FrameType

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from ..errors import ProjectError
from ..http_server import Handler, Server
from . import decision
from .exporter import Gauges
from .monitor import Monitor
from .retraining import Trainer
from .settings import MonitorSettings

logger = logging.getLogger(__name__)

LARGEST_BODY = 1_000_000


class MonitorServer:
    """Looks and trains in the main thread; answers in others."""

    def __init__(self, monitor: Monitor, settings: MonitorSettings) -> None:
        self._monitor = monitor
        self._settings = settings
        self._trainer = Trainer(settings)
        self._gauges = Gauges()
        self._training = Gauge(
            "monitor_training", "1 while it trains.", registry=self._gauges.registry
        )
        interval = Gauge(
            "monitor_interval_seconds",
            "How long it waits between two looks.",
            registry=self._gauges.registry,
        )
        interval.set(settings.monitor_interval_seconds)
        self._healthy = True
        self._asked = False
        self._stopping = False
        self._wake = threading.Event()

    def run(self) -> None:
        """Go on until a signal ends it. Raises ProjectError if the port cannot be had."""
        settings = self._settings
        try:
            address = (settings.monitor_host, settings.monitor_port)
            server = Server(address, self._handler())
        except OSError as error:
            raise ProjectError(f"MONITOR_PORT {settings.monitor_port}: {error.strerror}") from error
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, self._stop)
        threading.Thread(target=server.serve_forever, name="monitor", daemon=True).start()
        logger.info("The monitor is on http://%s:%d", *server.server_address)
        while not self._stopping:
            self._look()
            self._wake.wait(settings.monitor_interval_seconds)
            self._wake.clear()
        server.shutdown()
        server.server_close()

    def _look(self) -> None:
        try:
            look = self._monitor.look()
            self._gauges.update(look, decision.read())  # a training may take long, and may fail
            if self._asked or not self._settings.retrain_on_alert:
                self._asked = False
                with self._training.track_inprogress():
                    outcome = self._trainer.act(look.watched.manifest.version)
                if outcome:
                    logger.info("Retraining: %s", outcome)
                    self._gauges.update(look, decision.read())
            self._healthy = True
        except Exception:
            # Whatever it is, the next look may succeed; until then it is seen by the metrics.
            logger.exception("The monitor could not look, or not train")
            self._gauges.failures.inc()
            self._healthy = False

    def _stop(self, _: int, __: FrameType | None) -> None:
        self._stopping = True
        self._wake.set()

    def _alerted(self, body: bytes) -> tuple[int, str]:
        """Return status and text of the answer to what Alertmanager has sent."""
        try:
            firing = json.loads(body)["status"] == "firing"
        except (ValueError, TypeError, KeyError):
            return 400, "This is no message of Alertmanager.\n"
        if not firing:
            return 200, "Nothing to do.\n"
        self._asked = True
        self._wake.set()
        return 202, "What is wanted will be started.\n"

    def _handler(self) -> type[Handler]:
        monitor = self

        class Answering(Handler):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    content = generate_latest(monitor._gauges.registry)
                    self._answer(200, content, CONTENT_TYPE_LATEST)
                elif self.path == "/health":
                    healthy = monitor._healthy
                    self._answer(200 if healthy else 503, b"ok\n" if healthy else b"failing\n")
                else:
                    self._answer(404, b"Not Found\n")

            def do_POST(self) -> None:
                length = self.headers["Content-Length"] or ""
                if self.path != "/alerts":
                    self._answer(404, b"Not Found\n")
                elif not re.fullmatch("[0-9]{1,18}", length):
                    self._answer(411, b"Content-Length has to be a number.\n")
                elif int(length) > LARGEST_BODY:
                    self._answer(413, b"This is too long for a message of Alertmanager.\n")
                else:
                    status, text = monitor._alerted(self.rfile.read(int(length)))
                    self._answer(status, text.encode())

            def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Answering

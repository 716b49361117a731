"""Gunicorn's worker, ending in order."""

import sys
import time
from types import FrameType
from typing import Any

from .loop_worker import LoopWorker

DRAIN_SECONDS = 2.0  # how long an open connection gets to send a last request


class DrainingWorker(LoopWorker):
    """Lets callers go without losing what they are about to send.

    Gunicorn by itself closes connections after an answer that did not say so, with the next request
    on its way.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wsgi: Any = None  # until the application is loaded
        self._end: float | None = None  # of draining, once it has begun

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGTERM: take no more connections, and ask the open ones to hang up."""
        if self.wsgi is None:  # nobody has come yet
            sys.exit(0)
        if self._end is None:
            self.wsgi.service.draining = True
            self.worker_connections = 0
            self._end = time.monotonic() + DRAIN_SECONDS
            self.method_queue.defer(lambda: None)  # wakes the loop

    def handle_request(self, req: Any, conn: Any) -> Any:
        # A caller that stops in the middle of its body would keep this thread for good.
        conn.sock.settimeout(self.wsgi.service.settings.request_timeout_seconds)
        if self._end is not None:
            req.force_close()
        return super().handle_request(req, conn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self._end is None:
            super().wait_for_and_dispatch_events(timeout)
            return
        super().wait_for_and_dispatch_events(0.05)
        if not self._accepting:
            for listener in self.sockets:
                listener.close()
        if self.nr_conns == 0 or time.monotonic() > self._end:
            self.alive = False
            for idle in (*self.keepalived_conns, *self.pending_conns):
                idle.timeout = 0.0

"""Gunicorn's threads, which keep connections well and end in order."""

import time
from concurrent.futures import Future
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

DRAIN_SECONDS = 2.0  # how long an open connection gets to send a last request


class DrainingWorker(ThreadWorker):  # type: ignore[misc]
    """Lets callers go without losing what they are about to send.

    Gunicorn by itself closes connections after an answer that did not say so, with the next request
    on its way.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._end: float | None = None  # of draining, once it has begun

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGTERM: take no more connections, and ask the open ones to hang up."""
        if self._end is None:
            self.wsgi.service.draining = True
            self.worker_connections = 0
            self._end = time.monotonic() + DRAIN_SECONDS
            self.method_queue.defer(lambda: None)  # wakes the loop

    def handle_request(self, req: Any, conn: Any) -> Any:
        if self._end is not None:
            req.force_close()
        return super().handle_request(req, conn)

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """Put a connection back among the idle ones, unless its next request is here already.

        Where an answer did not need the body of its request, gunicorn reads that body afterwards,
        and what follows with it. It would then wait for the socket to become readable, for ever.
        """
        keeps = self.alive and not fs.cancelled() and not fs.exception() and fs.result() is True
        if keeps and conn.parser.unreader.buf.getbuffer().nbytes:
            self.enqueue_req(conn)
        else:
            super().finish_request(conn, fs)

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

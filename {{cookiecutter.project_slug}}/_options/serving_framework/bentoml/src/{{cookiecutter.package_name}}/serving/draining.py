"""The time between the signal to end and the end, in which no request is lost."""

import asyncio
import signal
import threading
from types import FrameType

from .service import Service

DRAIN_SECONDS = 2.0  # how long an open connection gets to send a last request


def drain_before_the_end(service: Service) -> None:
    """Have a signal to end first make every answer close its connection, for a while.

    The server by itself closes idle connections at once, with requests in them that are on their
    way. To be called on the event loop, after the server has set its own handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # of a test: signals are not for it
    loop = asyncio.get_running_loop()
    end = {ending: signal.getsignal(ending) for ending in (signal.SIGINT, signal.SIGTERM)}

    def begin(ending: int, frame: FrameType | None) -> None:
        handler = end[signal.Signals(ending)]
        # The signal may come twice: to the whole group of processes, and from the supervisor.
        if not service.draining and callable(handler):
            service.draining = True
            loop.call_soon_threadsafe(loop.call_later, DRAIN_SECONDS, handler, ending, frame)

    for ending in end:
        signal.signal(ending, begin)

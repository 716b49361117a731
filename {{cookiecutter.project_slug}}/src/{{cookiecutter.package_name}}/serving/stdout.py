"""Standard output that keeps nobody waiting.

Whoever reads what the service says may fall behind, and a pipe that is full stops whoever writes
into it. So a thread writes, and lines that it cannot keep up with, or cannot write, are dropped. How
many is said as soon as lines are written again.
"""

import logging
import sys
import threading
from collections import deque

logger = logging.getLogger(__name__)

CAPACITY = 10_000  # lines that wait at most
# A thread that ran for each line would often take the interpreter from those that answer.
GATHER_SECONDS = 0.05
PATIENCE = 2.0  # seconds that a reader who has stopped reading may hold up the end


class Stdout:
    """What a logging.StreamHandler writes to. A thread does the writing between `start` and `stop`."""

    def __init__(self) -> None:
        self._stream = sys.stdout
        self._waiting: deque[str] = deque()
        self._lost = 0
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()

    def start(self) -> None:
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="stdout", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what is left; from now on, whoever writes waits."""
        thread, self._thread = self._thread, None
        if thread:
            self._stopping.set()
            self._wake.set()
            thread.join(PATIENCE)

    def write(self, line: str) -> None:
        """Take a line, with its end. The handler lets one thread in at a time."""
        if self._thread is None:
            self._pass_on(line)
        elif len(self._waiting) < CAPACITY:
            self._waiting.append(line)
            self._wake.set()
        else:
            self._lost += 1

    def _run(self) -> None:
        told = self._lost
        while not self._stopping.is_set():
            self._wake.wait()
            self._stopping.wait(GATHER_SECONDS)
            self._wake.clear()
            if self._write_waiting() and (lost := self._lost - told):
                told += lost
                logger.warning("%d lines of the log were lost: they could not be written", lost)
        self._write_waiting()

    def _write_waiting(self) -> bool:
        """Write all lines that wait; return whether the last one could be written."""
        written = True
        while self._waiting:
            line = self._waiting.popleft()
            try:
                self._pass_on(line)
                written = True
            except (OSError, ValueError):  # a full disk, a closed pipe, no text in its encoding
                self._lost += 1
                written = False
        return written

    def _pass_on(self, line: str) -> None:
        # One call for each line: so those of several processes do not get mixed up.
        self._stream.write(line)
        self._stream.flush()

"""Micro-batching between threads: requests that come together are answered by one call.

Whoever finds nobody at work answers for all that wait, then hands over to the next one. No further
thread has to be woken for that, and a lonely request is answered at once.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from .replies import Reply
from .request import Job
from .service import Service


def _held_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class Ticket:
    """A job that waits. Its caller is woken with the reply, or to answer for the others."""

    job: Job
    reply: Reply | None = None
    leads: bool = False
    # A lock is the cheapest thing that a thread can wait for: whoever wakes it releases it.
    sleep: threading.Lock = field(default_factory=_held_lock)


class Batcher:
    """Collects the jobs of all threads and has the service answer them together."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._max_rows = service.settings.batch_max_rows
        self._max_wait = service.settings.batch_max_wait_ms / 1000
        self._capacity = service.settings.queue_max_requests
        self._timeout = service.settings.request_timeout_seconds
        self._waiting: deque[Ticket] = deque()
        self._at_work = False
        self._lock = threading.Lock()

    def enter(self, job: Job) -> Ticket | Reply:
        """Return the ticket of a job, with which to wait, or the reply that the queue is full.

        A thread may enter several jobs before it waits for the first of them; it has to wait for
        all of them.
        """
        ticket = Ticket(job)
        with self._lock:
            if len(self._waiting) >= self._capacity:
                return self._service.busy()
            self._waiting.append(ticket)
            self._count()
            if not self._at_work:
                self._at_work = ticket.leads = True
        return ticket

    def wait(self, ticket: Ticket) -> Reply:
        """Return the reply to a job, when it has been given or there is no more time for it."""
        if not ticket.leads and not ticket.sleep.acquire(timeout=self._timeout):
            self._give_up(ticket)
        if ticket.leads:
            self._lead(ticket)
        return ticket.reply or self._service.busy()

    def _give_up(self, ticket: Ticket) -> None:
        """Leave the queue, unless the others have just been entrusted to this one."""
        with self._lock:
            if not ticket.leads and ticket in self._waiting:
                self._waiting.remove(ticket)
                self._count()

    def _lead(self, ticket: Ticket) -> None:
        """Answer batch after batch until the own job is done, and hand over."""
        while ticket.reply is None:
            self._gather()
            batch = self._take()
            replies = self._service.answer([one.job for one in batch])
            for one, reply in zip(batch, replies, strict=True):
                one.reply = reply
                if one is not ticket:
                    one.sleep.release()
        with self._lock:
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].sleep.release()
            else:
                self._at_work = False

    def _gather(self) -> None:
        """Wait for as long as others arrive, and no longer than the settings allow."""
        deadline = time.monotonic() + self._max_wait
        before = 0
        while before < len(self._waiting) < self._max_rows and time.monotonic() < deadline:
            before = len(self._waiting)
            time.sleep(0)  # lets the other threads run

    def _take(self) -> list[Ticket]:
        """Remove the oldest jobs, up to a full batch; a larger one goes alone."""
        batch: list[Ticket] = []
        rows = 0
        with self._lock:
            while self._waiting:
                rows += len(self._waiting[0].job.rows)
                if batch and rows > self._max_rows:
                    break
                batch.append(self._waiting.popleft())
            self._count()
        return batch

    def _count(self) -> None:
        self._service.metrics.waiting.set(len(self._waiting))

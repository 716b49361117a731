"""Micro-batching on an event loop: requests that come together are answered by one call.

Collecting costs a lonely request nothing: the first one waits for as long as every further turn of
the event loop brings another one, and no longer than the settings allow.
"""

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from .replies import Reply
from .request import Job
from .service import Service

Waiting = tuple[Job, "asyncio.Future[Reply]"]


class Batcher:
    """Collects the jobs of one event loop and has the service answer them together."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._max_rows = service.settings.batch_max_rows
        self._max_wait = service.settings.batch_max_wait_ms / 1000
        self._capacity = service.settings.queue_max_requests
        self._timeout = service.settings.request_timeout_seconds
        self._waiting: deque[Waiting] = deque()
        self._rows = 0
        self._collecting = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="model")

    async def submit(self, job: Job) -> Reply:
        """Return the reply to a job, or at once that the queue is full."""
        if len(self._waiting) >= self._capacity:
            return self._service.busy()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        self._waiting.append((job, future))
        self._rows += len(job.rows)
        self._service.metrics.waiting.set(len(self._waiting))
        if not self._collecting:
            self._collecting = True
            loop.call_soon(self._collect, loop, 0, loop.time() + self._max_wait)
        if not self._service.model.is_slow:
            return await future
        try:
            async with asyncio.timeout(self._timeout):
                return await future
        except TimeoutError:
            return self._service.busy()

    def _collect(self, loop: asyncio.AbstractEventLoop, rows_before: int, deadline: float) -> None:
        if rows_before < self._rows < self._max_rows and loop.time() < deadline:
            loop.call_soon(self._collect, loop, self._rows, deadline)
            return
        batch = self._take()
        jobs = [job for job, _ in batch]
        if self._service.model.is_slow:
            call = loop.run_in_executor(self._executor, self._service.answer, jobs)
            call.add_done_callback(lambda done: self._deliver(loop, batch, done.result()))
        else:
            self._deliver(loop, batch, self._service.answer(jobs))

    def _take(self) -> list[Waiting]:
        """Remove the oldest jobs, up to a full batch; a larger one goes alone."""
        batch: list[Waiting] = []
        rows = 0
        while self._waiting:
            more = len(self._waiting[0][0].rows)
            if batch and rows + more > self._max_rows:
                break
            batch.append(self._waiting.popleft())
            rows += more
        self._rows -= rows
        self._service.metrics.waiting.set(len(self._waiting))
        return batch

    def _deliver(
        self, loop: asyncio.AbstractEventLoop, batch: list[Waiting], replies: list[Reply]
    ) -> None:
        for (_, future), reply in zip(batch, replies, strict=True):
            if not future.done():  # its caller may have given up
                future.set_result(reply)
        self._collecting = bool(self._waiting)
        if self._waiting:
            loop.call_soon(self._collect, loop, 0, loop.time() + self._max_wait)

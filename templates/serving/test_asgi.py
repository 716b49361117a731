"""How the contract reads bodies, where no client can be made to behave that badly."""

import asyncio
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.serving.asgi import TooLargeError, read_body, within


def test_an_endless_body_is_read_no_further_than_its_limit() -> None:
    received = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 100
        assert received <= 1_100, "the body is read on"
        return {"type": "http.request", "body": b" " * 100, "more_body": True}

    with pytest.raises(TooLargeError):
        asyncio.run(read_body(receive, limit=1_000))


def test_waiting_ends_in_time_and_lets_the_task_go_on() -> None:
    async def waiting() -> str:
        try:
            await within(0.01, asyncio.sleep(60, b""))
        except TimeoutError:
            await asyncio.sleep(0)  # a task that is still cancelled could not
            return "went on"
        return "waited"

    assert asyncio.run(waiting()) == "went on"


def test_waiting_is_cancelled_with_its_task() -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(within(60, asyncio.sleep(60, b"")))
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())

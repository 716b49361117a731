"""The service in the language of ASGI, without the cost of a framework's request and response."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .batching import Batcher
from .replies import SECURITY_HEADERS, Reply
from .request import Job, Request, make_id, make_request
from .service import Service

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class TooLargeError(Exception):
    """A body has more bytes than it may have."""


class Contract:
    """The ASGI application that serves the contract's routes.

    Args:
        other: what gets requests for all other paths, and the start and end of the server.
    """

    def __init__(self, service: Service, other: Application) -> None:
        self.service = service
        self._other = other
        self._batcher = Batcher(service)
        self._routes = {(route.method, route.path): route for route in service.routes}
        self._routes |= {("HEAD", path): r for (m, path), r in self._routes.items() if m == "GET"}
        self._paths = {route.path: route.method for route in service.routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self._paths:
            await self._other(scope, receive, send)
            return
        headers = dict(scope["headers"])
        route = self._routes.get((scope["method"], scope["path"]))
        if route is None:
            reply = self.service.unknown(405, "Method Not Allowed")
            reply.headers["Allow"] = self._paths[scope["path"]]
            await send_reply(send, reply, make_id(_text(headers, b"x-request-id")))
            return
        request = make_request(
            route,
            _text(headers, b"x-request-id"),
            _text(headers, b"traceparent"),
            _text(headers, b"x-api-key"),
        )
        refusal = self.service.refuse(request, int(headers.get(b"content-length", 0)))
        reply = refusal or await self._answer(request, receive)
        await send_reply(send, self.service.finish(request, reply), request.id)

    async def _answer(self, request: Request, receive: Receive) -> Reply:
        settings = self.service.settings
        try:
            body = await within(
                settings.request_timeout_seconds, read_body(receive, settings.max_body_bytes)
            )
        except TooLargeError:
            return self.service.too_large()
        except TimeoutError:
            return self.service.too_slow()
        outcome = self.service.receive(request, body)
        return await self._batcher.submit(outcome) if isinstance(outcome, Job) else outcome


{% if cookiecutter.serving_framework != "fastapi" %}
class Alone:
    """What is beside the contract where no framework is: nothing but the service's start and end."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await asyncio.to_thread(self._service.start)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await asyncio.to_thread(self._service.stop)
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "http":
            given = _text(dict(scope["headers"]), b"x-request-id")
            await send_reply(send, self._service.unknown(404, "Not Found"), make_id(given))
        else:
            await send({"type": "websocket.close"})


{% endif %}
async def within(seconds: float, work: Awaitable[bytes]) -> bytes:
    """Wait for something. Raises TimeoutError as asyncio.timeout() does, at a third of its cost."""
    if (task := asyncio.current_task()) is None:
        raise RuntimeError("Only a task can be woken.")
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = True
        task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, expire)
    try:
        return await work
    except asyncio.CancelledError:
        if expired and task.uncancel() == 0:
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()


async def read_body(receive: Receive, limit: int) -> bytes:
    """Return the body. Raises TooLargeError as soon as it is known to be larger than the limit."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLargeError
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


async def send_reply(send: Send, reply: Reply, request_id: str) -> None:
    others = _encoded(SECURITY_HEADERS | reply.headers) if reply.headers else USUAL_HEADERS
    headers = [
        *others,
        (b"content-type", reply.media_type.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        (b"x-request-id", request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


USUAL_HEADERS = _encoded(SECURITY_HEADERS)


def _text(headers: dict[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")

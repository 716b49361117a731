"""The service on FastAPI: this module only maps HTTP onto `Service`.

The routes are plain Starlette routes, since the service validates and writes bodies itself. The
OpenAPI document is the service's, too: a route that is added here is served, but not in it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .. import TITLE
from .openapi import DOCUMENT
from .replies import Reply, problem
from .service import Route, Service
from .settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; it loads the model when it starts."""
    service = Service(settings or Settings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.start)
        yield
        await run_in_threadpool(service.stop)

    async def http_problem(_: Request, error: HTTPException) -> Response:
        reply = problem(error.status_code, error.detail, headers=dict(error.headers or {}))
        return _response(service.count("unknown", reply))

    app = FastAPI(title=TITLE, lifespan=lifespan, redoc_url=None)
    app.exception_handler(HTTPException)(http_problem)
    app.openapi = lambda: DOCUMENT  # type: ignore[method-assign]
    for route in service.routes:
        app.add_route(route.path, _endpoint(service, route), methods=[route.method])
    return app


def _endpoint(service: Service, route: Route) -> Callable[[Request], Awaitable[Response]]:
    limit = service.settings.max_body_bytes

    async def endpoint(request: Request) -> Response:
        body = await read_body(request, limit)
        if body is None:
            return _response(service.count(route.path, service.too_large()))
        api_key = request.headers.get("X-API-Key")
        return _response(await run_in_threadpool(service.handle, route, body, api_key))

    return endpoint


async def read_body(request: Request, limit: int) -> bytes | None:
    """Return the body; None as soon as it is known to be larger than the limit."""
    if int(request.headers.get("Content-Length", 0)) > limit:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _response(reply: Reply) -> Response:
    headers = reply.headers | {"Content-Type": reply.media_type}
    return Response(reply.body, reply.status, headers)

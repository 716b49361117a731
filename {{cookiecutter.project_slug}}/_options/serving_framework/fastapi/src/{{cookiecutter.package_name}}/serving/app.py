"""The service on FastAPI.

The contract's routes are served without FastAPI's own handling of bodies, which costs more than the
model. All other paths are FastAPI's: what is added to `api` is served beside the contract.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .. import TITLE
from .asgi import Contract
from .replies import SECURITY_HEADERS
from .request import make_id
from .service import Service
from .settings import Settings


def create_app(settings: Settings | None = None) -> Contract:
    """Return the application; it loads the model when it starts."""
    service = Service(settings or Settings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.start)
        yield
        await run_in_threadpool(service.stop)

    # The OpenAPI document and its page are the contract's, the same for every framework.
    api = FastAPI(title=TITLE, lifespan=lifespan, openapi_url=None)

    @api.exception_handler(HTTPException)
    async def http_problem(request: Request, error: HTTPException) -> Response:
        reply = service.unknown(error.status_code, error.detail)
        headers = SECURITY_HEADERS | dict(error.headers or {}) | {"Content-Type": reply.media_type}
        headers["X-Request-ID"] = make_id(request.headers.get("X-Request-ID"))
        return Response(reply.body, reply.status, headers)

    return Contract(service, api)

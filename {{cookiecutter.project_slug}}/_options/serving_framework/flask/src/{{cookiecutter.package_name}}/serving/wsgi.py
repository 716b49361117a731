"""The service in the language of WSGI, without the cost of a framework's request and response."""

from collections.abc import Iterable
from http.client import responses
from typing import TYPE_CHECKING

from .batching import Batcher
from .replies import SECURITY_HEADERS, Reply
from .request import Job, Request, make_id, make_request
from .service import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Contract:
    """The WSGI application that serves the contract's routes.

    Args:
        other: what gets requests for all other paths.
    """

    def __init__(self, service: Service, other: "WSGIApplication") -> None:
        self.service = service
        self._other = other
        self._batcher = Batcher(service)
        self._routes = {(route.method, route.path): route for route in service.routes}
        self._routes |= {("HEAD", path): r for (m, path), r in self._routes.items() if m == "GET"}
        self._paths = {route.path: route.method for route in service.routes}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path not in self._paths:
            return self._other(environ, start_response)
        route = self._routes.get((method, path))
        if route is None:
            reply = self.service.unknown(405, "Method Not Allowed")
            reply.headers["Allow"] = self._paths[path]
            request_id = make_id(environ.get("HTTP_X_REQUEST_ID"))
            return _send(start_response, reply, request_id, method)
        request = make_request(
            route,
            environ.get("HTTP_X_REQUEST_ID"),
            environ.get("HTTP_TRACEPARENT"),
            environ.get("HTTP_X_API_KEY"),
        )
        refusal = self.service.refuse(request, int(environ.get("CONTENT_LENGTH") or 0))
        reply = self.service.finish(request, refusal or self._answer(request, environ))
        return _send(start_response, reply, request.id, method)

    def _answer(self, request: Request, environ: "WSGIEnvironment") -> Reply:
        settings = self.service.settings
        if "gunicorn.socket" in environ:
            # A caller that stops in the middle of its body would keep this thread for good.
            environ["gunicorn.socket"].settimeout(settings.request_timeout_seconds)
        try:
            body = environ["wsgi.input"].read(settings.max_body_bytes + 1)
        except TimeoutError:
            return self.service.too_slow()
        if len(body) > settings.max_body_bytes:
            return self.service.too_large()
        outcome = self.service.receive(request, body)
        return self._batcher.submit(outcome) if isinstance(outcome, Job) else outcome


def _send(
    start_response: "StartResponse", reply: Reply, request_id: str, method: str
) -> Iterable[bytes]:
    headers = [
        *(SECURITY_HEADERS | reply.headers).items(),
        ("Content-Type", reply.media_type),
        ("Content-Length", str(len(reply.body))),
        ("X-Request-ID", request_id),
    ]
    start_response(f"{reply.status} {responses[reply.status]}", headers)
    return [b"" if method == "HEAD" else reply.body]

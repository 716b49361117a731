"""The service in the language of WSGI, without the cost of a framework's request and response."""

from collections.abc import Iterable, Iterator
from http.client import responses
from typing import TYPE_CHECKING

from .batching import Batcher, Ticket
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
        self.targets = {f"{route.method} {route.path}".encode() for route in service.routes}

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
        outcome = refusal or self._receive(request, environ)
        return self._answer(request, outcome, method, start_response)

    def _receive(self, request: Request, environ: "WSGIEnvironment") -> Reply | Ticket:
        limit = self.service.settings.max_body_bytes
        try:
            body = environ["wsgi.input"].read(limit + 1)
        except TimeoutError:
            return self.service.too_slow()
        if len(body) > limit:
            return self.service.too_large()
        outcome = self.service.receive(request, body)
        return self._batcher.enter(outcome) if isinstance(outcome, Job) else outcome

    def _answer(
        self,
        request: Request,
        outcome: Reply | Ticket,
        method: str,
        start_response: "StartResponse",
    ) -> Iterator[bytes]:
        """Wait for the reply when the server asks for it, so that it may begin with others first."""
        reply = self._batcher.wait(outcome) if isinstance(outcome, Ticket) else outcome
        reply = self.service.finish(request, reply)
        yield from _send(start_response, reply, request.id, method)


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

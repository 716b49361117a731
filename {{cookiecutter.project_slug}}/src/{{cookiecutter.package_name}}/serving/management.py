"""Health and metrics on a port of their own, for networks where callers are not to see them."""

import threading
from typing import TYPE_CHECKING

from ..errors import ProjectError
from ..http_server import Handler, Server
from .replies import SECURITY_HEADERS, problem
from .request import make_id, make_request

if TYPE_CHECKING:
    from .service import Service


class ManagementError(ProjectError):
    """The second port cannot be had."""


class _SharedServer(Server):
    allow_reuse_port = True  # each worker listens, and whichever is asked answers


class Management:
    """The second port, between `start` and `stop`. There is none where the settings name none."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        self._server: Server | None = None

    def start(self) -> None:
        """Listen. Raises ManagementError if the port cannot be had."""
        settings = self._service.settings
        port = settings.management_port
        if not self._service.management_routes or port is None:
            return
        kind = Server if settings.workers == 1 else _SharedServer
        try:
            self._server = kind((settings.host, port), _handler(self._service))
        except OSError as error:
            raise ManagementError(f"MANAGEMENT_PORT {port}: {error.strerror}") from error
        threading.Thread(target=self._server.serve_forever, name="management", daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()


def _handler(service: "Service") -> type[Handler]:
    routes = {route.path: route for route in service.management_routes}

    class Answering(Handler):
        def do_GET(self) -> None:
            route = routes.get(self.path.partition("?")[0])
            request_id = make_id(self.headers["X-Request-ID"])
            if route is None:
                reply = problem(404, "Not Found")
            else:
                request = make_request(route, request_id, None, None)
                reply = service.finish(request, service.reply(request, b""))
            self.send_response(reply.status)
            headers = {
                "Content-Type": reply.media_type,
                "Content-Length": str(len(reply.body)),
                "X-Request-ID": request_id,
            }
            for name, value in (SECURITY_HEADERS | reply.headers | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

    return Answering

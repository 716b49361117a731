"""A small HTTP server for what is beside the service, such as metrics."""

import logging
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

logger = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """Says in the log what goes wrong. `socketserver` would print it, in lines that are not JSON."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, ConnectionError):
            logger.info("A caller was gone before it was answered (%s)", error)
        else:
            logger.exception("A request could not be answered")


class Handler(BaseHTTPRequestHandler):
    """Says nothing of requests, since probes and scrapes come all the time."""

    timeout = 30.0  # seconds that a caller may keep it waiting; then the connection is closed

    def log_message(self, *_: Any) -> None:
        pass

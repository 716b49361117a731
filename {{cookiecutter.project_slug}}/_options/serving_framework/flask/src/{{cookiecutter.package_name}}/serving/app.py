"""The service on Flask.

The contract's routes are served without Flask's own handling of requests, which costs more than the
model. All other paths are Flask's: what is added to `app` is served beside the contract.
"""

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from .. import NAME
from .replies import SECURITY_HEADERS
from .request import make_id
from .service import Service
from .settings import Settings
from .wsgi import Contract


def create_app(settings: Settings | None = None) -> Contract:
    """Return the application; who runs it starts and stops its service."""
    service = Service(settings or Settings())
    app = Flask(NAME, static_folder=None)

    @app.errorhandler(HTTPException)
    def http_problem(error: HTTPException) -> Response:
        reply = service.unknown(error.code or 500, error.description or error.name)
        headers = dict(error.get_headers()) | SECURITY_HEADERS | {"Content-Type": reply.media_type}
        headers["X-Request-ID"] = make_id(request.headers.get("X-Request-ID"))
        return Response(reply.body, reply.status, headers)

    return Contract(service, app.wsgi_app)

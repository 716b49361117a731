"""What the service says on stdout: a line of JSON for each event, in the Elastic Common Schema."""

import logging
import sys
import traceback

import ecs_logging

from .. import NAME
from .replies import Reply
from .request import Request

access_logger = logging.getLogger(f"{NAME}.access")


def configure() -> None:
    """Send the logs of this process to stdout as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def formatter() -> logging.Formatter:
    """Return what makes a line of an event."""
    formatter: logging.Formatter = ecs_logging.StdlibFormatter(
        extra={"service.name": NAME}, exclude_fields=["log.origin", "log.original", "process"]
    )
    return formatter


def log_access(request: Request, reply: Reply, seconds: float) -> None:
    """Note a request that was answered."""
    route = request.route
    access_logger.info(
        "%s %s %d",
        route.method,
        route.path,
        reply.status,
        extra={
            "event.dataset": "access",
            "event.duration": round(seconds * 1e9),  # nanoseconds
            "http.request.method": route.method,
            "http.request.id": request.id,
            "http.response.status_code": reply.status,
            "url.path": route.path,
        }
        | _trace(request),
    )


def log_failure(
    logger: logging.Logger, request: Request, error: Exception, with_message: bool
) -> None:
    """Note an error nobody has foreseen. Its message may quote a caller's values, so it is optional."""
    logger.error(
        "%s failed with %s",
        request.route.path,
        type(error).__name__,
        extra={
            "error.type": type(error).__name__,
            "error.stack_trace": "".join(traceback.format_tb(error.__traceback__)),
            "http.request.id": request.id,
        }
        | ({"error.message": str(error)} if with_message else {})
        | _trace(request),
    )


def _trace(request: Request) -> dict[str, str]:
    return {"trace.id": request.trace_id} if request.trace_id else {}

"""What the service says on stdout: a line of JSON for each event, in the Elastic Common Schema.

The field `event.dataset` tells four kinds of line apart, each of which may be kept for another time
and shown to other people: what was asked (`input`), what was answered (`prediction`), what went
wrong (`error`), and all the rest (`system`).
"""

import logging
import traceback
from typing import Any

import ecs_logging
import orjson

from .. import NAME
from ..fields import sensitive_fields
from ..schema import Features, Target
from .replies import Reply
from .request import Request
from .stdout import Stdout

# Unlike the project's name, a data set's must not have a hyphen.
INPUT = "{{ cookiecutter.package_name }}.input"
PREDICTION = "{{ cookiecutter.package_name }}.prediction"
ERROR = "{{ cookiecutter.package_name }}.error"
SYSTEM = "{{ cookiecutter.package_name }}.system"

ECS_VERSION = "1.6.0"  # what ecs-logging writes
FIELDS = "ecs_fields"  # of a record: those of its line, beside what all lines have
# Where in the program a line comes from, and what libraries note on a record for themselves.
LEFT_OUT = [
    "log.origin",
    "log.original",
    "process",
{% if cookiecutter.serving_framework != "flask" %}
    "color_message",
{% endif %}
{% if cookiecutter.serving_framework == "ray-serve" %}
    "_ray_timestamp_ns",
{% endif %}
]

SENSITIVE = sensitive_fields(Features)
SENSITIVE_TARGET = sensitive_fields(Target)

access_logger = logging.getLogger(f"{NAME}.access")
row_logger = logging.getLogger(f"{NAME}.rows")
stdout = Stdout()


def configure() -> None:
    """Send the logs of this process to stdout as JSON."""
    handler = logging.StreamHandler(stdout)
    handler.setFormatter(formatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


class _Formatter(ecs_logging.StdlibFormatter):
    """Makes lines quickly of which there may be many, and gives the others a data set by their level."""

    def format(self, record: logging.LogRecord) -> str:
        fields = vars(record).get(FIELDS)
        if fields is None:
            return str(super().format(record))
        # What the library does for each line would take ten times as long.
        moment = self.formatTime(record, "%Y-%m-%dT%H:%M:%S")
        line = {
            "@timestamp": f"{moment}.{int(record.msecs):03}Z",
            "log.level": record.levelname.lower(),
            "message": record.getMessage(),
            "ecs.version": ECS_VERSION,
            "log": {"logger": record.name},
            "service": {"name": NAME},
        }
        return orjson.dumps(line | fields).decode()

    def format_to_ecs(self, record: logging.LogRecord) -> dict[str, Any]:
        line: dict[str, Any] = super().format_to_ecs(record)
        dataset = ERROR if record.levelno >= logging.ERROR else SYSTEM
        line.setdefault("event", {}).setdefault("dataset", dataset)
        return line


def formatter() -> logging.Formatter:
    """Return what makes a line of an event."""
    return _Formatter(extra={"service.name": NAME}, exclude_fields=LEFT_OUT)


def log_access(request: Request, reply: Reply, seconds: float) -> None:
    """Note a request that was answered."""
    route = request.route
    fields = {
        "event": {"dataset": SYSTEM, "duration": round(seconds * 1e9)},  # nanoseconds
        "http": {
            "request": {"id": request.id, "method": route.method},
            "response": {"status_code": reply.status},
        },
        "url": {"path": route.path},
    } | _trace(request.trace_id)
    message = "%s %s %d"
    access_logger.info(message, route.method, route.path, reply.status, extra={FIELDS: fields})


def log_failure(
    logger: logging.Logger, request: Request, error: Exception, with_message: bool
) -> None:
    """Note an error nobody has foreseen.

    Its message may quote a caller's values, so it is optional. In which form it quotes them nobody
    can tell: where a field is sensitive, there is no message.
    """
    quotable = with_message and not SENSITIVE
    logger.error(
        "%s failed with %s",
        request.route.path,
        type(error).__name__,
        extra={
            "error.type": type(error).__name__,
            "error.stack_trace": "".join(traceback.format_tb(error.__traceback__)),
            "http.request.id": request.id,
        }
        | ({"error.message": str(error)} if quotable else {})
        | _trace(request.trace_id),
    )


class RowLog:
    """Notes what was asked and answered, for a sample of the rows.

    Args:
        share: of the rows, from 0 to 1. Their ids are random, so the ids decide: a row is noted with
            both of its lines or not at all, and whoever knows its id knows whether it is.
    """

    def __init__(self, share: float) -> None:
        # Ids are compared as text: up to this one, in hexadecimal digits as in theirs.
        self._limit = f"{int(share * 16**8):08x}" if share < 1 else "g"

    def note(self, records: list[dict[str, Any]]) -> None:
        """Note those of a batch's records, as the prediction log has them, that are in the sample."""
        for record in records:
            if record["prediction_id"] < self._limit:
                _log_row(record)


def _log_row(record: dict[str, Any]) -> None:
    identity = {"id": record["prediction_id"]}
    asked = identity | {"features": record["features"]}
    if SENSITIVE:
        shown = {name: v for name, v in record["features"].items() if name not in SENSITIVE}
        # Another text in place of a value would not fit what stores numbers.
        asked |= {"features": shown, "redacted": SENSITIVE}
    answered = identity | {"model_version": record["model_version"], "answer": record["prediction"]}
    if SENSITIVE_TARGET:
        del answered["answer"]
        answered["redacted"] = SENSITIVE_TARGET
    origin = {"http": {"request": {"id": record["request_id"]}}} | _trace(record.get("trace_id"))
    for message, dataset, prediction in (
        ("A row was asked for", INPUT, asked),
        ("A row was predicted", PREDICTION, answered),
    ):
        fields = {"event": {"dataset": dataset}, "prediction": prediction} | origin
        row_logger.info(message, extra={FIELDS: fields})


def _trace(trace_id: str | None) -> dict[str, Any]:
    return {"trace": {"id": trace_id}} if trace_id else {}

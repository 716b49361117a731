"""A request as the service sees it, whatever framework has received it."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from ..schema import Features
from .replies import Reply

# Ids have to be unique, not secret, so they need not come from the operating system one by one.
RANDOM = Random()  # noqa: S311

# Others' ids go into our logs and answers, so they must be short and plain.
REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
# W3C Trace Context: version, trace id, id of the caller's span, flags.
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Route:
    """One path of the contract."""

    method: str
    path: str
    handler: "Callable[[Request, bytes], Reply | Job]"
    guarded: bool = False  # by an API key, where keys are set


@dataclass(slots=True)
class Request:
    """What a request's head says. Times are those of `time.perf_counter`, in seconds."""

    route: Route
    id: str
    trace_id: str | None
    api_key: str | None
    start: float = field(default_factory=time.perf_counter)


@dataclass(slots=True, eq=False)
class Job:
    """Validated rows that wait for their predictions."""

    request: Request
    rows: list[Features]


def make_request(
    route: Route, request_id: str | None, traceparent: str | None, api_key: str | None
) -> Request:
    """Return a request with the id that its caller gave it, or a new one.

    Args:
        request_id, traceparent, api_key: the headers X-Request-ID, traceparent and X-API-Key.
    """
    trace = TRACEPARENT.fullmatch(traceparent) if traceparent else None
    return Request(route, make_id(request_id), trace.group(1) if trace else None, api_key)


def make_id(given: str | None) -> str:
    """Return the id that a caller gave its request, if it is fit for logs, or a new one."""
    if given is not None and REQUEST_ID.fullmatch(given):
        return given
    return f"{RANDOM.getrandbits(128):032x}"

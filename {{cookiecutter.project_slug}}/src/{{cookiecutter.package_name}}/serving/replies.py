"""Replies of the service, before any framework has touched them."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from pydantic import ValidationError

JSON = "application/json"
PROBLEM = "application/problem+json"

# What every answer says besides: it is data, to be stored nowhere, and shown in no page.
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

# Python 3.13 renamed these two to what the standard says today.
TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
MOST_ERRORS = 20  # in one problem; a request of a thousand rows can have many more

_decode = json.JSONDecoder().raw_decode


@dataclass(slots=True)
class Reply:
    """What to send: the framework's adapter only has to pass it on."""

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def json_reply(content: Any, status: int = 200) -> Reply:
    return Reply(status, orjson.dumps(content))


def problem(
    status: int,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Return an error as problem+json (RFC 9457)."""
    content = {
        "type": "about:blank",
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    } | ({"errors": errors} if errors else {})
    return Reply(status, orjson.dumps(content), PROBLEM, headers or {})


def validation_problem(error: ValidationError) -> Reply:
    """Return 400 for what is not JSON, and 422 with the path of each bad field for the rest."""
    found = _first_errors(error)
    if found[0]["type"] == "json_invalid":
        return problem(400, f"The body is not JSON. {found[0]['msg']}")
    errors = [
        {"detail": item["msg"], "pointer": "#" + "".join(f"/{_escape(p)}" for p in item["loc"])}
        for item in found
    ]
    detail = "The request does not match the schema."
    if (count := error.error_count()) > MOST_ERRORS:
        detail += f" {count} errors; the first {MOST_ERRORS} are listed."
    return problem(422, detail, errors)


def _first_errors(error: ValidationError) -> list[dict[str, Any]]:
    """Return the errors that a problem lists; to make objects of all would block for too long."""
    # Without the input: what callers send is nobody else's business, and may not even be text.
    text = error.json(include_url=False, include_context=False, include_input=False)
    found, end = [], 0
    for _ in range(min(error.error_count(), MOST_ERRORS)):
        item, end = _decode(text, end + 1)  # after a bracket or a comma
        found.append(item)
    return found


def _escape(part: str | int) -> str:
    """Escape one part of a JSON pointer (RFC 6901)."""
    return str(part).encode(errors="replace").decode().replace("~", "~0").replace("/", "~1")

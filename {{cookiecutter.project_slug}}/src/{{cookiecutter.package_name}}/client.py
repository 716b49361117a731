"""A small client of the HTTP API."""

import json
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from .errors import ProjectError
from .example import example_instance

Json = dict[str, Any]

TIMEOUT = 30  # seconds


class ClientError(ProjectError):
    """The service cannot be asked, or refuses."""


def read_instances(file: Path | None) -> list[Json]:
    """Read a list of rows from a JSON file; without a file, take the schema's example."""
    if file is None:
        return [example_instance()]
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ClientError(f"{file} cannot be read as JSON: {error}") from error
    instances = content.get("instances") if isinstance(content, dict) else content
    if not isinstance(instances, list):
        raise ClientError(f'{file} is neither a list of rows nor an object with "instances"')
    return instances


def ask(url: str, instances: list[Json]) -> tuple[Json, Json]:
    """Return the service's answer and the model that gave it. Raises ClientError."""
    url = url.rstrip("/")
    answer = _fetch(f"{url}/predict", {"instances": instances})
    return answer, _fetch(f"{url}/model")


def _fetch(url: str, content: Json | None = None) -> Json:
    body = None if content is None else json.dumps(content).encode()
    request = Request(url, body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=TIMEOUT) as response:
            answer: Json = json.load(response)
    except HTTPError as error:
        raise ClientError(f"{url} answers {error.code}: {error.read().decode()}") from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise ClientError(
            f"{url} does not answer ({error}). Start the service with `make serve`."
        ) from error
    return answer

"""A small client of the HTTP API."""

import json
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from .errors import ProjectError
from .example import example_instance
from .serving.settings import read_settings

Json = dict[str, Any]

TIMEOUT = 30  # seconds
ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104


class ClientError(ProjectError):
    """The service cannot be asked, or refuses: then `status` is that of its answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


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


def local_url() -> str:
    """Return where `serve` is reached from here with the settings that are in force here."""
    settings = read_settings()
    host = "127.0.0.1" if settings.host in ALL_ADDRESSES else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def ask(url: str, instances: list[Json], api_key: str | None = None) -> tuple[Json, Json]:
    """Return the service's answer and the model that gave it. Raises ClientError."""
    url = url.rstrip("/")
    headers = {"X-API-Key": api_key} if api_key else {}
    try:
        answer = fetch(f"{url}/predict", headers, encoded(instances))
        return answer, fetch(f"{url}/model", headers)
    except ClientError as error:
        if error.status is None:
            raise ClientError(f"{error} Start the service with `make serve`.") from error
        raise


def encoded(instances: list[Json]) -> bytes:
    """Return the body that asks for predictions."""
    return json.dumps({"instances": instances}).encode()


def fetch(url: str, headers: Mapping[str, str], body: bytes | None = None) -> Json:
    """Return the JSON of an answer, to a POST if there is a body. Raises ClientError."""
    try:
        request = Request(url, body, {"Content-Type": "application/json", **headers})
        with urlopen(request, timeout=TIMEOUT) as response:
            answer: Json = json.load(response)
    except HTTPError as error:
        detail = error.read().decode(errors="replace")
        raise ClientError(f"{url} answers {error.code}: {detail}", error.code) from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise ClientError(f"{url} does not answer ({error}).") from error
    return answer

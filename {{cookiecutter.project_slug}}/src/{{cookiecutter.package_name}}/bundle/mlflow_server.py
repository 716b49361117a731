"""The two things that the service wants of an MLflow server: where a model is, and its files.

They are asked for over HTTP, since MLflow itself is many times larger than the service. A server
that is guarded takes what MLflow's own clients send: MLFLOW_TRACKING_TOKEN, or
MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
"""

import base64
import json
import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

from .files import BundleError

TIMEOUT = 30  # seconds
MODEL = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[^/@]+)|/(?P<version>\d+))")
BUNDLE = "data/candidate"  # where in a registered model `promote` puts the bundle


@dataclass(frozen=True)
class Artifacts:
    """A folder of files that the server hands out itself."""

    uri: str

    @property
    def _path(self) -> str:
        return urlsplit(self.uri).path.strip("/")

    def names(self) -> list[str]:
        answer = json.loads(_get("mlflow-artifacts/artifacts", {"path": self._path}))
        return [file["path"] for file in answer.get("files", []) if not file.get("is_dir")]

    def read(self, name: str) -> bytes:
        return _get(f"mlflow-artifacts/artifacts/{quote(f'{self._path}/{name}')}")


def locate(model: str) -> str:
    """Return the URI of the bundle of `models:/<name>@<alias>` or `models:/<name>/<version>`.

    Raises BundleError if it is neither, or the server knows no such model.
    """
    match = MODEL.fullmatch(model)
    if not match:
        raise BundleError(f"{model} is neither models:/<name>@<alias> nor models:/<name>/<version>")
    name, version = match["name"], match["version"]
    if match["alias"]:
        answer = _api("registered-models/alias", name=name, alias=match["alias"])
        version = answer["model_version"]["version"]
    location = _api("model-versions/get-download-uri", name=name, version=version)["artifact_uri"]
    if location.startswith("models:/"):  # since MLflow 3, a model that a run has logged
        logged = _api(f"logged-models/{quote(location.removeprefix('models:/'))}")
        location = logged["model"]["info"]["artifact_uri"]
    return f"{location.rstrip('/')}/{BUNDLE}"


def _api(call: str, **query: str) -> Any:
    return json.loads(_get(f"mlflow/{call}", query))


def _get(path: str, query: dict[str, str] | None = None) -> bytes:
    server = os.environ.get("MLFLOW_TRACKING_URI", "")
    if urlsplit(server).scheme not in ("http", "https"):
        raise BundleError("MLFLOW_TRACKING_URI has to be the address of an MLflow server")
    url = f"{server.rstrip('/')}/api/2.0/{path}" + (f"?{urlencode(query)}" if query else "")
    try:
        with urlopen(Request(url, headers=_credentials()), timeout=TIMEOUT) as response:
            content: bytes = response.read()
            return content
    except HTTPError as error:
        detail = error.read(1_000).decode(errors="replace").strip()
        raise BundleError(f"{server} answers {error.code} for {path}: {detail}") from error


def _credentials() -> dict[str, str]:
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    if user := os.environ.get("MLFLOW_TRACKING_USERNAME"):
        password = os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {}

"""The account that everything is in: who asks, and the few calls that no library here makes."""

import base64
import hashlib
import json
import os
from functools import cache
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential

from .. import NAME
from .release import DeploymentError

MANAGER = "https://management.azure.com"
TIMEOUT = 60  # seconds

# What a token is for.
MANAGEMENT = "https://management.azure.com/.default"
SCORING = "https://ml.azure.com/.default"
STORAGE = "https://storage.azure.com/.default"
REGISTRY = "https://containerregistry.azure.net/.default"


def subscription() -> str:
    """Return the ID of the subscription."""
    return _variable("AZURE_SUBSCRIPTION_ID", "az account show --query id --output tsv")


def location() -> str:
    """Return the region."""
    return _variable("AZURE_LOCATION", "az account list-locations --query [].name --output table")


def suffix(*parts: str) -> str:
    """Return what makes a name unique among those of all subscriptions."""
    return hashlib.sha256("/".join((subscription(), NAME, *parts)).encode()).hexdigest()[:8]


@cache
def credential() -> DefaultAzureCredential:
    """Return who is signed in: in the environment, on the machine, or with `az login`."""
    return DefaultAzureCredential()


def token(scope: str) -> str:
    """Return a token. Raises DeploymentError if nobody is signed in."""
    try:
        return credential().get_token(scope).token
    except ClientAuthenticationError as error:
        raise DeploymentError(
            f"Nobody is signed in to Azure: `az login`.\n{error.message}"
        ) from error


def caller() -> str:
    """Return the object ID of who is signed in."""
    payload = token(MANAGEMENT).split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["oid"])


def call(method: str, path: str, version: str, body: Any = None, **query: str) -> Any:
    """Ask the resource manager; return its answer, None if there is no such thing.

    Args:
        path: of a resource, from `/subscriptions` on.
        version: of the interface.

    Raises DeploymentError with Azure's own words.
    """
    url = f"{MANAGER}{path}?{urlencode({'api-version': version, **query})}"
    headers = {"Authorization": f"Bearer {token(MANAGEMENT)}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, content, headers, method=method), timeout=TIMEOUT) as response:
            return json.loads(response.read() or b"{}")
    except HTTPError as error:
        if error.code == 404 and method == "GET":
            return None
        raise _refused(f"{method} {path}", error) from error
    except URLError as error:
        raise DeploymentError(f"Azure does not answer: {error.reason}") from error


def registry_password(registry: str) -> str:
    """Return what the registry takes from Docker, for some hours, instead of the sign-in here."""
    form = {"grant_type": "access_token", "service": registry, "access_token": token(REGISTRY)}
    request = Request(f"https://{registry}/oauth2/exchange", urlencode(form).encode())
    try:
        with urlopen(request, timeout=TIMEOUT) as response:
            return str(json.load(response)["refresh_token"])
    except HTTPError as error:
        raise _refused(registry, error) from error
    except URLError as error:
        raise DeploymentError(f"{registry} does not answer: {error.reason}") from error


def _refused(what: str, error: HTTPError) -> DeploymentError:
    answer = error.read().decode(errors="replace").strip()
    return DeploymentError(f"Azure answers {error.code} to {what}: {answer}")


def _variable(name: str, command: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise DeploymentError(f"{name} is not set. What it can be: `{command}`.")
    return value

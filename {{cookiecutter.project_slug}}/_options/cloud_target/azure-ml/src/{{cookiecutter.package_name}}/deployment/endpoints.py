"""The endpoint of an environment, its two deployments, blue and green, and who gets the requests."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.ai.ml import MLClient, load_online_endpoint
from azure.ai.ml.entities import OnlineDeployment, OnlineEndpoint
from azure.ai.ml.exceptions import MlException
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.core.polling import LROPoller
from marshmallow import ValidationError

from .. import NAME
from . import azure
from .release import DeploymentError, Environment

DESCRIPTION = Path("infra/service/endpoint.yml")
COLOURS = ("blue", "green")
LONGEST = 32  # characters of an endpoint's name
PATIENCE = 1800.0  # seconds until an endpoint takes a change while it is at another one
PAUSE = 10.0  # seconds between two tries
LINES = 50  # of what a container has printed before it failed


def name_of(environment: Environment) -> str:
    """Return the name of an endpoint, which is unique in its region."""
    end = f"-{environment}-{azure.suffix(environment)[:6]}"
    return NAME[: LONGEST - len(end)].rstrip("-") + end


@contextmanager
def explained(problem: str) -> Iterator[None]:
    """Make what goes wrong at Azure ML a DeploymentError that says what was tried."""
    try:
        yield
    except (AzureError, MlException, ValidationError) as error:
        raise DeploymentError(f"{problem}: {error}") from error


@dataclass(frozen=True)
class Site:
    """The endpoint of an environment.

    Attributes:
        client: of the workspace that it is in.
    """

    client: MLClient
    name: str

    def endpoint(self) -> OnlineEndpoint | None:
        """Return the endpoint; None if there is none."""
        with explained(f"The endpoint {self.name} cannot be read"):
            try:
                found: OnlineEndpoint = self.client.online_endpoints.get(self.name)
            except ResourceNotFoundError:
                return None
            return found

    def deployment(self, colour: str) -> OnlineDeployment | None:
        """Return a deployment; None if there is none of that colour."""
        with explained(f"{colour} of {self.name} cannot be read"):
            try:
                found: OnlineDeployment = self.client.online_deployments.get(colour, self.name)
            except ResourceNotFoundError:
                return None
            return found

    def serving(self) -> str | None:
        """Return the colour that gets most of the requests; None if none gets any."""
        shares = self.shares()
        return max(shares, key=lambda colour: shares[colour]) if shares else None

    def shares(self) -> dict[str, int]:
        """Return the percentage of the requests that each colour gets; none where it is nothing."""
        endpoint = self.endpoint()
        return _shares(endpoint.traffic) if endpoint else {}

    def create(self, identity: str) -> None:
        """Make the endpoint, without a deployment; nothing if there is one."""
        if self.endpoint() is not None:
            return
        identities = [{"resource_id": identity}]
        override: list[dict[Any, Any]] = [
            {"name": self.name},
            {"identity": {"type": "user_assigned", "user_assigned_identities": identities}},
        ]
        with explained(f"The endpoint {self.name} cannot be made"):
            endpoint = load_online_endpoint(DESCRIPTION, params_override=override)
            _patiently(lambda: self.client.online_endpoints.begin_create_or_update(endpoint))

    def deploy(self, deployment: OnlineDeployment) -> None:
        """Start the machines of a release, without requests, and wait until they are ready."""
        colour = str(deployment.name)
        self.remove(colour)  # what an attempt before may have left
        try:
            with explained(f"{colour} of {self.name} does not start"):
                _patiently(
                    lambda: self.client.online_deployments.begin_create_or_update(deployment)
                )
        except DeploymentError as error:
            printed = self._printed(colour)
            raise DeploymentError(f"{error}\n{printed}" if printed else str(error)) from error

    def direct(self, traffic: Mapping[str, int], mirror: Mapping[str, int] | None = None) -> None:
        """Say what share of the requests each colour gets, and of what share a copy."""
        with explained(f"The requests to {self.name} cannot be directed"):
            endpoint = self.client.online_endpoints.get(self.name)
            before = _shares(endpoint.traffic), _shares(endpoint.mirror_traffic)
            if before == (dict(traffic), dict(mirror or {})):
                return
            endpoint.traffic = dict(traffic)
            endpoint.mirror_traffic = dict(mirror or {})
            _patiently(lambda: self.client.online_endpoints.begin_create_or_update(endpoint))

    def remove(self, colour: str) -> None:
        """Stop the machines of a deployment that gets no requests; nothing if there is none."""
        if self.deployment(colour) is None:
            return
        with explained(f"{colour} of {self.name} cannot be removed"):
            _patiently(lambda: self.client.online_deployments.begin_delete(colour, self.name))

    def destroy(self) -> None:
        """Remove the endpoint and its deployments; nothing if there is none."""
        if self.endpoint() is None:
            return
        with explained(f"The endpoint {self.name} cannot be removed"):
            _patiently(lambda: self.client.online_endpoints.begin_delete(self.name))

    def _printed(self, colour: str) -> str:
        try:
            return str(self.client.online_deployments.get_logs(colour, self.name, LINES))
        except (AzureError, MlException):
            return ""  # it may not have come so far


def _shares(traffic: Mapping[str, int] | None) -> dict[str, int]:
    return {colour: share for colour, share in (traffic or {}).items() if share}


def _patiently(begin: Callable[[], LROPoller[Any]]) -> None:
    """Begin something and wait for its end; try again while another change is under way."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            begin().result()
            return
        except HttpResponseError as error:
            if error.status_code != 409 or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)

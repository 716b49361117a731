"""The service as a replica of Ray Serve runs it, in the process of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from httpx2 import Client
from starlette.testclient import TestClient

from {{ cookiecutter.package_name }}.serving.app import create_app
from {{ cookiecutter.package_name }}.serving.settings import Settings


@contextmanager
def running(settings: Settings) -> Iterator[Client]:
    """Start the service, give a client of it, and stop it in order."""
    with TestClient(create_app(settings)) as client:
        yield client

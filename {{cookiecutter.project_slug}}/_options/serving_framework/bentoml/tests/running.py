"""The service on BentoML, run in the process of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from httpx2 import Client
from starlette.testclient import TestClient

from {{ cookiecutter.package_name }}.serving import logs
from {{ cookiecutter.package_name }}.serving.app import create_bento
from {{ cookiecutter.package_name }}.serving.settings import Settings


@contextmanager
def running(settings: Settings) -> Iterator[Client]:
    """Start the service, give a client of it, and stop it in order."""
    bento = create_bento(settings)
    # Logs are for the test to read, and not for stdout.
    with patch.object(logs, "configure"), TestClient(bento.to_asgi()) as client:
        yield client

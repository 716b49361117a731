"""The service in the process of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from starlette.testclient import TestClient

from {{ cookiecutter.package_name }}.serving.app import create_bento
from {{ cookiecutter.package_name }}.serving.settings import Settings


@contextmanager
def running(settings: Settings) -> Iterator[httpx2.Client]:
    """Give a client of the service, which runs in the meantime."""
    with TestClient(create_bento(settings).to_asgi()) as client:
        yield client

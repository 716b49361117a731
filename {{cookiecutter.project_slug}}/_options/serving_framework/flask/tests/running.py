"""The service on Flask, run in the process of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from httpx2 import Client, WSGITransport

from {{ cookiecutter.package_name }}.serving.app import create_app
from {{ cookiecutter.package_name }}.serving.settings import Settings


@contextmanager
def running(settings: Settings) -> Iterator[Client]:
    """Start the service, give a client of it, and stop it in order."""
    app = create_app(settings)
    app.service.start()
    try:
        with Client(transport=WSGITransport(app=app), base_url="http://service") as client:
            yield client
    finally:
        app.service.stop()

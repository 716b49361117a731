"""A project on Google Cloud that is only here: its environment, its buckets, and someone signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from gcp_storage_emulator.server import create_server
from google.auth.credentials import AnonymousCredentials

from {{ cookiecutter.package_name }}.deployment import gcp
from {{ cookiecutter.package_name }}.ports import free_port

ID = "flights-4711"
NUMBER = 1234  # which the emulator gives to each bucket's project
REGION = "europe-west1"


@contextmanager
def empty_project() -> Iterator[str]:
    """Be signed in to a project without anything in it; gives the URL of its storage.

    The storage is an emulator: it keeps what it is told, and lets everyone do everything.
    """
    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True)
    server.start()
    url = f"http://127.0.0.1:{port}"
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STORAGE_EMULATOR_HOST", url)
            patch.setenv("GOOGLE_CLOUD_PROJECT", ID)
            patch.setenv("GOOGLE_CLOUD_REGION", REGION)
            patch.setattr(gcp, "credentials", anonymous)
            patch.setattr(gcp, "project_number", lambda: NUMBER)
            yield url
    finally:
        server.stop()


def anonymous() -> Any:
    return AnonymousCredentials()  # type: ignore[no-untyped-call]

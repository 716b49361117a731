"""The service does what it has to in the container that `make deploy` runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.client import ask
from {{ cookiecutter.package_name }}.deployment.platform import OPTIONS
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .hosting import Hosted, announce, docker, hosted

NEEDS_IMAGE = "`make conformance` runs the image; what runs here is the server without it"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Hosted]:
    with hosted(tmp_path / "log", *OPTIONS) as service:
        yield service


def test_it_answers_at_the_port_that_it_is_given(service: Hosted) -> None:
    answer, model = ask(service.url, [example_instance()])
    assert answer["model"]["version"] == model["version"]


def test_it_refuses_a_body_that_is_too_large_before_it_has_come(service: Hosted) -> None:
    assert announce(f"{service.url}/predict", Settings().max_body_bytes + 1) == 413


def test_it_ends_in_order(service: Hosted) -> None:
    assert service.stop(grace=60) == 0


def test_it_can_write_nowhere_but_below_tmp(service: Hosted) -> None:
    if not service.contained:
        pytest.skip(NEEDS_IMAGE)
    assert docker("exec", service.name, "id", "-u") == "1000"
    script = "for folder in /app /home /var /tmp; do touch $folder/x && echo $folder; done; true"
    assert docker("exec", service.name, "sh", "-c", script) == "/tmp"  # noqa: S108

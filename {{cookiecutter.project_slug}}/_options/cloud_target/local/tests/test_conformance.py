"""The service does what it has to in the container that `make deploy` runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.client import ask
from {{ cookiecutter.package_name }}.deployment.platform import OPTIONS
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .hosting import Hosted, announce, docker, hosted, needs_image


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosted(tmp_path_factory.mktemp("hosted") / "log", *OPTIONS) as service:
        yield service


def test_it_answers_at_the_port_that_it_is_given(service: Hosted) -> None:
    answer, model = ask(service.url, [example_instance()])
    assert answer["model"]["version"] == model["version"]


def test_it_refuses_a_body_that_is_too_large_before_it_has_come(service: Hosted) -> None:
    assert announce(f"{service.url}/predict", Settings().max_body_bytes + 1) == 413


def test_it_ends_in_order(tmp_path: Path) -> None:
    with hosted(tmp_path / "log", *OPTIONS) as service:
        assert service.stop(grace=60) == 0


@needs_image
def test_it_can_write_nowhere_but_below_tmp(service: Hosted) -> None:
    assert docker("exec", service.name, "id", "-u") == "1000"
    script = "for folder in /app /home /var /tmp; do touch $folder/x && echo $folder; done; true"
    assert docker("exec", service.name, "sh", "-c", script) == "/tmp"  # noqa: S108

"""Lines of every kind that the service writes."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.serving import logs, predictor
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import Json, with_other
from .running import running

TRACE = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}


def as_written(records: list[logging.LogRecord]) -> list[Json]:
    return [json.loads(logs.formatter().format(record)) for record in records]


def lines_of_every_kind(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> list[Json]:
    """Return what a service says that notes everything, when it answers, refuses and fails."""
    caplog.set_level(logging.INFO)
    for name in ("SENSITIVE", "SENSITIVE_TARGET"):
        monkeypatch.setattr(logs, name, ())
    noting = with_other(settings, log_sample=1, access_log="all", log_error_messages=True)
    body = {"instances": [example_instance()]}
    with running(noting) as client:
        client.post("/predict", json=body, headers=TRACE)
        client.post("/predict", content=b"{")
        monkeypatch.setattr(predictor, "encode", lambda _: 1 / 0)
        client.post("/predict", json=body)
    return as_written(caplog.records)


def field_names(line: Json, prefix: str = "") -> Iterator[str]:
    """Give the names of a line's fields, as queries name them."""
    value: Any
    for name, value in line.items():
        if isinstance(value, dict):
            yield from field_names(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"

"""What is asked of the log in CloudWatch is there. CloudWatch itself is not, nor what stands in for it."""

import re

import pytest

from {{ cookiecutter.package_name }}.serving import logs
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import ROOT
from .said import field_names, lines_of_every_kind

STACK = ROOT / "infra" / "service"
# What CloudWatch adds to each line.
ADDED = {"@timestamp", "@message"}


def test_queries_and_metrics_ask_for_fields_that_lines_have(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = lines_of_every_kind(settings, caplog, monkeypatch)
    known = {name for line in lines for name in field_names(line)} | ADDED
    assert asked_by_queries() - known == set()
    assert asked_by_metrics() - known == set()


def asked_by_queries() -> set[str]:
    """Return the fields that the saved queries name."""
    text = (STACK / "log_queries.tf").read_text(encoding="utf-8")
    queries = re.findall(r"<<-QUERY\n(.*?)\n +QUERY", text, re.DOTALL)
    assert len(queries) == 5
    found: set[str] = set()
    for query in queries:
        names = re.sub(r'"[^"]*"', "", query)
        found.update(re.findall(r"@\w+|\b[a-z_]+(?:\.[a-z_]+)+\b", names))
    return found


def asked_by_metrics() -> set[str]:
    """Return the fields that the filters of the metrics name."""
    text = (STACK / "log_metrics.tf").read_text(encoding="utf-8")
    found = set(re.findall(r"\$\.([a-z_.]+)", text))
    assert found
    return found


def test_each_data_set_has_a_query_of_its_own() -> None:
    text = (STACK / "log_queries.tf").read_text(encoding="utf-8")
    asked = re.findall(r'event\.dataset = "([^"]+)"', text)
    assert sorted(asked) == sorted([logs.INPUT, logs.PREDICTION, logs.ERROR, logs.SYSTEM])


def test_errors_are_what_the_service_calls_errors() -> None:
    text = (STACK / "log_metrics.tf").read_text(encoding="utf-8")
    assert f'$.event.dataset = \\"{logs.ERROR}\\"' in text

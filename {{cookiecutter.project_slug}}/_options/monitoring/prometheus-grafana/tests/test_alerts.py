"""Prometheus and Alertmanager take their files, and alerts fire when they have to, and only then."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

{% if cookiecutter.serving_framework == "flask" %}
from {{ cookiecutter.package_name }}.serving.gunicorn_config import threads
{% else %}
from {{ cookiecutter.package_name }}.serving.settings import Settings
{% endif %}

from .conftest import ROOT

PROMETHEUS = ROOT / "monitoring" / "prometheus"
ALERTMANAGER = ROOT / "monitoring" / "alertmanager" / "alertmanager.yml"


def run(program: str, *arguments: str, folder: Path = PROMETHEUS) -> str:
    """Run a program, fail with what it says if it fails, and return what it prints."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    result = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def content(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def test_prometheus_takes_its_files() -> None:
    run("promtool", "check", "config", "prometheus.yml")


def test_each_alert_fires_when_it_has_to_and_only_then() -> None:
    run("promtool", "test", "rules", "alerts_test.yml")


def test_each_alert_is_shown_firing_and_not_firing() -> None:
    groups = content(PROMETHEUS / "alerts.yml")["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    cases = [
        case
        for test in content(PROMETHEUS / "alerts_test.yml")["tests"]
        for case in test["alert_rule_test"]
    ]
    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == alerts
    assert {case["alertname"] for case in cases if not case.get("exp_alerts")} == alerts


def test_more_requests_can_wait_than_raise_an_alert() -> None:
    groups = content(PROMETHEUS / "alerts.yml")["groups"]
    rules = {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}
    assert float(rules["RequestsWait"].rpartition("> ")[2]) < {{ "threads" if cookiecutter.serving_framework == "flask" else "Settings().queue_max_requests" }}


def test_alertmanager_takes_its_file() -> None:
    run("amtool", "check-config", str(ALERTMANAGER))


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        (("severity=ticket", "action=retrain"), "retraining,people"),
        (("severity=ticket",), "people"),
        (("severity=page",), "people"),
    ],
)
def test_alerts_go_where_they_have_to(labels: tuple[str, ...], receivers: str) -> None:
    config = f"--config.file={ALERTMANAGER}"
    assert run("amtool", "config", "routes", "test", config, *labels).strip() == receivers

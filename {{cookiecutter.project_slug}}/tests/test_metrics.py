"""Workers share their metrics, and those that have ended are not counted among the living."""

import os
import subprocess
import sys
from pathlib import Path

WAITS = """
from {{ cookiecutter.package_name }}.serving.metrics import Metrics
metrics = Metrics()
metrics.model_changed(None, ("model", "old"))
metrics.request_done("/predict", 200, 0.001)
metrics.waiting.set(3)
print(metrics.render().decode())
"""
ASKS = """
from {{ cookiecutter.package_name }}.serving.metrics import Metrics
metrics = Metrics()
metrics.model_changed(None, ("model", "new"))
print(metrics.render().decode())
"""

OLD = 'model_info{name="model",version="old"} 1.0'
NEW = 'model_info{name="model",version="new"} 1.0'


def work(script: str, folder: Path) -> set[str]:
    """Return what a worker of its own tells, as lines without those that explain them."""
    command = (sys.executable, "-c", script)
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    lines = subprocess.check_output(command, env=environment, text=True).splitlines()
    return {line for line in lines if not line.startswith("#")}


def test_a_worker_that_has_ended_leaves_its_counters_and_no_gauges(tmp_path: Path) -> None:
    requests = 'requests_total{route="/predict",status="200"} 1.0'
    of_one = work(WAITS, tmp_path)
    assert {"waiting_requests 3.0", requests, OLD} <= of_one
    of_both = work(ASKS, tmp_path)
    assert {"waiting_requests 0.0", requests, NEW} <= of_both
    assert OLD not in of_both

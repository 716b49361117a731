"""A generated project passes its own checks, and its pipeline ends with a model that is served."""

import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from .conftest import CONFIG, PROJECTS, Bake, Project

MAIN_METRIC = {"classification": "roc_auc", "regression": "mae"}


def in_environment(project: Project, *command: str) -> str:
    return project.succeeds("uv", "run", "--quiet", *command)


def test_it_is_formatted_and_typed(project: Project) -> None:
    project.succeeds("make", "lint")


def test_its_own_tests_pass(project: Project) -> None:
    output = project.succeeds("make", "test")
    assert re.search(r"\d{3} passed", output)
    assert "failed" not in output


def test_its_hooks_pass_on_every_file(project: Project) -> None:
    in_environment(project, "pre-commit", "run", "--all-files")


def test_the_pipeline_runs_once_and_then_has_nothing_to_do(trained: Project) -> None:
    output = trained.succeeds("make", "train")
    assert "Data and pipelines are up to date." in output
    assert "is the champion already" in output
    assert (trained.path / ".dvc-storage").is_dir()


def test_the_model_beats_the_baseline(trained: Project) -> None:
    metrics = json.loads(trained.read("reports/metrics.json"))
    metric = MAIN_METRIC[trained.answers["problem_type"]]
    model, baseline = metrics["model"][metric], metrics["baseline"][metric]
    if metric == "roc_auc":
        assert baseline == 0.5
        assert model > 0.68
    else:
        assert model < 0.97 * baseline


def test_dvc_understands_metrics_plots_and_stages(trained: Project) -> None:
    shown = in_environment(trained, "dvc", "metrics", "show")
    assert f"model.{MAIN_METRIC[trained.answers['problem_type']]}" in shown
    graph = in_environment(trained, "dvc", "dag")
    for stage in ("collect", "validate", "split", "train", "evaluate", "bundle"):
        assert stage in graph
    in_environment(trained, "dvc", "plots", "show", "--out", str(trained.path / ".dvc/tmp/plots"))
    page = trained.read(".dvc/tmp/plots/index.html")
    title = {"classification": "Calibration", "regression": "Residuals"}[
        trained.answers["problem_type"]
    ]
    assert title in page


def test_mlflow_knows_the_champion_and_can_load_it(trained: Project) -> None:
    script = """
import json
import mlflow, pandas as pd
from flight_delay.encoding import FEATURES
client = mlflow.MlflowClient("sqlite:///mlflow.db")
version = client.get_model_version_by_alias("flight-delay", "champion")
run = client.get_run(version.run_id)
mlflow.set_tracking_uri("sqlite:///mlflow.db")
model = mlflow.pyfunc.load_model("models:/flight-delay@champion")
rows = pd.read_parquet("data/split/test.parquet")
print(json.dumps({
    "tags": run.data.tags, "metrics": run.data.metrics, "params": run.data.params,
    "digest": version.tags["bundle_digest"], "rows": len(rows),
    "predicted": len(model.predict(rows[[feature.name for feature in FEATURES]])),
}))
"""
    known = json.loads(in_environment(trained, "python", "-c", script).splitlines()[-1])
    lock = trained.read("dvc.lock")
    assert known["tags"]["data.md5"] in lock
    assert known["tags"]["git.commit"] == trained.succeeds("git", "rev-parse", "HEAD").strip()
    assert f"model.{MAIN_METRIC[trained.answers['problem_type']]}" in known["metrics"]
    assert known["params"]["max_iter"] == "200"
    assert known["rows"] == known["predicted"]


def test_bad_data_stops_at_validate_and_nothing_after_it_runs(
    trained: Project, request: pytest.FixtureRequest
) -> None:
    dataset = trained.path / "src" / "flight_delay" / "dataset.py"
    original = dataset.read_text(encoding="utf-8")

    def restore() -> None:
        dataset.write_text(original, encoding="utf-8")
        in_environment(trained, "dvc", "repro", "--quiet")

    request.addfinalizer(restore)
    spoiled = original.replace(
        "return flights.filter(",
        "flights.loc[flights.index[:7], 'distance'] = -1\n    return flights.filter(",
    )
    assert spoiled != original
    dataset.write_text(spoiled, encoding="utf-8")
    result = trained.run("make", "train")
    assert result.returncode != 0
    assert "distance: greater_than_or_equal_to(0" in result.stdout
    assert "7 rows, such as -1.0" in result.stdout
    assert "Running stage 'split'" not in result.stdout
    report = json.loads(trained.read("reports/validation.json"))
    assert report["problems"][0]["column"] == "distance"


# Frameworks and formats that PROJECTS do not have, and all pairs of both that are left.
OTHERS = (("bentoml", "onnx"), ("ray-serve", "pickle"))
SEEN = {*OTHERS, *((a["serving_framework"], a["model_format"]) for a in PROJECTS)}
REST = sorted(set(product(CONFIG["serving_framework"], CONFIG["model_format"])) - SEEN)


def test_each_framework_and_format_is_tested_at_least_once() -> None:
    frameworks, formats = zip(*SEEN, strict=True)
    assert set(frameworks) == set(CONFIG["serving_framework"])
    assert set(formats) == set(CONFIG["model_format"])


@pytest.mark.parametrize(("serving_framework", "model_format"), OTHERS)
def test_another_framework_and_format_is_trained_and_served(
    bake: Bake, serving_framework: str, model_format: str
) -> None:
    project = bake(serving_framework=serving_framework, model_format=model_format)
    project.succeeds("make", "setup")
    project.succeeds("make", "lint")
    project.succeeds("make", "test")
    assert "is the first champion" in project.succeeds("make", "train")
    with served(project) as url:
        assert fetch(f"{url}/model")[1]["model_format"] == model_format
        fuzz(url, project)


@pytest.mark.slow
@pytest.mark.parametrize(("serving_framework", "model_format"), REST)
def test_every_framework_serves_every_format(
    bake: Bake, serving_framework: str, model_format: str
) -> None:
    project = bake(serving_framework=serving_framework, model_format=model_format)
    project.succeeds("make", "setup")
    # What a server does when it starts and ends does not depend on the format.
    but_servers = ("--ignore=tests/test_server.py", "--ignore=tests/test_serve_run.py")
    in_environment(project, "pytest", *but_servers)
    project.succeeds("make", "train")
    with served(project) as url:
        model = fetch(f"{url}/model")[1]
        assert model["model_format"] == model_format
        assert fetch(f"{url}/predict", {"instances": [model["example"]["instance"]]})[0] == 200


@pytest.mark.slow
def test_it_works_without_a_git_repository(bake: Bake) -> None:
    project = bake(init_git=False)
    project.succeeds("make", "setup")
    assert "is the first champion" in project.succeeds("make", "train")


@contextmanager
def served(project: Project, **settings: str) -> Iterator[str]:
    """Serve a project with `make serve`, and give its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        ["make", "serve"],
        cwd=project.path,
        env=project.environment({"PORT": str(port)} | settings),
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while fetch(f"{url}/health/live")[0] != 200:  # ready soon after, or not at all
            assert process.poll() is None and time.monotonic() < deadline, "no server"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()  # make passes it on, and waits
        process.wait(timeout=60)


def fetch(url: str, content: Any = None) -> tuple[int, Any]:
    """Return status and JSON of an answer; status 0 if there is none."""
    body = None if content is None else json.dumps(content).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        # Before the service has begun, a proxy may answer for it, and not in JSON.
        is_json = "json" in error.headers.get_content_type()
        return error.code, json.load(error) if is_json else None
    except OSError:
        return 0, None


def test_the_served_prediction_is_that_of_the_model(trained: Project) -> None:
    with served(trained) as url:
        status, model = fetch(f"{url}/model")
        assert status == 200
        example = model["example"]
        status, answer = fetch(f"{url}/predict", {"instances": [example["instance"]]})
        assert status == 200
        shown = trained.succeeds("make", "predict", PORT=url.rsplit(":", 1)[1])
        assert fetch(f"{url}/predict", {"instances": [{}]})[0] == 422
    (prediction,) = answer["predictions"]
    raw = prediction.get("probability", prediction.get("value"))
    assert raw == pytest.approx(example["raw_prediction"], rel=1e-9)
    assert model["version"] in shown
    script = """
from pathlib import Path
from flight_delay.bundle import model_format
from flight_delay.bundle.storage import example_table
from flight_delay.encoding import encode
from flight_delay.example import example_instance
predict = model_format.load(Path("models/champion", model_format.FILE).read_bytes())
print(predict(encode(example_table(example_instance())))[0])
"""
    in_process = float(in_environment(trained, "python", "-c", script))
    assert raw == pytest.approx(in_process, rel=1e-9)


def test_a_tampered_bundle_is_not_served(trained: Project, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    trained.succeeds("cp", "-r", "models/champion", str(bundle))
    (model,) = bundle.glob("model.*")
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    with served(trained, MODEL_DIR=str(bundle)) as url:
        status, problem = fetch(f"{url}/health/ready")
        assert status == 503
        assert problem["title"] == "Service Unavailable"
        assert fetch(f"{url}/predict", {"instances": []})[0] == 503


def test_the_api_keeps_its_word_under_fuzzing(trained: Project) -> None:
    with served(trained) as url:
        fuzz(url, trained)


def fuzz(url: str, project: Project) -> None:
    """Send what the OpenAPI document allows and what it does not to every route."""
    command = ["schemathesis", "run", f"{url}/openapi.json", "--checks=all", "--no-color"]
    result = subprocess.run(
        [*command, "--max-examples=30", "--seed=1"],
        capture_output=True,
        text=True,
        cwd=project.path.parent,
    )
    assert result.returncode == 0, result.stdout[-6000:]

"""Every framework serves every format, and keeps the same word."""

from itertools import product
from pathlib import Path

import pytest

from .conftest import (
    CONFIG,
    OTHERS,
    PROJECTS,
    SERVING_ENVIRONMENT,
    WITHOUT_THE_SAME,
    Bake,
    Project,
    in_environment,
)
from .serving import answers_rightly, fetch, fuzz, served

# All pairs of framework and format, but those that other tests are about.
SEEN = {
    *((framework, model_format) for framework, model_format, *_ in OTHERS),
    *((project["serving_framework"], project["model_format"]) for project in PROJECTS),
}
REST = sorted(set(product(CONFIG["serving_framework"], CONFIG["model_format"])) - SEEN)

# The generated tests of what a format has a part in. What a server does with its requests does not depend on it.
OF_FORMATS = [f"tests/test_{name}.py" for name in ("bundle", "guarding", "model_format")]


def test_each_framework_and_format_is_tested_at_least_once() -> None:
    frameworks, formats = zip(*SEEN, strict=True)
    assert set(frameworks) == set(CONFIG["serving_framework"])
    assert set(formats) == set(CONFIG["model_format"])


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


@pytest.mark.long
def test_another_framework_and_format_passes_its_own_checks(other: Project) -> None:
    other.succeeds("make", "lint")
    other.succeeds("make", "test", **WITHOUT_THE_SAME)


def test_another_framework_and_format_is_served(other: Project) -> None:
    with served(other) as url:
        assert fetch(f"{url}/model")[1]["model_format"] == other.answers["model_format"]
        fuzz(url, other)


@pytest.mark.slow
@pytest.mark.parametrize(("serving_framework", "model_format"), REST)
def test_every_framework_serves_every_format(
    bake: Bake, serving_framework: str, model_format: str
) -> None:
    project = bake(serving_framework=serving_framework, model_format=model_format)
    project.succeeds("make", "setup")
    in_environment(project, "pytest", *OF_FORMATS)
    project.succeeds("make", "train")
    # `uv run` alone would keep what a project before had installed.
    environment = {"UV_PROJECT_ENVIRONMENT": str(SERVING_ENVIRONMENT)}
    project.succeeds("uv", "sync", "--quiet", "--no-default-groups", **environment)
    only_serving = ("uv", "run", "--quiet", "--no-default-groups")
    command = (*only_serving, "python", "-m", "flight_delay", "serve")
    with served(project, *command, **environment) as url:
        assert answers_rightly(url, model_format)
    superfluous = {"dvc", "mlflow", "pandas"} | (
        {"scikit_learn"} if model_format == "onnx" else set()
    )
    assert not superfluous & installed(SERVING_ENVIRONMENT)


def installed(environment: Path) -> set[str]:
    """Return the names of the distributions in an environment."""
    found = environment.glob("lib/*/site-packages/*.dist-info")
    return {folder.name.split("-")[0].lower() for folder in found}

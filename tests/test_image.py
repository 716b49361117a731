"""The image of a project, built and run by a real Docker daemon."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Bake, Project
from .image import BASE, BUILD, DOCKER, built, docker, docker_is_there, inspected, running
from .serving import answers_rightly, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not docker_is_there(), reason="no Docker daemon can be reached"),
]

LARGEST = {"joblib": 350e6, "onnx": 220e6}  # bytes above the base image, with FastAPI
LONGEST_START = 3.0  # seconds


@pytest.fixture(scope="module")
def image(trained: Project) -> Iterator[str]:
    """The image of each project that the tests of generated projects are about."""
    image = built(trained)
    yield image
    docker("rmi", "--force", image)


def champion(project: Project) -> dict[str, str]:
    found: dict[str, str] = json.loads(project.read("models/champion/bundle.json"))
    return found


def test_it_answers_rightly_and_ends_in_order(trained: Project, image: str) -> None:
    with running(image) as container:
        assert answers_rightly(container.url, trained.answers["model_format"])
        assert container.ready_after < LONGEST_START
        assert container.stop() == 0


def test_the_image_of_another_framework_answers_rightly_and_ends_in_order(other: Project) -> None:
    image = built(other)
    with running(image) as container:
        assert answers_rightly(container.url, other.answers["model_format"])
        assert container.stop() == 0
    docker("rmi", "--force", image)


def test_its_labels_say_what_is_in_it(trained: Project, image: str) -> None:
    commit = trained.succeeds("git", "rev-parse", "HEAD").strip()
    labels = inspected(image)["Config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == commit
    assert labels["org.opencontainers.image.version"] == champion(trained)["version"]


def test_it_is_small(trained: Project, image: str, tmp_path: Path) -> None:
    if trained.answers["serving_framework"] != "fastapi":
        pytest.skip("the limits are for FastAPI")
    assert added(image) < LARGEST[trained.answers["model_format"]]
    assert added(image) < installed_by_mlflow(trained, tmp_path) / 2


def test_it_is_smaller_still_with_onnx(bake: Bake, tmp_path: Path) -> None:
    project = bake(model_format="onnx")
    project.succeeds("make", "setup")
    project.succeeds("make", "train")
    image = built(project)
    with running(image) as container:
        assert answers_rightly(container.url, "onnx")
        assert container.ready_after < LONGEST_START
    assert added(image) < LARGEST["onnx"]
    assert added(image) < installed_by_mlflow(project, tmp_path) / 2
    docker("rmi", "--force", image)


def added(image: str) -> int:
    """Return how many bytes an image adds to its base."""
    size: int = inspected(image)["Size"] - inspected(BASE)["Size"]
    return size


def installed_by_mlflow(project: Project, folder: Path) -> int:
    """Return the bytes of the packages that `mlflow models build-docker` would install.

    They are those that MLflow has noted with the model. pip, which it uses, compiles them.
    """
    requirements = next((project.path / "mlruns").rglob("requirements.txt"))
    environment = folder / "environment"
    project.succeeds("uv", "venv", "--quiet", str(environment))
    install = ("uv", "pip", "install", "--quiet", "--compile-bytecode")
    python = f"--python={environment}/bin/python"
    project.succeeds(*install, python, "--requirement", str(requirements))
    return sum(file.lstat().st_size for file in environment.rglob("*") if file.is_file())


def test_it_has_no_tools_to_build_with(image: str) -> None:
    tools = "for tool in uv pip3 gcc make git dvc mlflow; do command -v $tool; done; true"
    found = docker("run", "--rm", "--entrypoint=sh", image, "-c", tools).split()
    assert [tool for tool in found if tool != "/usr/local/bin/pip3"] == []


def test_it_runs_as_a_user_without_rights(image: str) -> None:
    assert inspected(image)["Config"]["User"] == "1000"


def test_it_takes_a_model_from_elsewhere(trained: Project, image: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    trained.succeeds("cp", "-r", "models/champion", str(elsewhere))
    manifest = elsewhere / "bundle.json"
    text = manifest.read_text(encoding="utf-8").replace('"version": "', '"version": "else-')
    manifest.write_text(text, encoding="utf-8")
    with running(image, f"--volume={elsewhere}:/model:ro", MODEL_URI="/model") as container:
        assert answers_rightly(container.url, trained.answers["model_format"])


def test_a_model_that_was_altered_ends_the_build(trained: Project, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    trained.succeeds("cp", "-r", ".", str(copy))
    (model,) = (copy / "models" / "champion").glob("model.*")
    model.write_bytes(model.read_bytes() + b"x")
    altered = Project(copy, trained.answers)
    assert "was altered" in altered.run("make", "image", **BUILD).stdout
    straight = altered.run(DOCKER, "build", "--network=host", ".", **BUILD)
    assert straight.returncode != 0
    assert "was altered" in straight.stdout


def test_a_release_is_deployed_and_a_bad_one_rolled_back(trained: Project) -> None:
    if trained.answers["cloud_target"] != "local":
        pytest.skip("it deploys to a cloud")
    settings = {**BUILD, "YES": "1", "API_KEY": "secret"}
    secrets = trained.path / ".env"
    secrets.write_text("API_KEYS=secret\n", encoding="utf-8")
    version = champion(trained)["version"]
    try:
        shown = trained.succeeds("make", "deploy", "ENV=staging", **settings)
        assert f"{version} answers on http://127.0.0.1:8081" in shown
        secrets.write_text("API_KEYS=another\n", encoding="utf-8")
        refused = trained.run("make", "deploy", "ENV=staging", **settings)
        assert refused.returncode != 0
        assert f"Rolled back: {version} runs again" in refused.stdout
        wait_for("http://127.0.0.1:8081/health/ready")
        trained.succeeds("make", "predict", API_KEY="secret", PORT="8081")
    finally:
        trained.succeeds("make", "destroy", "ENV=staging", **settings)
        secrets.unlink()

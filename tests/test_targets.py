"""A project for each cloud target passes its checks, and its image keeps the platform's contract."""

import shutil
from pathlib import Path

import pytest

from .conftest import CONFIG, PROJECTS, REST, TEMPLATE, Bake, Project, in_environment
from .image import BUILD, docker, docker_is_there

TARGETS = CONFIG["cloud_target"]


def own_tests(question: str, choice: str) -> list[str]:
    """Return the tests that only projects with a choice have.

    What it shares with other choices is an include, and tested in their projects.
    """
    folder = TEMPLATE / "_options" / question / choice / "tests"
    own = [
        path for path in folder.glob("test_*.py") if not path.read_text().startswith("{% include")
    ]
    return sorted(f"tests/{path.name}" for path in own)


@pytest.mark.parametrize("target", REST)
def test_a_project_for_another_target_passes_its_own_checks(bake: Bake, target: str) -> None:
    project = bake(cloud_target=target)
    project.succeeds("make", "setup")
    project.succeeds("make", "lint")
    in_environment(project, "pytest", *own_tests("cloud_target", target))


@pytest.mark.parametrize(
    ("target", "framework"),
    [
        ("aws-lambda", "fastapi"),
        pytest.param("aws-sagemaker", "ray-serve", marks=pytest.mark.slow),
        pytest.param("aws-ec2", "flask", marks=pytest.mark.slow),
    ],
)
def test_a_project_that_cloudwatch_watches_passes_its_own_checks(
    bake: Bake, target: str, framework: str
) -> None:
    project = bake(cloud_target=target, monitoring="cloudwatch", serving_framework=framework)
    project.succeeds("make", "setup")
    project.succeeds("make", "lint")
    in_environment(project, "pytest", *own_tests("monitoring", "cloudwatch"))


@pytest.mark.slow
@pytest.mark.skipif(not docker_is_there(), reason="no Docker daemon can be reached")
@pytest.mark.parametrize("project", PROJECTS[:1], ids=["default"], indirect=True)
@pytest.mark.parametrize("target", TARGETS)
def test_the_image_keeps_the_contract_of_its_platform(
    bake: Bake, trained: Project, target: str
) -> None:
    project = bake(project_name="Hosted", cloud_target=target)
    project.succeeds("make", "setup")
    # A model does not depend on where it is going to run.
    shutil.copytree(trained.path / "models" / "champion", project.path / "models" / "champion")
    project.succeeds("make", "image", **BUILD)
    try:
        assert "passed" in project.succeeds("make", "conformance", **BUILD)
    finally:
        docker("rmi", "--force", "hosted:latest")


@pytest.mark.parametrize(("status", "told"), [(0, True), (1, False)], ids=["buildx", "no-buildx"])
def test_sagemakers_images_are_in_dockers_own_format(
    bake: Bake, tmp_path: Path, status: int, told: bool
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\nexit {status}\n", encoding="utf-8")
    docker.chmod(0o755)
    project = bake(cloud_target="aws-sagemaker", init_git=False)
    shown = project.succeeds("make", "--dry-run", "image", f"DOCKER={docker}")
    assert ("--output type=docker,oci-mediatypes=false" in shown) is told
    assert "BUILDX_NO_DEFAULT_ATTESTATIONS=1" in shown

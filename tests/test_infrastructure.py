"""Real checkers on the infrastructure of each cloud target."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import TEMPLATE, Bake, Project
from .test_files import check

OPTIONS = TEMPLATE / "_options"
TARGETS = sorted({path.parts[-4] for path in OPTIONS.glob("cloud_target/*/infra/*/versions.tf")})
# What other choices add to the infrastructure of targets that go with them.
ADDED = {
    path.parts[-3]: path.parts[-2]
    for path in sorted(OPTIONS.glob("*/*/infra"))
    if path.parts[-3] != "cloud_target"
}
PROJECTS = [
    {"cloud_target": target} | added
    for target in TARGETS
    for added in ({}, ADDED)
    if not added or target.startswith("aws-")
]


def name_of(project: dict[str, str]) -> str:
    return "-".join(project.values())


needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None, reason="terraform is not installed here"
)


STACKS = [
    pytest.param((project, stack.parent.name), id=f"{name_of(project)}-{stack.parent.name}")
    for project in PROJECTS
    for stack in sorted(OPTIONS.glob(f"cloud_target/{project['cloud_target']}/infra/*/versions.tf"))
]


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, bake: Bake) -> Path:
    """A folder of Terraform, for the longest slug that there can be."""
    answers, folder = request.param
    project = bake(**answers, project_slug="a" * 40, init_git=False)
    return Path(project.path, "infra", folder)


@needs_terraform
def test_terraform_is_formatted_valid_and_does_what_its_tests_say(stack: Path) -> None:
    terraform(stack, "fmt", "-check", "-diff", "-recursive")
    initialised = run(stack, "terraform", "init", "-backend=false", "-input=false")
    if "could not connect to registry" in initialised.stdout:
        pytest.skip("no provider of Terraform can be downloaded")
    assert initialised.returncode == 0, initialised.stdout
    terraform(stack, "validate")
    assert "0 failed" in terraform(stack, "test")


@pytest.mark.parametrize("answers", PROJECTS, ids=name_of)
def test_scanners_find_nothing_in_terraform_that_is_not_explained(
    bake: Bake, answers: dict[str, str]
) -> None:
    project = bake(**answers, init_git=False)
    check(project.path, "checkov", "--directory=infra", "--skip-download", "--compact", "--quiet")
    scan(project)


def scan(project: Project) -> None:
    check(
        project.path,
        "trivy",
        "config",
        "--skip-check-update",
        "--severity=MEDIUM,HIGH,CRITICAL",
        "--exit-code=1",
        "--quiet",
        "infra",
    )


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_what_kustomize_makes_is_valid(bake: Bake, tmp_path: Path, environment: str) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed here")
    project = bake(cloud_target="kubernetes", init_git=False)
    made = project.succeeds("kubectl", "kustomize", f"infra/overlays/{environment}")
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(made, encoding="utf-8")
    check(tmp_path, "kubernetes-validate", "--strict", manifest.name)
    rules = str(project.path / "infra/checkov.yaml")
    files = ("--skip-download", "--file", manifest.name)
    check(tmp_path, "checkov", f"--config-file={rules}", *files)
    scan(project)


def terraform(folder: Path, *arguments: str) -> str:
    result = run(folder, "terraform", *arguments)
    assert result.returncode == 0, result.stdout
    return result.stdout


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"TF_CLI_ARGS": "-no-color"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

"""Real checkers on the infrastructure of each cloud target."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import CONFIG, TEMPLATE, Bake, Project
from .test_files import check

OPTIONS = TEMPLATE / "_options" / "cloud_target"
STACKS = [
    (target, stack.parent.relative_to(OPTIONS / target).as_posix())
    for target in CONFIG["cloud_target"]
    for stack in sorted((OPTIONS / target).glob("infra/*/versions.tf"))
]
needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None, reason="terraform is not installed here"
)


@pytest.fixture(params=STACKS, ids=lambda stack: "-".join(stack))
def stack(request: pytest.FixtureRequest, bake: Bake) -> Path:
    """A folder of Terraform, for the longest slug that there can be."""
    target, folder = request.param
    return Path(bake(cloud_target=target, project_slug="a" * 40, init_git=False).path, folder)


@needs_terraform
def test_terraform_is_formatted_valid_and_does_what_its_tests_say(stack: Path) -> None:
    terraform(stack, "fmt", "-check", "-diff", "-recursive")
    initialised = run(stack, "terraform", "init", "-backend=false", "-input=false")
    if "could not connect to registry" in initialised.stdout:
        pytest.skip("no provider of Terraform can be downloaded")
    assert initialised.returncode == 0, initialised.stdout
    terraform(stack, "validate")
    assert "0 failed" in terraform(stack, "test")


@pytest.mark.parametrize("target", sorted({target for target, _ in STACKS}))
def test_scanners_find_nothing_in_terraform_that_is_not_explained(bake: Bake, target: str) -> None:
    project = bake(cloud_target=target, init_git=False)
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

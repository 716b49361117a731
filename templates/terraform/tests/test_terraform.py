"""Terraform itself plans, applies and removes what a configuration says."""

import fcntl
import shutil
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.deployment import release, terraform
from {{ cookiecutter.package_name }}.deployment.terraform import Stack

needs_terraform = pytest.mark.skipif(
    shutil.which(terraform.TERRAFORM) is None, reason="Terraform is not installed"
)
# Nothing in it needs a provider or an account.
CONFIGURATION = """
terraform {
  backend "local" {}
}

variable "size" {
  type = number
}

variable "image" {
  type = object({ name = string })
}

resource "terraform_data" "service" {
  input = var.size
}

output "size" {
  value = terraform_data.service.output
}

output "image" {
  value = var.image
}
"""
IMAGE = {"name": 'an "image" of $HOME'}


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    folder = tmp_path / "infra" / "service"
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "staging.tfvars").write_text("size = 2\n", encoding="utf-8")
    (folder / "production.tfvars").write_text("size = 5\n", encoding="utf-8")
    monkeypatch.setattr(terraform, "INFRASTRUCTURE", tmp_path / "infra")
    return Stack("service", "staging", {"path": str(tmp_path / "staging.tfstate")})


@needs_terraform
def test_it_does_what_was_shown_and_then_has_nothing_to_do(stack: Stack) -> None:
    assert stack.outputs() == {}
    assert "1 to add, 0 to change, 0 to destroy" in stack.plan(image=IMAGE)
    assert stack.outputs() == {}
    stack.apply()
    assert stack.outputs() == {"size": 2, "image": IMAGE}
    assert "No changes" in stack.plan(image=IMAGE)


@needs_terraform
def test_each_environment_has_a_plan_and_a_state_of_its_own(stack: Stack, tmp_path: Path) -> None:
    production = Stack("service", "production", {"path": str(tmp_path / "production.tfstate")})
    for each in (stack, production):
        each.plan(image=IMAGE)
    for each in (stack, production):
        each.apply()
    assert (stack.outputs()["size"], production.outputs()["size"]) == (2, 5)
    production.destroy(image=IMAGE)
    assert production.outputs() == {}
    assert stack.outputs()["size"] == 2


@needs_terraform
def test_a_plan_that_another_deployment_has_overtaken_changes_nothing(stack: Stack) -> None:
    stack.plan(image=IMAGE)
    stack.apply()
    with pytest.raises(release.NotBegunError, match="stale"):
        stack.apply()


@needs_terraform
def test_a_lock_that_a_killed_deployment_left_is_said_how_to_open(
    stack: Stack, tmp_path: Path
) -> None:
    stack.plan(image=IMAGE)
    with (tmp_path / "staging.tfstate").open("w") as state:
        fcntl.lockf(state, fcntl.LOCK_EX)
        with pytest.raises(release.NotBegunError, match=r"was killed: TF_DATA_DIR=\S+ terraform"):
            stack.apply()


@needs_terraform
def test_what_terraform_refuses_is_said_in_its_own_words(stack: Stack) -> None:
    with pytest.raises(release.DeploymentError, match=r"(?s)terraform plan failed.*image"):
        stack.plan(image="not an object")


def test_without_terraform_it_says_where_to_get_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "TERRAFORM", "no-such-program")
    with pytest.raises(release.DeploymentError, match="Deploying needs Terraform"):
        stack.plan(image=IMAGE)


def test_an_interrupted_terraform_ends_what_it_has_begun(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "terraform"
    script = f"#!/bin/sh\nsleep 1; kill -INT $PPID; sleep 1; touch {tmp_path}/ended\n"
    slow.write_text(script, encoding="utf-8")
    slow.chmod(0o755)
    monkeypatch.setattr(terraform, "TERRAFORM", str(slow))
    with pytest.raises(KeyboardInterrupt):
        stack.apply()
    assert (tmp_path / "ended").exists()

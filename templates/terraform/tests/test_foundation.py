"""What the foundation gives becomes the place where DVC keeps its data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo

from {{ cookiecutter.package_name }}.deployment import foundation, platform
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError

{% set remotes = {
    "s3": {"url": "s3://bucket/dvc", "region": "eu-north-1"},
    "gs": {"url": "gs://bucket/dvc", "projectname": "flights-4711"},
    "abfs": {"url": "azure://dvc", "account_name": "flights"},
} %}
{# Rendered for every answer, and thrown away for those without a bucket. #}
{% set bucket = cookiecutter._hosting.get(cookiecutter.cloud_target, {}).get("bucket", "s3") %}
REMOTE = {{ remotes[bucket] | quoted }}


class Stack:
    """Stands for Terraform's, which has tests of its own."""

    def __init__(self) -> None:
        self.applied = False

    def plan(self, **variables: Any) -> str:
        return f"a registry and buckets for {variables['name']}"

    def apply(self) -> None:
        self.applied = True

    def outputs(self) -> dict[str, Any]:
        return {"dvc_remote": REMOTE}


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    monkeypatch.chdir(tmp_path)
    Repo.init(no_scm=True).close()
    with Repo().config.edit("repo") as config:
        config["remote"]["storage"] = {"url": "../.dvc-storage"}
    stack = Stack()
    monkeypatch.setattr(platform, "foundation", lambda: stack)
    monkeypatch.setattr(platform, "foundation_variables", lambda: {"name": "x"})
    yield stack


def remote() -> dict[str, str]:
    found: dict[str, str] = Repo().config["remote"]["storage"]
    return found


def test_it_shows_its_plan_and_does_nothing_without_consent(stack: Stack) -> None:
    shown = []

    def refuse(plan: str) -> bool:
        shown.append(plan)
        return False

    assert foundation.lay(refuse) is None
    assert shown == ["a registry and buckets for x"]
    assert not stack.applied
    assert remote()["url"].endswith(".dvc-storage")


@pytest.mark.parametrize(
    "line",
    [
        '# cloud_bucket.storage["data"] will be destroyed',
        "# cloud_storage_account.this must be replaced",
        "# cloud_storage_account.this is tainted, so must be replaced",
    ],
)
def test_no_data_is_deleted_even_with_consent(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(stack, "plan", lambda **_: f"  {line}\n-/+ resource")
    with pytest.raises(DeploymentError, match=r"would delete cloud_\S+, with all"):
        foundation.lay(lambda plan: True)
    assert not stack.applied


def test_dvc_keeps_its_data_in_the_bucket_that_was_made(stack: Stack) -> None:
    for _ in range(2):  # a second time changes nothing
        assert foundation.lay(lambda plan: True) == REMOTE["url"]
    assert stack.applied
    assert remote().items() >= REMOTE.items()  # with defaults of DVC's own

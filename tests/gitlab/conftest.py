"""What the tests of a project on GitLab share."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_cookies.plugin import Cookies

from ..conftest import Bake, Project, render
from ..planting import commit
from .pipeline import Pipeline, read
from .server import TOKEN, GitLab, gitlab

PROMOTIONS = "governance/promotions.jsonl"


@pytest.fixture(scope="module")
def pipeline(cookies_session: Cookies) -> Pipeline:
    return read(render(cookies_session, ci_provider="gitlab-ci"))


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[GitLab]:
    with gitlab(tmp_path / "forge") as forge:
        yield forge


@pytest.fixture
def project(bake: Bake) -> Project:
    project = bake(ci_provider="gitlab-ci")
    (project.path / "build").mkdir()
    (project.path / "build" / "report.md").write_text("## Gate\n\n| é | `$(id)` |\n")
    return project


def job(
    project: Project, forge: GitLab, command: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    settings = forge.variables() | {"GIT_TERMINAL_PROMPT": "0"} | variables
    result = project.run("python3", ".gitlab/ci/merge_request.py", command, **settings)
    assert TOKEN not in result.stdout
    return result


def on_gitlab(forge: GitLab, reference: str) -> str:
    command = ["git", "-C", str(forge.repository), "rev-parse", "--verify", reference]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def others_push(forge: GitLab, folder: Path, file: str, text: str) -> str:
    """Add to a file on the default branch, as somebody else, and return the commit."""
    other = Project(folder / "other")
    Project(folder).succeeds(
        *("git", "clone", "--quiet", "--branch=main", str(forge.repository), str(other.path))
    )
    path = other.path / file
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as appended:
        appended.write(text)
    other.succeeds("git", "add", file)
    commit(other, "theirs")
    other.succeeds("git", "push", "--quiet")
    return other.succeeds("git", "rev-parse", "HEAD").strip()

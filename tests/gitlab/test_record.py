"""How jobs on GitLab push what they have noted, to a stand-in for GitLab."""

import subprocess
from pathlib import Path

import pytest

from ..conftest import Project
from .conftest import PROMOTIONS, job, on_gitlab, others_push
from .server import TOKEN, GitLab

FINISHED = "build/release/image"


@pytest.fixture
def noted(project: Project, forge: GitLab) -> Project:
    """A project that was pushed, in which a promotion was noted since."""
    project.succeeds("git", "push", "--quiet", str(forge.repository), "main")
    (project.path / "governance").mkdir()
    (project.path / PROMOTIONS).write_text('{"sequence": 1}\n')
    finish(project)
    return project


def finish(project: Project) -> None:
    """Leave in a project what the job before `record` has at its end."""
    (project.path / FINISHED).parent.mkdir()
    (project.path / FINISHED).touch()


def record(project: Project, forge: GitLab, **variables: str) -> subprocess.CompletedProcess[str]:
    author = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com"}
    author |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in author.items()}
    before = project.succeeds("git", "rev-parse", "HEAD").strip()
    project.succeeds("make", "record", **author)
    settings = {"RETRAIN_TOKEN": TOKEN, "CI_COMMIT_SHA": before, "FINISHED": FINISHED}
    settings |= author | variables
    return job(project, forge, "record", **settings)


def test_what_was_noted_goes_to_the_default_branch(noted: Project, forge: GitLab) -> None:
    assert record(noted, forge).returncode == 0
    assert on_gitlab(forge, "main") == noted.succeeds("git", "rev-parse", "HEAD").strip()
    assert "[skip ci]" in noted.succeeds("git", "log", "-1", "--format=%s")


def test_what_was_noted_follows_what_was_pushed_in_the_meantime(
    noted: Project, forge: GitLab, tmp_path: Path
) -> None:
    others_push(forge, tmp_path, "params.yaml", "# theirs\n")
    result = record(noted, forge)
    assert result.returncode == 0, result.stdout
    messages = noted.succeeds("git", "log", "-2", "--format=%s", on_gitlab(forge, "main"))
    assert messages.splitlines()[1] == "theirs"


@pytest.mark.parametrize(
    ("ours", "status"), [(["theirs", "ours"], 0), (["ours"], 1)], ids=["goes on", "does not"]
)
def test_entries_that_others_have_pushed_are_kept(
    noted: Project, forge: GitLab, tmp_path: Path, ours: list[str], status: int
) -> None:
    others_push(forge, tmp_path, PROMOTIONS, "theirs\n")
    (noted.path / PROMOTIONS).write_text("".join(f"{entry}\n" for entry in ours))
    result = record(noted, forge)
    assert result.returncode == status, result.stdout
    assert "Others have noted something" in result.stdout or status == 0
    expected = ours if status == 0 else ["theirs"]
    entries = noted.succeeds("git", "show", f"{on_gitlab(forge, 'main')}:{PROMOTIONS}")
    assert entries.splitlines() == expected


def test_what_was_noted_is_not_lost_silently_without_a_token(noted: Project, forge: GitLab) -> None:
    result = record(noted, forge, RETRAIN_TOKEN="")
    assert result.returncode != 0
    assert "RETRAIN_TOKEN is not set" in result.stdout


def test_what_a_failed_job_has_noted_is_pushed_and_has_to_be_followed_up(
    noted: Project, forge: GitLab
) -> None:
    """GitLab runs no job again that has succeeded, whatever the one before it does when retried."""
    (noted.path / FINISHED).unlink()
    result = record(noted, forge)
    assert result.returncode == 1
    assert "retry this one after it, too" in result.stdout
    assert on_gitlab(forge, "main") == noted.succeeds("git", "rev-parse", "HEAD").strip()


def test_nothing_noted_is_nothing_to_push(project: Project, forge: GitLab) -> None:
    project.succeeds("git", "push", "--quiet", str(forge.repository), "main")
    finish(project)
    result = record(project, forge, RETRAIN_TOKEN="")
    assert result.returncode == 0, result.stdout

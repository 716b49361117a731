"""What jobs on GitLab do with merge requests, against a stand-in for GitLab."""

from pathlib import Path

import pytest

from ..conftest import Project
from ..planting import commit
from .conftest import PROMOTIONS, job, on_gitlab, others_push
from .server import NOTES, TOKEN, USER, GitLab

OTHERS_NOTE = {"body": "<!-- the pipeline's report -->\nmine", "author": {"id": 8}}


@pytest.fixture
def proposal(project: Project, forge: GitLab) -> Project:
    """A project with a proposal, whose repository on GitLab has the commit before it."""
    project.succeeds("git", "push", "--quiet", str(forge.repository), "main")
    project.succeeds("git", "switch", "--quiet", "--create", "retrain/20130902-ab")
    (project.path / "params.yaml").write_text(project.read("params.yaml") + "# new\n")
    commit(project, "feat(model): train 20130902-ab")
    folder = project.path / "build" / "proposal"
    folder.mkdir()
    (folder / "branch").write_text("retrain/20130902-ab\n")
    (folder / "title").write_text("Train 20130902-ab\n")
    (folder / "body.md").write_text("## Gate\n\nseveral\nlines")
    return project


def report(project: Project, forge: GitLab, token: str = TOKEN) -> str:
    variables = {"CI_MERGE_REQUEST_IID": "5", "REPORT_TOKEN": token}
    result = job(project, forge, "report", **variables)
    assert result.returncode == 0, result.stdout
    return result.stdout


def propose(project: Project, forge: GitLab, **variables: str) -> str:
    result = job(project, forge, "propose", **({"RETRAIN_TOKEN": TOKEN} | variables))
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_the_report_is_one_note_that_is_updated(project: Project, forge: GitLab) -> None:
    # Ours is on the second page; somebody has copied the mark, and our user has written as well.
    forge.notes = [OTHERS_NOTE | {"id": 0}]
    forge.notes += [{"id": n, "body": "LGTM", "author": {"id": USER}} for n in range(1, 120)]
    assert "| é | `$(id)` |" in report(project, forge)
    assert len(forge.notes) == 121
    assert forge.notes[-1]["body"].endswith("## Gate\n\n| é | `$(id)` |\n")
    (project.path / "build" / "report.md").write_text("blocked")
    report(project, forge)
    assert len(forge.notes) == 121
    assert forge.notes[-1]["body"].endswith("blocked")
    assert forge.notes[0]["body"] == OTHERS_NOTE["body"]
    assert forge.asked.count(f"POST {NOTES}") == 1


def test_without_a_token_the_report_is_an_artifact_and_the_job_says_so(
    project: Project, forge: GitLab
) -> None:
    assert "REPORT_TOKEN is not set" in report(project, forge, token="")
    output = job(project, forge, "report", REPORT_TOKEN=TOKEN).stdout
    assert "no merge request" in output
    (project.path / "build" / "report.md").unlink()
    assert "did not get that far" in report(project, forge)
    assert not forge.asked


def test_a_token_that_is_refused_fails_the_job(project: Project, forge: GitLab) -> None:
    variables = {"CI_MERGE_REQUEST_IID": "5", "REPORT_TOKEN": "expired"}
    result = job(project, forge, "report", **variables)
    assert result.returncode == 1
    assert "GitLab refuses GET user (401)" in result.stdout
    assert "Traceback" not in result.stdout


def test_a_proposal_becomes_a_branch_and_a_merge_request(proposal: Project, forge: GitLab) -> None:
    assert f"{forge.url}/made" in propose(proposal, forge)
    head = proposal.succeeds("git", "rev-parse", "HEAD").strip()
    assert on_gitlab(forge, "refs/heads/retrain/20130902-ab") == head
    assert on_gitlab(forge, "refs/heads/main") != head
    (request,) = forge.requests
    assert request["title"] == "Train 20130902-ab"
    assert request["description"] == "## Gate\n\nseveral\nlines"
    assert (request["source_branch"], request["target_branch"]) == ("retrain/20130902-ab", "main")


def test_the_same_proposal_again_changes_nothing(proposal: Project, forge: GitLab) -> None:
    propose(proposal, forge)
    before = on_gitlab(forge, "refs/heads/retrain/20130902-ab")
    amend = ("commit", "--quiet", "--amend", "--no-edit", "--no-verify")
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    proposal.succeeds("git", *author, *amend, "--date=2013-10-01T00:00:00")
    assert f"{forge.url}/made" in propose(proposal, forge)
    assert on_gitlab(forge, "refs/heads/retrain/20130902-ab") == before
    assert len(forge.requests) == 1


def test_a_branch_that_is_left_of_a_closed_request_makes_room(
    proposal: Project, forge: GitLab
) -> None:
    proposal.succeeds(
        "git", "push", "--quiet", str(forge.repository), "main:refs/heads/retrain/20130902-ab"
    )
    propose(proposal, forge)
    head = proposal.succeeds("git", "rev-parse", "HEAD").strip()
    assert on_gitlab(forge, "refs/heads/retrain/20130902-ab") == head


def test_in_direct_mode_it_goes_to_the_default_branch(proposal: Project, forge: GitLab) -> None:
    propose(proposal, forge, RETRAIN_MODE="direct")
    assert on_gitlab(forge, "main") == proposal.succeeds("git", "rev-parse", "HEAD").strip()
    assert not on_gitlab(forge, "refs/heads/retrain/20130902-ab")
    assert not forge.requests


def test_a_default_branch_that_has_moved_on_is_not_overwritten(
    proposal: Project, forge: GitLab, tmp_path: Path
) -> None:
    theirs = others_push(forge, tmp_path, "params.yaml", "# theirs\n")
    result = job(proposal, forge, "propose", RETRAIN_TOKEN=TOKEN, RETRAIN_MODE="direct")
    assert result.returncode == 1
    assert "git pull failed" in result.stdout
    assert on_gitlab(forge, "main") == theirs


def test_what_was_trained_follows_what_was_noted_in_the_meantime(
    proposal: Project, forge: GitLab, tmp_path: Path
) -> None:
    others_push(forge, tmp_path, PROMOTIONS, "theirs\n")
    author = {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com"}
    propose(proposal, forge, RETRAIN_MODE="direct", **author)
    messages = proposal.succeeds("git", "log", "-2", "--format=%s", on_gitlab(forge, "main"))
    assert messages.splitlines() == ["feat(model): train 20130902-ab", "theirs"]


def test_a_proposal_without_a_token_fails(proposal: Project, forge: GitLab) -> None:
    result = job(proposal, forge, "propose", RETRAIN_TOKEN="")
    assert result.returncode == 1
    assert "RETRAIN_TOKEN is not set" in result.stdout
    assert not on_gitlab(forge, "refs/heads/retrain/20130902-ab")


def test_the_runners_own_credentials_are_not_used_to_push(proposal: Project, forge: GitLab) -> None:
    helper = "!wrong() { echo username=gitlab-ci-token; echo password=job; }; wrong"
    proposal.succeeds("git", "config", "credential.helper", helper)
    proposal.succeeds("git", "config", f"credential.{forge.url}.helper", helper)
    # The runner also lets git put the job's token into the address of this very repository.
    address = f"{forge.url}/acme/flight-delay.git"
    with_token = address.replace("://", "://gitlab-ci-token:job@")
    proposal.succeeds("git", "config", f"url.{with_token}.insteadOf", address)
    propose(proposal, forge)
    assert on_gitlab(forge, "refs/heads/retrain/20130902-ab")


def test_nothing_new_is_nothing_to_propose(project: Project, forge: GitLab) -> None:
    assert "nothing to propose" in propose(project, forge, RETRAIN_TOKEN="")
    assert not forge.asked

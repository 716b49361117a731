"""What starts which job of integrate, and what a job hands on: with act, and stand-ins for their work."""

from pathlib import Path

import pytest

from ..conftest import Project
from .act import JOBS, Run, act, integrate, needs_act
from .conftest import OWN

FORK = "eve/flights"
HIDDEN = "--secret=MLFLOW_TRACKING_PASSWORD=hidden"


def pull_request(project: Project, folder: Path, repository: str, *options: str) -> Run:
    head = {"ref": "change", "repo": {"full_name": repository}}
    base = {"ref": "main", "sha": project.succeeds("git", "rev-parse", "HEAD").strip()}
    return act(
        project,
        folder,
        "pull_request",
        {"number": 7, "pull_request": {"number": 7, "head": head, "base": base}},
        "--workflows=.github/workflows/integrate.yml",
        *options,
        "--var=MLFLOW_TRACKING_URI=https://mlflow.example.com",
    )


@needs_act
@pytest.mark.parametrize(
    ("broken", "spared"),
    [
        ("nothing", ["lint", "secrets", "test", "data", "pipeline", "build-image"]),
        ("lint", ["secrets", "test", "data", "pipeline", "build-image"]),
        ("secrets", ["lint", "test", "data", "pipeline", "build-image"]),
        ("test", ["lint", "secrets", "data", "pipeline", "build-image"]),
        ("data", ["lint", "secrets", "test"]),
        ("pipeline", ["lint", "secrets", "test", "data"]),
        ("build-image", ["lint", "secrets", "test", "data", "pipeline"]),
    ],
)
def test_what_is_broken_fails_its_own_job_and_stops_those_that_need_it(
    wired: Project, tmp_path: Path, broken: str, spared: list[str]
) -> None:
    target = broken.removeprefix("build-")  # what make calls it
    run = integrate(wired, tmp_path / "run", BROKEN=target)
    failed = {} if broken == "nothing" else {broken: "failure"}
    assert run.results == dict.fromkeys(spared, "success") | failed, run.output


@needs_act
@pytest.mark.parametrize("broken", ["nothing", "pipeline"])
def test_a_pull_request_gets_the_report_as_a_comment(
    wired: Project, tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", broken)
    run = pull_request(wired, tmp_path / "run", OWN, HIDDEN)
    assert run.results.get("report") == "success", run.output
    (comment,) = run.asked_of_gh
    assert comment.startswith(f"pr comment 7 --repo {OWN} --edit-last --create-if-none")
    base = wired.succeeds("git", "rev-parse", "HEAD").strip()
    assert (run.artifacts / "report/build/report.md").read_text() == f"compared with {base}\n"
    told = (run.artifacts / "pipeline").read_text()
    assert told == "https://mlflow.example.com, password: hidden\n"


@needs_act
def test_a_forks_pull_request_gets_no_comment_and_no_password(
    wired: Project, tmp_path: Path
) -> None:
    run = pull_request(wired, tmp_path / "run", FORK, HIDDEN)
    assert set(run.results) == JOBS["integrate"] - {"report"}, run.output
    assert run.asked_of_gh == []
    assert (run.artifacts / "pipeline").read_text() == ", password: \n"


@needs_act
def test_dependabot_asks_no_server_for_which_it_has_no_password(
    wired: Project, tmp_path: Path
) -> None:
    run = pull_request(wired, tmp_path / "run", OWN, "--actor=dependabot[bot]")
    assert run.results.get("pipeline") == "success", run.output
    assert (run.artifacts / "pipeline").read_text() == ", password: \n"

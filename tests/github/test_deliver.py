"""What is delivered to where, and taken back: with act, and stand-ins for the jobs' work."""

from pathlib import Path

import pytest

from ..conftest import Project
from ..planting import commit
from .act import JOBS, Run, act, needs_act
from .conftest import note

MAIN = {"ref": "refs/heads/main", "before": "0" * 40, "repository": {"private": False}}


def deliver(project: Project, folder: Path, *options: str, **environment: str) -> Run:
    workflow = "--workflows=.github/workflows/deliver.yml"
    return act(project, folder, "push", MAIN, workflow, *options, **environment)


@needs_act
def test_nothing_is_delivered_unless_it_is_switched_on(wired: Project, tmp_path: Path) -> None:
    run = deliver(wired, tmp_path / "run")
    assert set(run.results) == JOBS["integrate"] - {"report"}, run.output
    assert not (run.artifacts / "deployed").exists()


@needs_act
def test_one_image_goes_from_main_to_production(wired: Project, tmp_path: Path) -> None:
    run = deliver(wired, tmp_path / "run", "--var=DELIVER=true")
    expected = (JOBS["integrate"] | JOBS["deliver"]) - {"report", "build-image", "integrate"}
    assert run.results == dict.fromkeys(expected, "success"), run.output
    image = "registry.example.com/flights@sha256:4711"
    deployed = (run.artifacts / "deployed").read_text().splitlines()
    assert deployed == [f"staging: {image}", f"production: {image}"]
    assert "build/release/image.tar" in (run.artifacts / "attested").read_text()
    assert ledger(wired) == ["promoted by nektos/act"]


@needs_act
def test_without_approvals_only_a_person_gets_to_production(wired: Project, tmp_path: Path) -> None:
    run = deliver(wired, tmp_path / "run", "--var=DELIVER=staging")
    assert run.results.get("staging") == "success", run.output
    assert not {"production", "build-image"} & run.results.keys()
    assert roll_back(wired, tmp_path / "back", "staging").results["production"] == "success"


def ledger(project: Project) -> list[str]:
    """Return what is noted on main."""
    return project.succeeds("git", "show", "main:governance/promotions.jsonl").splitlines()


@needs_act
def test_what_was_noted_since_the_commit_was_made_is_kept(wired: Project, tmp_path: Path) -> None:
    note(wired, "promotions.jsonl", "promoted before")
    wired.succeeds("git", "switch", "--quiet", "--detach", "main~1")
    run = deliver(wired, tmp_path / "run", "--var=DELIVER=true", "--env=GITHUB_RUN_ATTEMPT=2")
    assert run.results["record"] == "success", run.output
    assert ledger(wired) == ["promoted before", "promoted by nektos/act"]


@needs_act
def test_a_delivery_that_is_run_again_does_not_undo_a_newer_one(
    wired: Project, tmp_path: Path
) -> None:
    wired.succeeds("git", "switch", "--quiet", "main")
    (wired.path / "README.md").write_text("newer\n")
    wired.succeeds("git", "add", "README.md")
    commit(wired, "docs: say more")
    wired.succeeds("git", "switch", "--quiet", "--detach", "main~1")
    run = deliver(wired, tmp_path / "run", "--var=DELIVER=true", "--env=GITHUB_RUN_ATTEMPT=2")
    assert run.results["release"] == "failure"
    assert "docs: say more" in run.output
    assert "Run the delivery of the newest commit again" in run.output


def roll_back(project: Project, folder: Path, delivers: str) -> Run:
    inputs = {"version": "3", "reason": "late $(touch planted)'\""}
    options = ("--workflows=.github/workflows/deliver.yml", f"--var=DELIVER={delivers}")
    return act(project, folder, "workflow_dispatch", {**MAIN, "inputs": inputs}, *options)


@needs_act
def test_a_rollback_says_why_and_goes_to_production_like_all(
    wired: Project, tmp_path: Path
) -> None:
    run = roll_back(wired, tmp_path / "run", "true")
    expected = JOBS["deliver"] - {"integrate"}
    assert run.results == dict.fromkeys(expected, "success"), run.output
    assert ledger(wired) == ["rolled back to 3: late $(touch planted)'\""]
    deployed = (run.artifacts / "deployed").read_text().splitlines()
    assert [line.split(":")[0] for line in deployed] == ["staging", "production"]


@needs_act
def test_a_promotion_is_noted_even_if_its_image_fails(wired: Project, tmp_path: Path) -> None:
    run = deliver(wired, tmp_path / "run", "--var=DELIVER=true", BROKEN="publish")
    assert run.results["release"] == "failure"
    assert run.results["record"] == "success", run.output
    assert "staging" not in run.results
    assert ledger(wired) == ["promoted by nektos/act"]


@needs_act
@pytest.mark.parametrize(
    ("broken", "missing"),
    [
        ("lint", {"release", "record", "staging", "production"}),
        ("ci-doctor", {"staging", "production"}),
        ("release", {"staging", "production"}),
        ("staging", {"production"}),
    ],
)
def test_a_delivery_stops_where_something_fails(
    wired: Project, tmp_path: Path, broken: str, missing: set[str]
) -> None:
    run = deliver(wired, tmp_path / "run", "--var=DELIVER=true", BROKEN=broken)
    assert "failure" in run.results.values()
    assert not missing & set(run.results), run.output

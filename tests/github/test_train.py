"""What retraining and the monitor hand on: with act, and stand-ins for the jobs' work."""

import os
from pathlib import Path

import pytest

from ..conftest import Project
from ..planting import commit
from .act import JOBS, Run, act, needs_act
from .conftest import NOTED, note


def train(
    project: Project,
    folder: Path,
    *options: str,
    event: str = "workflow_dispatch",
    ref: str = "refs/heads/main",
) -> Run:
    params = "collect.end=2013-09-30 $(touch planted)'\"; touch planted"
    payload = {
        "workflow_dispatch": {"ref": ref, "inputs": {"params": params}},
        "repository_dispatch": {"action": "retrain", "client_payload": {"params": params}},
        "schedule": {},
    }[event]
    workflow = "--workflows=.github/workflows/train.yml"
    return act(project, folder, event, payload, workflow, *options)


@needs_act
@pytest.mark.parametrize("event", ["workflow_dispatch", "repository_dispatch"])
def test_retraining_ends_in_a_pull_request(wired: Project, tmp_path: Path, event: str) -> None:
    run = train(wired, tmp_path / "run", event=event)
    assert run.results == dict.fromkeys(JOBS["train"], "success"), run.output
    params = wired.succeeds("git", "show", "retrain/v1:params.yaml").splitlines()[-1]
    assert params == "# collect.end=2013-09-30 $(touch planted)'\"; touch planted"
    assert run.asked_of_gh == [
        "auth setup-git",
        "pr list --base main --head retrain/v1 --json url --jq .[].url",
        "pr create --base main --head retrain/v1 --title Train v1 --body-file build/proposal/body.md",
    ]


@needs_act
@pytest.mark.parametrize(
    "url", ["https://github.com/ada/flights/pull/7", ""], ids=["open", "closed"]
)
def test_the_same_proposal_again_leaves_what_is_open_as_it_is(
    wired: Project, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.succeeds("git", "switch", "--quiet", "--create", "retrain/v1")
    (wired.path / "params.yaml").write_text("# edited since\n")
    wired.succeeds("git", "add", "params.yaml")
    commit(wired, "feat(model): train v1")
    wired.succeeds("git", "switch", "--quiet", "main")
    monkeypatch.setenv("OPEN", url)
    run = train(wired, tmp_path / "run")
    assert run.results == dict.fromkeys(JOBS["train"], "success"), run.output
    is_edited = wired.succeeds("git", "show", "retrain/v1:params.yaml") == "# edited since\n"
    created = [asked for asked in run.asked_of_gh if asked.startswith("pr create")]
    assert (is_edited, len(created)) == ((True, 0) if url else (False, 1))


@needs_act
def test_retraining_goes_to_main_directly_where_that_is_wanted(
    wired: Project, tmp_path: Path
) -> None:
    run = train(wired, tmp_path / "run", "--var=RETRAIN_MODE=direct")
    assert run.asked_of_gh == ["auth setup-git"], run.output
    assert wired.succeeds("git", "log", "-1", "--format=%s", "main") == "feat(model): train v1\n"


@needs_act
def test_what_was_trained_is_laid_upon_what_the_monitor_has_noted_since(
    wired: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # a runner knows nobody's name
    note(wired, "monitoring.jsonl", "asked the CI to train")
    wired.succeeds("git", "switch", "--quiet", "--detach", "main~1")
    run = train(wired, tmp_path / "run", "--var=RETRAIN_MODE=direct")
    assert run.results == dict.fromkeys(JOBS["train"], "success"), run.output
    subjects = wired.succeeds("git", "log", "-2", "--format=%s", "main").splitlines()
    assert subjects == ["feat(model): train v1", NOTED]


@needs_act
def test_retraining_that_changes_nothing_proposes_nothing(wired: Project, tmp_path: Path) -> None:
    run = train(wired, tmp_path / "run", event="schedule")
    assert run.results == dict.fromkeys(JOBS["train"], "success"), run.output
    assert run.asked_of_gh == []


@needs_act
def test_nothing_but_main_is_retrained(wired: Project, tmp_path: Path) -> None:
    assert train(wired, tmp_path / "run", ref="refs/heads/change").results == {}


@needs_act
def test_what_the_gate_blocks_is_not_proposed(
    wired: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "pipeline")
    run = train(wired, tmp_path / "run")
    assert run.results == {"train": "failure"}, run.output


def look(project: Project, folder: Path, *options: str, ref: str = "refs/heads/main") -> Run:
    workflow = "--workflows=.github/workflows/monitor.yml"
    return act(project, folder, "workflow_dispatch", {"ref": ref}, workflow, *options)


@needs_act
def test_what_the_monitor_decides_goes_to_main(wired: Project, tmp_path: Path) -> None:
    run = look(wired, tmp_path / "run", "--var=PREDICTION_LOG_URL=s3://a-bucket/log")
    assert run.results == dict.fromkeys(JOBS["monitor"], "success"), run.output
    decided = wired.succeeds("git", "show", "main:governance/monitoring.jsonl")
    assert decided == "s3://a-bucket/log models:/flight-delay@champion ci\n"


@needs_act
def test_nothing_is_looked_at_where_nobody_says_what(wired: Project, tmp_path: Path) -> None:
    assert look(wired, tmp_path / "run").results == {}

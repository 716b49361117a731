"""What starts which job on GitHub, and what a job hands on: with act, and stand-ins for their work."""

import os
import shutil
from pathlib import Path

import pytest

from .act import STAND_INS, Run, act, integrate, needs_act
from .conftest import Bake, Project
from .planting import commit
from .test_github import JOBS

OWN, FORK = "ada/flights", "eve/flights"
HIDDEN = "--secret=MLFLOW_TRACKING_PASSWORD=hidden"
NOTED = "chore(model): note what is in production [skip ci]"
MAIN = {"ref": "refs/heads/main", "before": "0" * 40, "repository": {"private": False}}


@pytest.fixture
def wired(bake: Bake) -> Project:
    """A project whose Makefile does nothing but pass on what jobs pass on."""
    project = bake(ci_provider="github-actions", init_git=True)
    makefile = project.path / "Makefile"
    makefile.rename(makefile.with_name("real.mk"))
    shutil.copy(STAND_INS / "Makefile", makefile)
    (project.path / "dvc.lock").touch()
    project.succeeds("git", "remote", "add", "origin", f"https://github.com/{OWN}.git")
    project.succeeds("make", "pipeline", ARTIFACTS=str(project.path))
    project.succeeds("git", "add", "Makefile", "real.mk", "dvc.lock", "reports")
    commit(project, "test: pass on what jobs pass on")
    return project


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


def deliver(project: Project, folder: Path, *options: str, **environment: str) -> Run:
    project.succeeds("git", "config", "receive.denyCurrentBranch", "ignore")
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


def note(project: Project, ledger: str, entry: str) -> None:
    """Let main have an entry that a workflow has noted."""
    project.succeeds("git", "switch", "--quiet", "main")
    (project.path / "governance").mkdir()
    (project.path / "governance" / ledger).write_text(f"{entry}\n")
    project.succeeds("git", "add", "governance")
    commit(project, NOTED)


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
    project.succeeds("git", "config", "receive.denyCurrentBranch", "ignore")
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
    wired.succeeds("git", "config", "receive.denyCurrentBranch", "ignore")
    run = train(wired, tmp_path / "run", "--var=RETRAIN_MODE=direct")
    assert run.asked_of_gh == ["auth setup-git"], run.output
    assert wired.succeeds("git", "log", "-1", "--format=%s", "main") == "feat(model): train v1\n"


@needs_act
def test_what_was_trained_is_laid_upon_what_the_monitor_has_noted_since(
    wired: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # a runner knows nobody's name
    wired.succeeds("git", "config", "receive.denyCurrentBranch", "ignore")
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
    wired.succeeds("git", "config", "receive.denyCurrentBranch", "ignore")
    run = look(wired, tmp_path / "run", "--var=PREDICTION_LOG_URL=s3://a-bucket/log")
    assert run.results == dict.fromkeys(JOBS["monitor"], "success"), run.output
    decided = wired.succeeds("git", "show", "main:governance/monitoring.jsonl")
    assert decided == "s3://a-bucket/log models:/flight-delay@champion ci\n"


@needs_act
def test_nothing_is_looked_at_where_nobody_says_what(wired: Project, tmp_path: Path) -> None:
    assert look(wired, tmp_path / "run").results == {}

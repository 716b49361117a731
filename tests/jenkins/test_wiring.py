"""What the stages on Jenkins do with what they are given: with a stand-in for what they call."""

from pathlib import Path

import pytest

from ..conftest import Bake, Project
from .runner import FILES, INTEGRATE, failed_stage, needs_runner, run, scripts

STAND_IN = """
TARGETS := setup lint secrets test data pipeline image sbom conformance \\
\tledger ci-doctor release record deploy retrain proposal monitor
.PHONY: $(TARGETS)
$(TARGETS):
\t@echo "$@ base=$(BASE) model=$(MODEL)" >>made
\t@echo "$@ by $(ACTOR)" >>who
\t@[ "$@" != "$(BROKEN)" ]
\t@mkdir -p build/release && echo "### Gate: passed" >build/report.md
"""


@pytest.fixture
def wired(bake: Bake) -> Project:
    """A project whose Makefile only notes what it is called for."""
    project = bake(ci_provider="jenkins", init_git=True)
    (project.path / "Makefile").write_text(STAND_IN, encoding="utf-8")
    return project


@needs_runner
@pytest.mark.parametrize("broken", ["nothing", *(name for name in INTEGRATE if name != "report")])
def test_what_is_broken_fails_its_own_stage(wired: Project, tmp_path: Path, broken: str) -> None:
    result = run(wired, tmp_path, "Jenkinsfile", dry=False, BROKEN=broken.removeprefix("build-"))
    if broken == "nothing":
        assert result.returncode == 0, result.stdout
        assert "image base= model=models/candidate" in wired.read("made")
        commit = wired.succeeds("git", "rev-parse", "HEAD").strip()
        assert f"[build] ../deliver [{commit}]" in result.stdout
    else:
        assert failed_stage(result) == broken, result.stdout


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_pipeline_is_compared_with_a_commit(wired: Project, shell: str) -> None:
    script, _ = scripts(wired, "Jenkinsfile")
    tip = commit_nothing(wired)
    wired.succeeds("git", "update-ref", "refs/remotes/origin/release/1", tip)
    before = commit_nothing(wired)
    commit_nothing(wired)
    for target, base in (("release/1", tip), ("gone; touch broken", ""), ("", before)):
        wired.succeeds(shell, "-ec", script, CHANGE_TARGET=target)
        assert wired.read("made").splitlines()[-1] == f"pipeline base={base} model="
    assert not (wired.path / "broken").exists()


def test_each_merged_commit_is_delivered_once(wired: Project) -> None:
    _, script = scripts(wired, "Jenkinsfile")

    def delivered(built_before: str) -> str:
        return wired.succeeds("sh", "-ec", script, BUILT_BEFORE=built_before).strip()

    first = wired.succeeds("git", "rev-parse", "HEAD").strip()
    assert delivered("") == first
    noted = commit_nothing(wired, "chore(model): note what is in production [skip ci]")
    assert delivered(first) == ""
    merged = commit_nothing(wired)
    assert delivered(noted) == merged
    # Jenkins looks every few minutes: it may see what was merged below what was noted only.
    noted_again = commit_nothing(wired, "chore(model): note what is in production [skip ci]")
    assert delivered(noted) == merged
    assert delivered(noted_again) == ""
    assert delivered("0" * 40) == merged  # a commit that is no longer there


def test_only_what_is_on_main_is_delivered(wired: Project) -> None:
    script, *_ = scripts(wired, "jenkins/deliver.Jenkinsfile")
    first = wired.succeeds("git", "rev-parse", "HEAD").strip()
    wired.succeeds("git", "switch", "--quiet", "--create", "other")
    other = commit_nothing(wired, "feat: not on main")
    wired.succeeds("git", "switch", "--quiet", "main")
    commit_nothing(wired)
    for refused in (other, "0" * 40, "--help", "; true"):
        assert wired.run("sh", "-ec", script, COMMIT=refused).returncode != 0, refused
    wired.succeeds("sh", "-ec", script, COMMIT=first)
    assert wired.succeeds("git", "rev-parse", "HEAD").strip() == first


@needs_runner
@pytest.mark.parametrize(
    ("starter", "delivers", "trains"),
    [("ada", "ada", "ada"), ("", "Eve <eve@example.com>", "Jenkins")],
)
def test_the_ledger_says_who_it_was(
    wired: Project, tmp_path: Path, starter: str, delivers: str, trains: str
) -> None:
    commit_nothing(wired, author="Eve <eve@example.com>")
    push_to(wired, tmp_path / "remote.git")
    for name, target, who in (("deliver", "release", delivers), ("train", "retrain", trains)):
        result = run(wired, tmp_path, FILES[name], dry=False, STARTED_BY=starter)
        assert result.returncode == 0, result.stdout
        assert f"{target} by {who}\n" in wired.read("who")


@needs_runner
def test_what_cannot_be_noted_does_not_happen(wired: Project, tmp_path: Path) -> None:
    result = run(wired, tmp_path, FILES["deliver"], dry=False, BROKEN="ci-doctor")
    assert failed_stage(result) == "release"
    assert "release" not in wired.read("made")


@needs_runner
def test_what_the_monitor_has_decided_is_noted_even_if_it_fails(
    wired: Project, tmp_path: Path
) -> None:
    push_to(wired, tmp_path / "remote.git")
    result = run(wired, tmp_path, FILES["monitor"], dry=False, BROKEN="monitor")
    assert failed_stage(result) == "monitor"
    assert wired.read("made").splitlines()[-1].startswith("record ")


@pytest.mark.parametrize(("mode", "arrives"), [("", "retrain/1"), ("direct", "main")])
def test_what_was_trained_is_pushed(
    wired: Project, tmp_path: Path, mode: str, arrives: str
) -> None:
    script = scripts(wired, "jenkins/train.Jenkinsfile")[-1].replace("\\\n", "")
    remote = tmp_path / "remote.git"
    others = commit_nothing(wired, "chore(model): note")  # the monitor, say, in the meantime
    push_to(wired, remote)
    wired.succeeds("git", "switch", "--quiet", "--detach", "main~1")
    trained = commit_nothing(wired, "feat(model): train 1")
    (wired.path / "build" / "proposal").mkdir(parents=True)
    (wired.path / "build" / "proposal" / "branch").write_text("retrain/1\n", encoding="utf-8")
    wired.succeeds("sh", "-ec", script, RETRAIN_MODE=mode)
    arrived = wired.succeeds("git", "-C", str(remote), "log", "--format=%H %s", "-2", arrives)
    assert arrived.splitlines()[0].endswith("feat(model): train 1")
    assert (others in arrived) is (mode == "direct")
    assert (trained in arrived) is (mode != "direct")


def test_a_proposal_that_is_there_already_stays_as_it_is(wired: Project, tmp_path: Path) -> None:
    script = scripts(wired, "jenkins/train.Jenkinsfile")[-1].replace("\\\n", "")
    remote = tmp_path / "remote.git"
    push_to(wired, remote)
    (wired.path / "build" / "proposal").mkdir(parents=True)
    (wired.path / "build" / "proposal" / "branch").write_text("retrain/1\n", encoding="utf-8")
    first = commit_nothing(wired, "feat(model): train 1")
    wired.succeeds("sh", "-ec", script)
    wired.succeeds("git", "reset", "--quiet", "--soft", "HEAD~1")
    commit_nothing(wired, "feat(model): train 1, once more")
    assert "retrain/1 is there already" in wired.succeeds("sh", "-ec", script)
    assert wired.succeeds("git", "-C", str(remote), "rev-parse", "retrain/1").strip() == first


def test_git_gets_the_token_from_the_environment(wired: Project) -> None:
    script = scripts(wired, "jenkins/train.Jenkinsfile")[-1].replace("\\\n", "")
    asked = script.replace('push origin "HEAD:refs/heads/$branch"', "credential fill <question")
    (wired.path / "question").write_text("protocol=https\nhost=git.example.com\n", encoding="utf-8")
    (wired.path / "build" / "proposal").mkdir(parents=True)
    (wired.path / "build" / "proposal" / "branch").touch()
    given = {"GIT_USERNAME": "ada", "GIT_PASSWORD": "a'b c"}
    answer = wired.succeeds("sh", "-xec", asked, **given)
    assert "username=ada\npassword=a'b c\n" in answer
    assert answer.count("a'b c") == 1  # what the shell prints of its commands does not have it


def push_to(project: Project, remote: Path) -> None:
    """Make a repository, and let it be the project's origin, with its main."""
    project.succeeds("git", "init", "--quiet", "--bare", str(remote))
    project.succeeds("git", "remote", "add", "origin", str(remote))
    project.succeeds("git", "push", "--quiet", "origin", "main")


def commit_nothing(
    project: Project, message: str = "feat: on main", author: str = "Ada <ada@example.com>"
) -> str:
    """Make an empty commit, and return it."""
    committer = ("-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.com")
    options = ("--quiet", "--allow-empty", "--no-verify", f"--message={message}")
    project.succeeds("git", *committer, "commit", *options, f"--author={author}")
    return project.succeeds("git", "rev-parse", "HEAD").strip()

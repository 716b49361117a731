"""The workflows of a project on GitHub: real checkers on them, and real runs of them with act."""

import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from .act import STAND_INS, Run, act, needs_act
from .combinations import first_pushes, own_tests_for
from .conftest import CONFIG, ENVIRONMENT, Bake, Project
from .image import BUILD, docker_is_there
from .planting import commit, plant_bad_row, plant_failing_test
from .test_files import check

JOBS = {
    "integrate": {"lint", "secrets", "test", "data", "pipeline", "build-image", "report"},
    "deliver": {"integrate", "release", "record", "staging", "production"},
    "train": {"train", "propose"},
    "monitor": {"monitor", "record"},
}
OWN, FORK = "ada/flights", "eve/flights"
PUSH = {"ref": "refs/heads/change", "before": "0" * 40}
MAIN = {"ref": "refs/heads/main", "before": "0" * 40, "repository": {"private": False}}


@pytest.fixture(params=CONFIG["cloud_target"])
def rendered(request: pytest.FixtureRequest, bake: Bake) -> Project:
    return bake(ci_provider="github-actions", cloud_target=request.param)


def workflows(project: Project) -> dict[str, dict[str, Any]]:
    """Return the workflows by the names of their files."""
    files = (project.path / ".github" / "workflows").glob("*.yml")
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def steps(project: Project) -> list[dict[str, Any]]:
    """Return the steps of all jobs and actions."""
    jobs = [job for workflow in workflows(project).values() for job in workflow["jobs"].values()]
    actions = [
        yaml.safe_load(file.read_text(encoding="utf-8"))["runs"]
        for file in (project.path / ".github" / "actions").glob("*/action.yml")
    ]
    return [step for found in (*jobs, *actions) for step in found.get("steps", [])]


def test_checkers_find_nothing(rendered: Project) -> None:
    github = rendered.path / ".github"
    found = [str(path) for path in sorted((github / "workflows").glob("*.yml"))]
    actions = [str(path) for path in sorted((github / "actions").glob("*/action.yml"))]
    assert shutil.which("shellcheck"), "actionlint would not look into scripts"
    check(rendered.path, "actionlint", *found)
    check(rendered.path, "zizmor", "--offline", "--quiet", "--min-severity=medium", ".")
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.github-workflows", *found)
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.github-actions", *actions)
    dependabot = str(github / "dependabot.yml")
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.dependabot", dependabot)


def test_actions_know_what_they_are_told(rendered: Project, tmp_path: Path) -> None:
    # actionlint knows actions by their major versions, and not by commits.
    for file in (rendered.path / ".github" / "workflows").glob("*.yml"):
        text = re.sub(r"@[0-9a-f]{40} # (v\d+)\S*", r"@\1", file.read_text(encoding="utf-8"))
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    check(tmp_path, "actionlint", *(str(path) for path in tmp_path.glob("*.yml")))


def test_jobs_have_the_names_of_all_providers(rendered: Project) -> None:
    infrastructure = {"infrastructure"} if rendered.answers["cloud_target"] != "local" else set()
    expected = {**JOBS, "integrate": JOBS["integrate"] | infrastructure}
    assert {name: set(found["jobs"]) for name, found in workflows(rendered).items()} == expected


def test_every_job_has_a_limit_and_no_rights_but_its_own(rendered: Project) -> None:
    for workflow in workflows(rendered).values():
        assert workflow["permissions"] == {}
        assert workflow["concurrency"]["group"]
        for name, job in workflow["jobs"].items():
            assert "permissions" in job, name
            if "uses" not in job:
                assert job["runs-on"] == "ubuntu-24.04", name
                assert job["timeout-minutes"] <= 120, name


def test_no_input_gets_into_a_script_but_by_the_environment(rendered: Project) -> None:
    for step in steps(rendered):
        assert "${{" not in step.get("run", ""), step


def test_actions_are_pinned_by_commit(rendered: Project) -> None:
    for step in steps(rendered):
        if "uses" in step and not step["uses"].startswith("./"):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])
            if step["uses"].startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_a_forks_code_gets_neither_secrets_nor_a_sign_in(rendered: Project) -> None:
    for name, job in workflows(rendered)["integrate"]["jobs"].items():
        assert "secrets." not in str({key: job[key] for key in job if key != "steps"}), name
        for step in job["steps"]:
            signs_in = step.get("uses", "").startswith(("aws-", "google-", "azure/", "docker/"))
            if signs_in or step.get("run", "").startswith("az "):
                assert step["if"].startswith("env.OWN_CODE == 'true' && ")
            for value in step.get("env", {}).values():
                assert "secrets." not in value or "env.OWN_CODE == 'true' && " in value


def test_the_doctor_sees_all_settings(rendered: Project) -> None:
    source = rendered.path / "src" / "flight_delay" / "ci" / "settings.py"
    settings = {setting.name for setting in runpy.run_path(str(source))["SETTINGS"]}
    job = workflows(rendered)["deliver"]["jobs"]["release"]
    (doctor,) = [step for step in job["steps"] if step.get("run") == "make ci-doctor"]
    seen = {name for name in job["env"] | doctor["env"] if not name.startswith("ARM_")}
    assert seen == settings


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


def integrate(project: Project, folder: Path, *options: str, **environment: str) -> Run:
    workflow = "--workflows=.github/workflows/integrate.yml"
    return act(project, folder, "push", PUSH, workflow, *options, **environment)


def pull_request(project: Project, folder: Path, repository: str) -> Run:
    head = {"ref": "change", "repo": {"full_name": repository}}
    base = {"ref": "main", "sha": project.succeeds("git", "rev-parse", "HEAD").strip()}
    return act(
        project,
        folder,
        "pull_request",
        {"number": 7, "pull_request": {"number": 7, "head": head, "base": base}},
        "--workflows=.github/workflows/integrate.yml",
        "--secret=MLFLOW_TRACKING_PASSWORD=hidden",
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
    run = pull_request(wired, tmp_path / "run", OWN)
    assert run.results.get("report") == "success", run.output
    (asked,) = run.asked_of_gh
    assert asked.startswith(f"pr comment 7 --repo {OWN} --edit-last --create-if-none")
    base = wired.succeeds("git", "rev-parse", "HEAD").strip()
    assert (run.artifacts / "report/build/report.md").read_text() == f"compared with {base}\n"
    assert (run.artifacts / "pipeline").read_text() == "password: hidden\n"


@needs_act
def test_a_forks_pull_request_gets_no_comment_and_no_password(
    wired: Project, tmp_path: Path
) -> None:
    run = pull_request(wired, tmp_path / "run", FORK)
    assert set(run.results) == JOBS["integrate"] - {"report"}, run.output
    assert run.asked_of_gh == []
    assert (run.artifacts / "pipeline").read_text() == "password: \n"


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


def ledger(project: Project) -> list[str]:
    """Return what is noted on main."""
    return project.succeeds("git", "show", "main:governance/promotions.jsonl").splitlines()


@needs_act
def test_a_rollback_says_why_and_goes_to_production_like_all(
    wired: Project, tmp_path: Path
) -> None:
    wired.succeeds("git", "config", "receive.denyCurrentBranch", "ignore")
    inputs = {"version": "3", "reason": "late $(touch planted)'\""}
    payload = {**MAIN, "inputs": inputs}
    workflow = "--workflows=.github/workflows/deliver.yml"
    options = (workflow, "--var=DELIVER=true")
    run = act(wired, tmp_path / "run", "workflow_dispatch", payload, *options)
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
        "pr create --base main --head retrain/v1 --title Train v1 --body-file build/proposal/body.md",
    ]


@needs_act
def test_retraining_goes_to_main_directly_where_that_is_wanted(
    wired: Project, tmp_path: Path
) -> None:
    wired.succeeds("git", "config", "receive.denyCurrentBranch", "ignore")
    run = train(wired, tmp_path / "run", "--var=RETRAIN_MODE=direct")
    assert run.asked_of_gh == ["auth setup-git"], run.output
    assert wired.succeeds("git", "log", "-1", "--format=%s", "main") == "feat(model): train v1\n"


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


@pytest.fixture
def real(bake: Bake) -> Project:
    project = bake(ci_provider="github-actions", init_git=True, project_name="Pushed")
    project.succeeds("make", "setup")
    return project


def really_integrate(project: Project, folder: Path, **settings: str) -> Run:
    # One job at a time, because some tests of the project look at the clock; so all of them can have
    # the same environment, which takes a minute to make.
    shared = BUILD | {"UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)} | settings
    run = integrate(project, folder, "--concurrent-jobs=1", **shared)
    if not docker_is_there():  # an image cannot be built then
        assert run.results.pop("build-image", "failure") == "failure"
    return run


BUILT = {"build-image"} if docker_is_there() else set()


@needs_act
@first_pushes("github-actions")
def test_a_fresh_projects_first_push_is_green(
    bake: Bake, tmp_path: Path, answers: dict[str, str]
) -> None:
    project = bake(**answers, init_git=True)
    run = really_integrate(project, tmp_path / "run", **own_tests_for(answers))
    expected = {"lint", "secrets", "test", "data", "pipeline", *BUILT}
    if answers.get("cloud_target", "local") != "local":
        expected.add("infrastructure")
    assert run.results == dict.fromkeys(expected, "success"), run.output
    report = (run.artifacts / "report/build/report.md").read_text(encoding="utf-8")
    assert "### Gate: passed" in report
    assert (run.artifacts / "report/build/plots/index.html").is_file()
    assert (run.artifacts / "tests/tests.xml").is_file()
    assert (run.artifacts / "candidate/bundle.json").is_file()


@needs_act
@pytest.mark.slow
def test_a_failing_test_fails_the_job_test(real: Project, tmp_path: Path) -> None:
    plant_failing_test(real)
    run = really_integrate(real, tmp_path / "run")
    passed = {"lint", "secrets", "data", "pipeline", *BUILT}
    assert run.results == dict.fromkeys(passed, "success") | {"test": "failure"}, run.output


@needs_act
@pytest.mark.slow
def test_a_bad_row_fails_the_job_data(real: Project, tmp_path: Path) -> None:
    plant_bad_row(real)
    run = really_integrate(real, tmp_path / "run")
    passed = {"lint", "secrets", "test"}
    assert run.results == dict.fromkeys(passed, "success") | {"data": "failure"}, run.output
    assert "distance: greater_than_or_equal_to(0" in run.output

"""The pipelines of a project on Jenkins: real checkers on them, and runs of them without Jenkins."""

import json
import os
import re
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pytest_cookies.plugin import Cookies

from .combinations import first_pushes, own_tests_for
from .conftest import CONFIG, ROOT, Bake, Project, render
from .image import BUILD, docker_is_there
from .planting import plant_bad_row, plant_failing_test
from .test_files import check

# Where the program is that runs a Jenkinsfile without Jenkins, and the jars of Groovy.
RUNNER = Path(
    os.environ.get("JENKINSFILE_RUNNER", ROOT.parent / "shared/tools/jenkinsfile-run.groovy")
)
JARS = os.environ.get("GROOVY_JARS", "")
needs_runner = pytest.mark.skipif(
    not (shutil.which("java") and RUNNER.is_file() and JARS),
    reason="needs java, JENKINSFILE_RUNNER and GROOVY_JARS, the folder with the jars of Groovy",
)

FILES = {
    "integrate": "Jenkinsfile",
    "deliver": "jenkins/deliver.Jenkinsfile",
    "train": "jenkins/train.Jenkinsfile",
    "monitor": "jenkins/monitor.Jenkinsfile",
}
INTEGRATE = ["lint", "secrets", "test", "data", "pipeline", "report", "build-image"]
# What holds other stages, or starts another job.
FRAMES = {"integrate", "model", "approval", "deployment"}
IDENTITIES = {
    "aws": "AWS_{}_ROLE_ARN",
    "gcp": "GCP_{}_ACCOUNT",
    "azure": "AZURE_{}_CLIENT_ID",
}
STAND_IN = """
TARGETS := setup lint secrets test data pipeline image sbom conformance
.PHONY: $(TARGETS)
$(TARGETS):
\t@echo "$@ base=$(BASE) model=$(MODEL)" >>made
\t@[ "$@" != "$(BROKEN)" ]
\t@mkdir -p build && echo "### Gate: passed" >build/report.md
"""


@pytest.fixture(scope="session", params=CONFIG["cloud_target"])
def rendered(request: pytest.FixtureRequest, cookies_session: Cookies) -> Project:
    """A project for each target. Tests leave it as they found it."""
    return render(cookies_session, ci_provider="jenkins", cloud_target=request.param)


def run(
    project: Project, folder: Path, file: str, dry: bool, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a Jenkinsfile in a project; if dry, look at it only."""
    # The runner calls this method of a stage where it means to look a directive up.
    source = RUNNER.read_text(encoding="utf-8").replace("agent(a)", "placed(a)")
    runner = folder / "run.groovy"
    runner.write_text(source, encoding="utf-8")
    command = ("java", "-cp", f"{JARS}/*", f"-Ddry={str(dry).lower()}", "groovy.ui.GroovyMain")
    return project.run(*command, str(runner), file, **settings)


def stages(project: Project, file: str) -> list[str]:
    return re.findall(r"\bstage\('(.+)'\)", project.read(file))


def credentials(project: Project, file: str) -> list[str]:
    """Return the arguments of each `withCredentials`."""
    return re.findall(
        r"\bwithCredentials\((.*?)\) \{$", project.read(file), re.DOTALL | re.MULTILINE
    )


def scripts(project: Project, file: str) -> list[str]:
    return re.findall(r"(?<![.\w])sh '''(.*?)'''", project.read(file), re.DOTALL)


@needs_runner
@pytest.mark.parametrize("file", FILES.values())
def test_the_runner_takes_every_pipeline(rendered: Project, tmp_path: Path, file: str) -> None:
    result = run(rendered, tmp_path, file, dry=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
def test_groovy_finds_no_error(bake: Bake, tmp_path: Path) -> None:
    for target in CONFIG["cloud_target"]:
        project = bake(ci_provider="jenkins", cloud_target=target, init_git=False)
        for file in FILES.values():
            copy = tmp_path / target / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project.path / file, copy)
    options = ("--noserver", "--failon=error", "--path=.", "--files=**/*Jenkinsfile")
    check(tmp_path, "npm-groovy-lint", *options)


def test_stages_have_the_names_of_all_providers(rendered: Project) -> None:
    infrastructure = {"infrastructure"} if rendered.answers["cloud_target"] != "local" else set()
    found = {name: set(stages(rendered, file)) - FRAMES for name, file in FILES.items()}
    assert found == {
        "integrate": {*INTEGRATE, "deliver"} | infrastructure,
        "deliver": {"release", "record", "staging", "production"},
        "train": {"train", "propose"},
        "monitor": {"monitor", "record"},
    }


def test_groovy_puts_nothing_into_a_shell_line(rendered: Project) -> None:
    for file in FILES.values():
        for step in re.findall(r"(?<![.\w])sh\b(.{0,80})", rendered.read(file), re.DOTALL):
            assert re.match(r" '|\(\s*script: '", step), step
        assert 'script: "' not in rendered.read(file)


def test_everything_has_a_limit_and_runs_once_at_a_time(rendered: Project) -> None:
    for file in FILES.values():
        content = rendered.read(file)
        assert content.count("disableConcurrentBuilds(") == 1
        if "agent none" in content.split("stages {")[0] and file != "Jenkinsfile":
            # Here a person's word is waited for, so that each stage has its own limit.
            assert content.count("timeout(") == content.count("agent { label") + 1
        else:
            assert "timeout(" in content.split("stages {")[0]


def test_a_forks_pull_request_gets_no_credentials(rendered: Project) -> None:
    for condition in credentials(rendered, "Jenkinsfile"):
        assert condition.startswith(
            ("env.CHANGE_FORK ? [] :", "env.IDENTITY && !env.CHANGE_FORK ?")
        )


def test_a_fresh_project_asks_for_no_credentials(rendered: Project) -> None:
    for file in ("Jenkinsfile", "jenkins/train.Jenkinsfile"):
        for bindings in credentials(rendered, file):
            if "RETRAIN_TOKEN" not in bindings:  # it is asked for when there is something to push
                assert re.search(r"\? \[\n", bindings)
                assert bindings.count("? [\n") == bindings.count("] : []")


def test_each_pipeline_signs_in_as_its_own_identity(rendered: Project) -> None:
    cloud = rendered.answers["cloud_target"].split("-")[0]
    identities = {"integrate": "READ", "deliver": "DEPLOY", "train": "TRAIN", "monitor": "TRAIN"}
    for name, identity in identities.items():
        found = re.findall(r"IDENTITY = \"\$\{env\.(\w+) \?: ''\}\"", rendered.read(FILES[name]))
        assert found == ([IDENTITIES[cloud].format(identity)] if cloud in IDENTITIES else [])


def test_the_doctor_sees_all_secrets(rendered: Project) -> None:
    source = rendered.path / "src" / "flight_delay" / "ci" / "settings.py"
    settings = runpy.run_path(str(source))["SETTINGS"]
    secrets = {setting.name for setting in settings if setting.secret} - {"RETRAIN_TOKEN"}
    bindings = credentials(rendered, "jenkins/deliver.Jenkinsfile")
    assert len(bindings) == 4
    for binding in bindings:
        if "RETRAIN_TOKEN" in binding:  # for the ledger alone
            continue
        assert secrets <= set(re.findall(r"variable: '(\w+)'", binding))


def test_the_token_of_a_job_is_exchanged_only_if_there_is_one(
    rendered: Project, tmp_path: Path
) -> None:
    cloud = rendered.answers["cloud_target"].split("-")[0]
    script = "set -e; . jenkins/access.sh; env"
    given = {"MLFLOW_TRACKING_URI": "https://mlflow.example.com", "IDENTITY": "reader"}
    before = set(rendered.succeeds("sh", "-c", "env", **given).splitlines())
    after = set(rendered.succeeds("sh", "-c", script, **given).splitlines())
    assert {line for line in before ^ after if line[:2] not in ("_=", "PW")} == set()
    assert "MLFLOW" not in rendered.succeeds("sh", "-c", script, **given, CHANGE_FORK="eve")
    if cloud not in IDENTITIES:
        return
    token = {
        "ID_TOKEN_FILE": "/run/token",
        "WORKSPACE_TMP": str(tmp_path),
        "BUILD_NUMBER": "7",
        "GCP_WORKLOAD_IDENTITY_PROVIDER": "projects/1/providers/jenkins",
    }
    signed_in = rendered.succeeds("sh", "-c", script, **given, **token)
    if cloud == "gcp":
        written = json.loads((tmp_path / "google.json").read_text(encoding="utf-8"))
        assert written["type"] == "external_account"
        assert written["credential_source"] == {"file": "/run/token"}
        assert "/reader:generate" in written["service_account_impersonation_url"]
        assert written["audience"].endswith("//iam.googleapis.com/projects/1/providers/jenkins")
        assert f"GOOGLE_APPLICATION_CREDENTIALS={tmp_path}/google.json" in signed_in
    elif cloud == "aws":
        assert "AWS_ROLE_ARN=reader" in signed_in
        assert "AWS_WEB_IDENTITY_TOKEN_FILE=/run/token" in signed_in
    else:
        assert "AZURE_FEDERATED_TOKEN_FILE=/run/token" in signed_in
        assert "ARM_OIDC_TOKEN_FILE_PATH=/run/token" in signed_in


def test_jobs_are_made_from_the_pipelines(rendered: Project, tmp_path: Path) -> None:
    _, *jobs = [item["job"] for item in yaml.safe_load(rendered.read("jenkins/jobs.yaml"))]
    found = {
        job["name"]: job.get("script-path") or job["pipeline-scm"]["script-path"] for job in jobs
    }
    assert found == {f"flight-delay/{name}": file for name, file in FILES.items()}
    for job, name in zip(jobs[2:], ("train", "monitor"), strict=True):
        assert f"cron('{job['triggers'][0]['timed']}')" in rendered.read(FILES[name])
    check(
        rendered.path,
        "jenkins-jobs",
        "test",
        "jenkins/jobs.yaml",
        "--config-xml",
        "-o",
        str(tmp_path),
    )


def test_updates_are_configured(rendered: Project) -> None:
    terraform = rendered.answers["cloud_target"] not in ("local", "kubernetes")
    managers = set(json.loads(rendered.read("renovate.json"))["enabledManagers"])
    assert managers >= {"pep621", "dockerfile"} | ({"terraform"} if terraform else set())
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.renovate", "renovate.json")


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
    else:
        assert failed_stage(result) == broken, result.stdout


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_pipeline_is_compared_with_a_commit(wired: Project, shell: str) -> None:
    (script,) = scripts(wired, "Jenkinsfile")
    tip = commit_nothing(wired)
    wired.succeeds("git", "update-ref", "refs/remotes/origin/release/1", tip)
    before = commit_nothing(wired)
    commit_nothing(wired)
    for target, base in (("release/1", tip), ("gone; touch broken", ""), ("", before)):
        wired.succeeds(shell, "-ec", script, CHANGE_TARGET=target)
        assert wired.read("made").splitlines()[-1] == f"pipeline base={base} model="
    assert not (wired.path / "broken").exists()


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


@pytest.mark.parametrize(("mode", "arrives"), [("", "retrain/1"), ("direct", "main")])
def test_what_was_trained_is_pushed(
    wired: Project, tmp_path: Path, mode: str, arrives: str
) -> None:
    script = scripts(wired, "jenkins/train.Jenkinsfile")[-1].replace("\\\n", "")
    remote = str(tmp_path / "remote.git")
    wired.succeeds("git", "init", "--quiet", "--bare", remote)
    wired.succeeds("git", "remote", "add", "origin", remote)
    (wired.path / "build" / "proposal").mkdir(parents=True)
    (wired.path / "build" / "proposal" / "branch").write_text("retrain/1\n", encoding="utf-8")
    wired.succeeds("sh", "-ec", script, RETRAIN_MODE=mode)
    pushed = wired.succeeds("git", "-C", remote, "branch", "--format=%(refname:short)")
    assert pushed.split() == [arrives]


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


@needs_runner
@first_pushes("jenkins")
def test_a_first_push_is_integrated(bake: Bake, tmp_path: Path, answers: dict[str, str]) -> None:
    project = bake(**answers, init_git=True)
    result = run(project, tmp_path, "Jenkinsfile", dry=False, **BUILD, **own_tests_for(answers))
    if docker_is_there():
        assert result.returncode == 0, result.stdout
    else:  # there can be no image, but all that comes before it
        assert failed_stage(result) == "build-image", result.stdout
    assert "### Gate: passed" in project.read("build/report.md")


@needs_runner
@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "broken"), [(plant_failing_test, "test"), (plant_bad_row, "data")]
)
def test_a_planted_fault_fails_the_stage_that_is_there_for_it(
    bake: Bake, tmp_path: Path, plant: Callable[[Project], None], broken: str
) -> None:
    project = bake(ci_provider="jenkins", init_git=True, project_name="Planted")
    plant(project)
    result = run(project, tmp_path, "Jenkinsfile", dry=False, **BUILD)
    assert failed_stage(result) == broken, result.stdout


def failed_stage(result: subprocess.CompletedProcess[str]) -> str:
    """Return the innermost stage in which the runner has stopped."""
    assert result.returncode == 1, result.stdout
    (where,) = re.findall(r"^\S*Jenkinsfile: (\S+): sh exited", result.stdout, re.MULTILINE)
    return str(re.findall(r"stage\(([\w-]+)\)", where)[-1])


def commit_nothing(project: Project, message: str = "feat: on main") -> str:
    """Make an empty commit, and return it."""
    author = ("-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.com")
    options = ("--quiet", "--allow-empty", "--no-verify", f"--message={message}")
    project.succeeds("git", *author, "commit", *options)
    return project.succeeds("git", "rev-parse", "HEAD").strip()

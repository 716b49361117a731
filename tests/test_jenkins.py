"""The pipelines of a project on Jenkins: what checkers and rules find in them."""

import json
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_cookies.plugin import Cookies

from .conftest import CONFIG, Bake, Project, render
from .jenkins import FILES, INTEGRATE, needs_runner, run
from .test_files import check

# What holds other stages, or starts another job.
FRAMES = {"integrate", "model", "approval", "deployment"}
IDENTITIES = {
    "aws": "AWS_{}_ROLE_ARN",
    "gcp": "GCP_{}_ACCOUNT",
    "azure": "AZURE_{}_CLIENT_ID",
}


@pytest.fixture(scope="session", params=CONFIG["cloud_target"])
def rendered(request: pytest.FixtureRequest, cookies_session: Cookies) -> Project:
    """A project for each target. Tests leave it as they found it."""
    return render(cookies_session, ci_provider="jenkins", cloud_target=request.param)


def stages(project: Project, file: str) -> list[str]:
    return re.findall(r"\bstage\('(.+)'\)", project.read(file))


def credentials(project: Project, file: str) -> list[str]:
    """Return the arguments of each `withCredentials`."""
    return re.findall(
        r"\bwithCredentials\((.*?)\) \{$", project.read(file), re.DOTALL | re.MULTILINE
    )


def settings_of(project: Project) -> tuple[Any, ...]:
    """Return the variables and secrets that the project's CI has."""
    source = project.path / "src" / "flight_delay" / "ci" / "settings.py"
    return tuple(runpy.run_path(str(source))["SETTINGS"])


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


def test_variables_of_the_folder_reach_every_stage_that_reads_one(rendered: Project) -> None:
    settings = {setting.name for setting in settings_of(rendered) if not setting.secret}
    reads = re.compile(rf"\b({'|'.join(settings | {'API_KEY_CREDENTIAL', 'IDENTITY'})})\b")
    for file in FILES.values():
        code = re.sub(r"//.*", "", rendered.read(file))
        pipeline, *parts = re.split(r"\bstage\('", code)
        # What the pipeline's own `environment` computes is computed outside of its options.
        assert not reads.search(pipeline)
        readers = [part for part in parts if reads.search(part)]
        assert readers
        for part in readers if "withFolderProperties()" not in pipeline else ():
            assert "withFolderProperties()" in part, part


def test_each_pipeline_signs_in_as_its_own_identity(rendered: Project) -> None:
    cloud = rendered.answers["cloud_target"].split("-")[0]
    identities = {"integrate": "READ", "deliver": "DEPLOY", "train": "TRAIN", "monitor": "TRAIN"}
    for name, identity in identities.items():
        found = re.findall(r"IDENTITY = \"\$\{env\.(\w+) \?: ''\}\"", rendered.read(FILES[name]))
        assert set(found) == (
            {IDENTITIES[cloud].format(identity)} if cloud in IDENTITIES else set()
        )


def test_the_doctor_sees_all_secrets_and_the_others_those_they_need(rendered: Project) -> None:
    secrets = {setting.name for setting in settings_of(rendered) if setting.secret}
    given = [
        set(re.findall(r"\w*ariable: '(\w+)'", bindings))
        for bindings in credentials(rendered, "jenkins/deliver.Jenkinsfile")
    ]
    token, doctor, release, record, *deployments = given
    assert secrets <= token | doctor
    assert record == {"GIT_USERNAME", "GIT_PASSWORD"}
    assert len(deployments) == 2
    for needed in (release, *deployments):
        assert needed >= secrets - {"RETRAIN_TOKEN"}
        assert "RETRAIN_TOKEN" not in needed


def test_what_signs_docker_in_is_gone_with_the_stage(rendered: Project) -> None:
    has_registry = rendered.answers["cloud_target"] != "local"
    parts = re.split(r"\bstage\('", rendered.read("jenkins/deliver.Jenkinsfile"))
    parts = [part for part in parts if re.search("make release|make setup deploy", part)]
    assert len(parts) == 3
    for part in parts:
        assert ('DOCKER_CONFIG = "${env.WORKSPACE_TMP}/docker"' in part) is has_registry
        removed = re.search(r"post \{\s+always \{\s+sh 'rm -rf \"\$DOCKER_CONFIG\"'", part)
        assert (removed is not None) is has_registry


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
    jobs = [item["job"] for item in yaml.safe_load(rendered.read("jenkins/jobs.yaml"))]
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


def test_the_docs_name_every_job(rendered: Project) -> None:
    for name, file in FILES.items():
        assert re.search(
            rf"^\| `{name}` \| .* \| `{file}` \|$", rendered.read("docs/ci.md"), re.MULTILINE
        )
        if rendered.answers["cloud_target"].split("-")[0] in IDENTITIES:
            assert re.search(
                rf"^\| \w+ \| .*`{name}`", rendered.read("docs/deploy.md"), re.MULTILINE
            )


def test_updates_are_configured(rendered: Project) -> None:
    terraform = rendered.answers["cloud_target"] not in ("local", "kubernetes")
    config = json.loads(rendered.read("renovate.json"))
    managers = set(config["enabledManagers"])
    assert managers >= {"pep621", "dockerfile"} | ({"terraform"} if terraform else set())
    assert [rule["matchPackageNames"] for rule in config["packageRules"] if "enabled" in rule] == [
        ["python"]
    ]
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.renovate", "renovate.json")

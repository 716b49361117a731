"""Which credentials the stages of a project on Jenkins get, and what they make of them."""

import json
import re
from pathlib import Path

from ..ci import family, settings_of
from ..conftest import Project
from .conftest import IDENTITIES
from .runner import FILES


def credentials(project: Project, file: str) -> list[str]:
    """Return the arguments of each `withCredentials`."""
    return re.findall(
        r"\bwithCredentials\((.*?)\) \{$", project.read(file), re.DOTALL | re.MULTILINE
    )


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
    cloud = family(rendered)
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
    has_registry = family(rendered) != "local"
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
    cloud = family(rendered)
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

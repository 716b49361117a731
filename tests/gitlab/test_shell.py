"""What jobs on GitLab call before their `make` line: the sign-in."""

import json
import re
import stat
from pathlib import Path

import pytest

from ..conftest import Bake
from .pipeline import in_job


@pytest.mark.parametrize("target", ["aws-ec2", "gcp-cloud-run", "azure-ml"])
def test_signing_in_hides_the_token_in_a_file(bake: Bake, target: str) -> None:
    project = bake(ci_provider="gitlab-ci", cloud_target=target, init_git=False)
    variables = {
        "ID_TOKEN": "ey.token",
        "CI_PROJECT_ID": "1",
        "CI_JOB_ID": "42",
        "GCP_WORKLOAD_IDENTITY_PROVIDER": "projects/9/locations/global/pool",
        "AZURE_TENANT_ID": "tenant",
        "AZURE_SUBSCRIPTION_ID": "subscription",
    }
    before = in_job(project, "sign_in ''; env", **variables).stdout
    assert not re.search("_(FILE|CREDENTIALS|ARN|CLIENT_ID)=", before), "nobody is to sign in"
    result = in_job(project, "sign_in who; env", **variables)
    assert result.returncode == 0, result.stdout
    signed_in = dict(line.split("=", 1) for line in result.stdout.splitlines() if "=" in line)
    match target:
        case "aws-ec2":
            token = Path(signed_in["AWS_WEB_IDENTITY_TOKEN_FILE"])
            assert signed_in["AWS_ROLE_ARN"] == "who"
            assert signed_in["AWS_ROLE_SESSION_NAME"] == "gitlab-1-42"
        case "gcp-cloud-run":
            account = json.loads(Path(signed_in["GOOGLE_APPLICATION_CREDENTIALS"]).read_text())
            token = Path(account["credential_source"]["file"])
            assert account["type"] == "external_account"
            assert account["audience"] == "//iam.googleapis.com/projects/9/locations/global/pool"
            assert "/serviceAccounts/who:" in account["service_account_impersonation_url"]
        case _:
            token = Path(signed_in["AZURE_FEDERATED_TOKEN_FILE"])
            assert signed_in["ARM_OIDC_TOKEN_FILE_PATH"] == str(token)
            assert signed_in["AZURE_CLIENT_ID"] == signed_in["ARM_CLIENT_ID"] == "who"
            assert signed_in["AZURE_TENANT_ID"] == signed_in["ARM_TENANT_ID"] == "tenant"
            assert signed_in["ARM_SUBSCRIPTION_ID"] == "subscription"
            assert signed_in["ARM_USE_OIDC"] == "true"
    assert token.read_text() == "ey.token"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert not token.is_relative_to(project.path), "artifacts are taken from there"


def test_signing_in_to_a_registry_shows_no_password(bake: Bake, tmp_path: Path) -> None:
    project = bake(ci_provider="gitlab-ci", cloud_target="kubernetes", init_git=False)
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$*" >{tmp_path}/arguments\ncat >{tmp_path}/stdin\n')
    docker.chmod(0o755)
    result = in_job(
        project,
        f'PATH="{tmp_path}:$PATH"\nsign_in\necho "at $KUBECONFIG"',
        IMAGE_REGISTRY="registry.example.com/team",
        REGISTRY_USER="ada",
        REGISTRY_PASSWORD="pass'word",  # noqa: S106 (no real one)
        KUBE_CONFIG="/builds/config",
    )
    assert result.stdout == "at /builds/config\n"
    arguments = "login --username ada --password-stdin registry.example.com"
    assert (tmp_path / "arguments").read_text().strip() == arguments
    assert (tmp_path / "stdin").read_text() == "pass'word"

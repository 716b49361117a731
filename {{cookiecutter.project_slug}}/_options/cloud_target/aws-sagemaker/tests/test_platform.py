"""A release is brought to SageMaker, registered, and taken back where it does not hold.

Against moto's server, with `Terraform` from stand_in.py for the real one.
"""

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from {{ cookiecutter.package_name }} import NAME, bundle, paths
from {{ cookiecutter.package_name }}.deployment import deploy as deployment
from {{ cookiecutter.package_name }}.deployment import docker, model_registry, platform
from {{ cookiecutter.package_name }}.deployment.release import (
    DeploymentError,
    Environment,
    Release,
)
from {{ cookiecutter.package_name }}.prediction import answers

from .account import NUMBER, REGION, Docker, ask, client, empty_account
from .stand_in import Terraform, serves

MODELS = f"{NAME}-{NUMBER}-models"


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An account with what `infra/foundation` makes."""
    monkeypatch.setattr(paths, "CHAMPION", paths.CANDIDATE)
    monkeypatch.setattr(platform, "PATIENCE", 0.5)
    monkeypatch.setattr(docker, "_run", Docker())
    with empty_account(tmp_path) as url:
        client("ecr").create_repository(repositoryName=NAME)
        client("sagemaker").create_model_package_group(ModelPackageGroupName=NAME)
        place = {"LocationConstraint": REGION}
        client("s3").create_bucket(Bucket=MODELS, CreateBucketConfiguration=place)
        yield url


@pytest.fixture
def terraform(account: str, monkeypatch: pytest.MonkeyPatch) -> Terraform:
    terraform = Terraform()
    monkeypatch.setattr(platform, "Stack", terraform)
    return terraform


def release_to(environment: Environment, version: str | None = None) -> Release:
    """Return a release of the candidate; with a version, as if it were another one."""
    release = Release(environment, *bundle.verify(paths.CANDIDATE))
    if version is None:
        return release
    manifest = release.manifest.model_copy(update={"version": version})
    return replace(release, manifest=manifest, digest=version[0] * 64)


def answer_with(account: str, release: Release) -> None:
    """Let moto's endpoints answer as a release does."""
    manifest = release.manifest
    predictions = answers(np.array([manifest.example.raw_prediction]), manifest.thresholds)
    body = {"predictions": predictions, "model": {"name": NAME, "version": manifest.version}}
    result = {"Body": json.dumps(body), "ContentType": "application/json"}
    content = {"account_id": NUMBER, "region": REGION, "results": [result]}
    ask(account, "static/sagemaker/endpoint-results", json.dumps(content).encode())


def deploy(release: Release) -> str | None:
    return deployment.deploy(release, lambda _: True, api_key=None)


def serving(account: str, environment: Environment) -> Release:
    """Deploy a release that answers rightly, and return it."""
    release = release_to(environment)
    answer_with(account, release)
    deploy(release)
    return release


def packages() -> list[tuple[str, str]]:
    """Return the version and the approval of each model package."""
    found = client("sagemaker").list_model_packages(ModelPackageGroupName=NAME)
    return [
        (package["ModelPackageDescription"].split()[0], package["ModelApprovalStatus"])
        for package in found["ModelPackageSummaryList"]
    ]


@pytest.mark.parametrize(
    ("environment", "approval"),
    [("staging", "PendingManualApproval"), ("production", "Approved")],
)
def test_a_release_serves_and_production_approves_it(
    account: str, terraform: Terraform, environment: Environment, approval: str
) -> None:
    release = release_to(environment)
    answer_with(account, release)
    url = deploy(release)
    assert url == f"{account}/endpoints/{NAME}-{environment}/invocations"
    assert serves(f"{NAME}-{environment}") == terraform.found["configuration"]
    assert packages() == [(release.manifest.version, approval)]
    deployed = terraform.planned["release"]
    assert "@sha256:" in deployed["image"]
    assert deployed["digest"] == release.digest
    assert stored(deployed["model_data"]) == model_registry.archive(paths.CANDIDATE)


def stored(url: str) -> bytes:
    bucket, key = url.removeprefix("s3://").split("/", 1)
    content: bytes = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def test_the_same_again_uploads_and_registers_nothing(account: str, terraform: Terraform) -> None:
    client("s3").put_bucket_versioning(Bucket=MODELS, VersioningConfiguration={"Status": "Enabled"})
    answer_with(account, release_to("production"))
    for _ in range(2):
        deploy(release_to("production"))
    assert len(client("s3").list_object_versions(Bucket=MODELS)["Versions"]) == 1
    assert len(packages()) == 1
    assert len(terraform.found["releases"]) == 1


def test_a_release_that_answers_wrongly_is_taken_back(account: str, terraform: Terraform) -> None:
    serving(account, "production")
    before = serves(f"{NAME}-production")
    with pytest.raises(DeploymentError, match=r"not with second[\s\S]*serves again"):
        deploy(release_to("production", "second"))  # the endpoint answers as the first one
    assert serves(f"{NAME}-production") == before
    assert dict(packages())["second"] == "PendingManualApproval"


def test_an_alarm_that_a_release_sets_off_does_not_keep_it(
    account: str, terraform: Terraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving(account, "production")
    before = serves(f"{NAME}-production")

    def try_out(*_: object) -> None:
        terraform.ringing = {f"{NAME}-production-errors"}
        raise DeploymentError("It answers with errors.")

    monkeypatch.setattr(deployment, "smoke_test", try_out)
    with pytest.raises(DeploymentError, match="serves again"):
        deploy(release_to("production", "second"))
    assert serves(f"{NAME}-production") == before


def test_an_alarm_that_rings_already_does_not_keep_the_remedy(
    account: str, terraform: Terraform
) -> None:
    serving(account, "production")
    alarm = f"{NAME}-production-errors"
    for name, state in [(alarm, "ALARM"), (f"{NAME}-production-latency", "OK")]:
        client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="Invocation5XXErrors",
            Namespace="AWS/SageMaker",
            Period=60,
            Statistic="Average",
            Threshold=0.01,
        )
        client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")
    terraform.ringing = {alarm}
    platform.plan(release_to("production", "second"))
    assert terraform.planned["ringing"] == [alarm]
    terraform.apply()
    assert serves(f"{NAME}-production") == terraform.found["configuration"]


def test_a_way_back_that_sagemaker_ends_is_no_way_back(
    account: str, terraform: Terraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving(account, "staging")
    plan = platform.plan(release_to("staging", "second"))
    terraform.apply()
    monkeypatch.setattr(terraform, "_is_quiet", lambda: False)
    with pytest.raises(DeploymentError, match="did not keep the release"):
        platform.roll_back(plan)


def test_a_first_release_that_answers_wrongly_leaves_no_endpoint(
    account: str, terraform: Terraform
) -> None:
    with pytest.raises(DeploymentError, match="nothing serves now"):
        deploy(release_to("staging"))
    assert serves(f"{NAME}-staging") is None


def test_it_is_noticed_that_sagemaker_went_back_by_itself(
    account: str, terraform: Terraform
) -> None:
    first = serving(account, "staging")
    before = serves(f"{NAME}-staging")
    terraform.keeps = False
    with pytest.raises(DeploymentError, match=r"did not keep the release[\s\S]*Rolled back: "):
        deploy(release_to("staging", "second"))
    assert serves(f"{NAME}-staging") == before
    assert [known["version"] for known in terraform.found["releases"]] == [first.manifest.version]


def test_what_really_serves_is_what_a_plan_goes_back_to(account: str, terraform: Terraform) -> None:
    """Also where a deployment was killed before it could notice that SageMaker went back."""
    first = serving(account, "staging")
    terraform.keeps = False
    platform.plan(release_to("staging", "second"))
    terraform.apply()
    assert terraform.found["releases"][0]["version"] == "second"
    plan = platform.plan(release_to("staging", "third"))
    assert plan.before["before"][0]["version"] == first.manifest.version


def test_a_plan_changes_nothing_that_serves(account: str, terraform: Terraform) -> None:
    plan = platform.plan(release_to("staging"))
    assert plan.text == f"Plan for {NAME}-staging"
    assert plan.before == {}
    assert serves(f"{NAME}-staging") is None
    assert packages() == []


def test_without_a_foundation_it_is_said_what_lays_it(account: str, terraform: Terraform) -> None:
    client("ecr").delete_repository(repositoryName=NAME)
    with pytest.raises(DeploymentError, match="`make foundation`"):
        platform.plan(release_to("staging"))


def test_an_endpoint_that_is_being_changed_is_left_alone_and_waited_for(
    account: str, terraform: Terraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = {"EndpointStatus": "InService", "EndpointConfigName": f"{NAME}-staging-12345678"}
    changing = [{"EndpointStatus": state} for state in ("Updating", "RollingBack")]
    states = iter([*changing, back, back, back])
    monkeypatch.setattr(platform, "_describe", lambda _: next(states))
    monkeypatch.setattr(platform, "PAUSE", 0.0)
    release = release_to("staging")
    with pytest.raises(DeploymentError, match="is Updating: another deployment"):
        platform.plan(release)
    before = {"before": [{"id": "12345678", "version": "first"}]}
    variables = {"release": None, **before, "ringing": []}
    monkeypatch.setattr(terraform, "apply", lambda: None)
    terraform.found = {"alarms": ["rings"], "configuration": f"{NAME}-staging-12345678"}
    plan = platform.ServicePlan(release, "", before, variables)
    assert platform.roll_back(plan) == "first serves again"
    assert list(states) == []
    assert terraform.planned == {**variables, "roll_back": True}


def test_an_environment_is_removed_and_its_records_stay(account: str, terraform: Terraform) -> None:
    assert "no endpoint" in platform.destroy("staging")
    answer_with(account, release_to("staging"))
    deploy(release_to("staging"))
    assert "prediction log" in platform.destroy("staging")
    assert serves(f"{NAME}-staging") is None
    assert len(packages()) == 1


def test_the_archive_is_the_bundle_and_always_the_same(candidate: Path, tmp_path: Path) -> None:
    content = model_registry.archive(candidate)
    for path in candidate.iterdir():
        path.touch()
        path.chmod(0o600)
    assert model_registry.archive(candidate) == content
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert {member.mode for member in tar} == {0o644}
        tar.extractall(tmp_path / "model", filter="data")
    assert bundle.verify(tmp_path / "model") == bundle.verify(candidate)


def test_requests_are_signed_for_sagemaker(account: str) -> None:
    endpoint = platform.endpoint("production")
    assert endpoint.ready is None
    headers = endpoint.headers("POST", endpoint.predict, b"{}")
    assert f"/{REGION}/sagemaker/aws4_request" in headers["Authorization"]

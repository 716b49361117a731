"""The account on AWS is found, kept safe and signed in to, or it is said clearly why not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
import pytest
from botocore.exceptions import ClientError

from {{ cookiecutter.package_name }} import NAME
from {{ cookiecutter.package_name }}.deployment import aws, ecr
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError
from {{ cookiecutter.package_name }}.serving.prediction_log import PredictionLog

from .account import NUMBER, REGION, ask, client, empty_account

BUCKET = f"{NAME}-{NUMBER}-terraform"


@pytest.fixture
def account(tmp_path: Path) -> Iterator[str]:
    with empty_account(tmp_path) as url:
        yield url


def test_the_state_has_a_bucket_that_is_made_safe(account: str) -> None:
    assert aws.state("staging") == {
        "bucket": BUCKET,
        "key": "staging.tfstate",
        "region": REGION,
        "use_lockfile": "true",
        "encrypt": "true",
    }
    assert_safe()


def test_the_names_of_buckets_are_short_enough() -> None:
    assert len(BUCKET) <= 63


def test_a_bucket_of_the_first_region_is_made(
    account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert aws.state("production")["region"] == "us-east-1"
    assert_safe()


def test_a_bucket_that_is_there_is_made_safe(account: str) -> None:
    client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    client("s3").put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )
    aws.state("staging")
    assert_safe()


def test_what_is_safe_is_not_changed(account: str) -> None:
    aws.state("staging")
    stricter = client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"].replace("TlsOnly", "Own")
    client("s3").put_bucket_policy(Bucket=BUCKET, Policy=stricter)
    aws.state("staging")
    assert client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"] == stricter


def assert_safe() -> None:
    s3 = client("s3")
    public = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert len(public) == 4
    assert all(public.values())
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    assert policy["Statement"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert policy["Statement"]["Effect"] == "Deny"


def test_a_state_in_another_region_is_not_taken_for_none(
    account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.state("staging")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    with pytest.raises(DeploymentError, match=f"state is in {REGION} .* AWS_REGION is eu-west-1"):
        aws.state("staging")


def test_without_credentials_it_is_said_how_to_get_some(
    account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(DeploymentError, match="Sign in, for instance with `aws sso login`"):
        aws.account()
    with pytest.raises(DeploymentError, match="Sign in, for instance with `aws sso login`"):
        aws.signed("sts")("POST", "https://example.com", b"{}")


def test_without_a_region_it_is_said_what_to_set(
    account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(DeploymentError, match=r"No region .* AWS_REGION"):
        aws.account()


def test_a_profile_that_does_not_exist_is_named(
    account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(DeploymentError, match="missing"):
        aws.account()


@contextmanager
def only_allowed(account: str, action: str, resource: str) -> Iterator[None]:
    """Use the credentials of a user who may do one thing."""
    may = {"Effect": "Allow", "Action": action, "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": may})
    iam = client("iam")
    iam.create_user(UserName="ada")
    iam.put_user_policy(UserName="ada", PolicyName="may", PolicyDocument=policy)
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        patch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        ask(account, "reset-auth", b"0")
        try:
            yield
        finally:
            ask(account, "reset-auth", b"inf")


@pytest.fixture
def without_rights(account: str) -> Iterator[None]:
    """The credentials of a user who may do nothing but ask who they are."""
    with only_allowed(account, "sts:GetCallerIdentity", "*"):
        yield


def test_a_bucket_that_may_not_be_seen_is_not_used(without_rights: None) -> None:
    """As is one of that name in another account: AWS answers the same."""
    with pytest.raises(DeploymentError, match=f"{BUCKET} .* another account, or these credentials"):
        aws.state("staging")


def test_without_rights_it_is_said_what_was_not_allowed(without_rights: None) -> None:
    with pytest.raises(DeploymentError, match=r"registry of images: [\s\S]*not authorized"):
        ecr.login()


def test_the_prediction_log_needs_no_right_but_to_add_to_it(account: str) -> None:
    """Neither to look at the bucket, nor to read, replace or delete what is in it."""
    place = {"LocationConstraint": REGION}
    client("s3").create_bucket(Bucket="data", CreateBucketConfiguration=place)
    lost: list[int] = []
    with only_allowed(account, "s3:PutObject", "arn:aws:s3:::data/prediction-log/staging/*"):
        for folder in ("staging", "production"):
            fsspec.get_filesystem_class("s3").clear_instance_cache()
            url = f"s3://data/prediction-log/{folder}"
            log = PredictionLog(url, flush_seconds=60, capacity=10, on_drop=lost.append)
            log.start()
            log.put("predictions", [{"time": "2013-07-03T10:00:00", "prediction": 1.0}])
            log.stop()
    (written,) = client("s3").list_objects_v2(Bucket="data")["Contents"]
    assert written["Key"].startswith("prediction-log/staging/predictions/date=2013-07-03/")
    assert lost == [1]


def test_signed_requests_are_whose_they_say(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign what STS is asked, which says whose signature it is."""
    client("iam").create_user(UserName="ada")
    key = client("iam").create_access_key(UserName="ada")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    headers = dict(aws.signed("sts")("POST", account, b"{}"))
    assert f"{key['AccessKeyId']}/" in headers["Authorization"]
    assert f"/{REGION}/sts/aws4_request" in headers["Authorization"]
    assert headers["X-Amz-Date"]
    other = dict(aws.signed("sts")("POST", account, b"{ }"))
    assert other["Authorization"] != headers["Authorization"]


def test_errors_of_aws_keep_their_words() -> None:
    error: Any = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
    with (
        pytest.raises(DeploymentError, match=r"Counting: .*ThrottlingException.*Rate exceeded"),
        aws.explained("Counting"),
    ):
        raise ClientError(error, "Count")

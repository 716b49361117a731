"""The account on AWS: who deploys, Terraform's state, signed requests."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, TokenRetrievalError

from .. import NAME
from .release import DeploymentError

HELP = "Sign in, for instance with `aws sso login`, and set AWS_PROFILE and AWS_REGION."
PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Raise DeploymentError, with what was being done, for whatever AWS or its client says."""
    try:
        yield
    except (NoCredentialsError, TokenRetrievalError) as error:
        raise DeploymentError(f"{doing}: {error} {HELP}") from error
    except (BotoCoreError, ClientError) as error:
        raise DeploymentError(f"{doing}: {error}") from error


def code(error: ClientError) -> str:
    """Return what AWS calls an error."""
    return str(error.response["Error"]["Code"])


@cache
def session() -> boto3.Session:
    """Return the same session for all, so that whoever signs in with a second factor does it once."""
    return boto3.Session()


def region() -> str:
    """Return the region, where Terraform looks for it, too. Raises DeploymentError if none is set."""
    with explained("Reading the profile"):
        found = os.environ.get("AWS_REGION") or session().region_name
    if not found:
        raise DeploymentError(f"No region of AWS is set. {HELP}")
    return str(found)


def client(service: str) -> Any:
    """Return a client of one of AWS's services."""
    return session().client(service, region_name=region())


def account() -> str:
    """Return the number of the account. Raises DeploymentError without credentials."""
    with explained("Asking AWS for the account"):
        return str(client("sts").get_caller_identity()["Account"])


def state(key: str) -> dict[str, str]:
    """Return where Terraform keeps a state: in a bucket of its own, which is made if it is missing.

    Raises DeploymentError if the bucket cannot be had, or is not as safe as it has to be.
    """
    bucket = f"{NAME}-{account()}-terraform"
    with explained(f"Looking after the bucket {bucket} for Terraform's state"):
        _have_bucket(bucket)
        _make_safe(bucket)
    return {
        "bucket": bucket,
        "key": f"{key}.tfstate",
        "region": region(),
        "use_lockfile": "true",
        "encrypt": "true",
    }


def _have_bucket(bucket: str) -> None:
    s3, here = client("s3"), region()
    try:
        found = s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account())
    except ClientError as error:
        if code(error) == "403":
            raise DeploymentError(
                f"The bucket {bucket} for Terraform's state belongs to another account, or these "
                "credentials may not see it."
            ) from error
        if code(error) != "404":
            raise
        # The first region is the default, and must not be named.
        place = {"LocationConstraint": here}
        options = {} if here == "us-east-1" else {"CreateBucketConfiguration": place}
        s3.create_bucket(Bucket=bucket, **options)
        return
    if found.get("BucketRegion", here) != here:
        raise DeploymentError(
            f"Terraform's state is in {found['BucketRegion']} ({bucket}), and so is all that it "
            f"knows of, but AWS_REGION is {here}."
        )


def _make_safe(bucket: str) -> None:
    """See that it is private, keeps versions, encrypts, and speaks TLS; change what is not so."""
    s3 = client("s3")
    public = _found(s3.get_public_access_block, bucket).get("PublicAccessBlockConfiguration")
    if public != PRIVATE:
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=PRIVATE)
    if _found(s3.get_bucket_versioning, bucket).get("Status") != "Enabled":
        enabled = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=enabled)
    # An encryption or a policy that is there already may be stricter than ours: it stays.
    if not _found(s3.get_bucket_encryption, bucket):
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    if not _found(s3.get_bucket_policy, bucket):
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_tls_only(bucket)))


def _found(get: Callable[..., Any], bucket: str) -> dict[str, Any]:
    """Return a setting of a bucket; empty if it has none."""
    try:
        answer: dict[str, Any] = get(Bucket=bucket)
    except ClientError as error:
        # NoSuchBucketPolicy, ServerSideEncryptionConfigurationNotFoundError, …
        if code(error).startswith("NoSuch") or code(error).endswith("NotFoundError"):
            return {}
        raise
    return answer


def _tls_only(bucket: str) -> dict[str, Any]:
    arn = f"arn:{session().get_partition_for_region(region())}:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    }


def signed(service: str) -> Callable[[str, str, bytes], Mapping[str, str]]:
    """Return what signs requests to one of AWS's services, with the credentials that are here."""

    def headers(method: str, url: str, body: bytes) -> Mapping[str, str]:
        with explained("Signing a request"):
            credentials = session().get_credentials()
            if credentials is None:
                raise NoCredentialsError
            request = AWSRequest(method, url, data=body)
            SigV4Auth(credentials, service, region()).add_auth(request)
        return dict(request.headers)

    return headers

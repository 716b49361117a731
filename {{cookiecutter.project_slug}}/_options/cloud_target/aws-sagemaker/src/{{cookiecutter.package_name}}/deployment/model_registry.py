"""The bundle in S3, as SageMaker unpacks it, and as a model package in SageMaker's registry."""

import gzip
import io
import tarfile
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from .. import NAME, paths
from . import aws
from .release import DeploymentError, Release

PAUSE = 2.0  # seconds between two looks at a model package
LONGEST = 300.0  # seconds that making one may take
JSON = "application/json"


def archive(bundle: Path) -> bytes:
    """Return a bundle as a model.tar.gz: the same bytes whenever and by whomever it is made.

    Everyone may read its files, since the service does not run as the owner that they get.
    """
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(bundle.iterdir()):
            member = tarfile.TarInfo(path.name)
            member.size = path.stat().st_size
            member.mode = 0o644
            with path.open("rb") as file:
                tar.addfile(member, file)
    return gzip.compress(content.getvalue(), mtime=0)


def upload(release: Release) -> str:
    """Put a release's bundle into the bucket for models, unless it is there; return its URL.

    Raises DeploymentError.
    """
    bucket = f"{NAME}-{aws.account()}-models"
    key = f"bundles/{release.manifest.version}-{release.digest[:12]}/model.tar.gz"
    with aws.explained(f"Uploading the bundle to {bucket}"):
        try:
            # What is there stays: a release that serves may be started from it again.
            aws.client("s3").put_object(
                Bucket=bucket, Key=key, Body=archive(paths.CHAMPION), IfNoneMatch="*"
            )
        except ClientError as error:
            if aws.code(error) != "PreconditionFailed":
                raise
    return f"s3://{bucket}/{key}"


def register(release: Release, image: str, model_data: str) -> str:
    """Have a model package of a release in the registry, to be approved; return its ARN.

    Raises DeploymentError.
    """
    name = f"{release.manifest.version} ({release.digest}) in {image.split('@')[1]}"
    with aws.explained("Registering the model package"):
        package = _find(name) or _create(release, name, image, model_data)
        _wait_for(package)
    return package


def approve(package: str) -> None:
    """Note that a model package has answered rightly in production. Raises DeploymentError."""
    with aws.explained("Approving the model package"):
        aws.client("sagemaker").update_model_package(
            ModelPackageArn=package,
            ModelApprovalStatus="Approved",
            ApprovalDescription="Passed the gate, and answers in production as its bundle does",
        )


def _find(name: str) -> str | None:
    pages = aws.client("sagemaker").get_paginator("list_model_packages")
    for page in pages.paginate(ModelPackageGroupName=NAME):
        for package in page["ModelPackageSummaryList"]:
            if package.get("ModelPackageDescription") == name:
                return str(package["ModelPackageArn"])
    return None


def _create(release: Release, name: str, image: str, model_data: str) -> str:
    manifest = release.manifest
    answer = aws.client("sagemaker").create_model_package(
        ModelPackageGroupName=NAME,
        ModelPackageDescription=name,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": model_data}],
            "SupportedContentTypes": [JSON],
            "SupportedResponseMIMETypes": [JSON],
        },
        CustomerMetadataProperties={
            "version": manifest.version,
            "digest": release.digest,
            "commit": manifest.code.commit or "unknown",
            "data": manifest.data.md5,
            "trained-at": manifest.trained_at.isoformat(),
        },
    )
    return str(answer["ModelPackageArn"])


def _wait_for(package: str) -> None:
    deadline = time.monotonic() + LONGEST
    while True:
        found: dict[str, Any] = aws.client("sagemaker").describe_model_package(
            ModelPackageName=package
        )
        status = found["ModelPackageStatus"]
        if status == "Completed":
            return
        if status == "Failed" or time.monotonic() > deadline:
            details = found.get("ModelPackageStatusDetails", "without details")
            raise DeploymentError(f"The model package {package} is {status}: {details}.")
        time.sleep(PAUSE)

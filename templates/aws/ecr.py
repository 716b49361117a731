"""The account's registry of images on AWS."""

import base64

from botocore.exceptions import ClientError

from .. import NAME
from . import aws, docker
from .release import DeploymentError, Release


def login() -> None:
    """Let Docker use the account's registry, for twelve hours."""
    with aws.explained("Signing in to the registry of images"):
        (token,) = aws.client("ecr").get_authorization_token()["authorizationData"]
    user, password = base64.b64decode(token["authorizationToken"]).decode().split(":", 1)
    docker.login(token["proxyEndpoint"], user, password)


def publish(release: Release) -> str:
    """Push a release's image, unless the registry has it; return it by its digest.

    Raises DeploymentError if there is no image, or no registry yet.
    """
    if release.published:
        return release.published
    tag = docker.tag_of(release.image)
    with aws.explained("Looking for the registry of images"):
        repository = _repository()
        pushed = _digest_of(tag)
    # The registry refuses a tag that it has, even for the very same image.
    if pushed:
        return f"{repository}@{pushed}"
    login()
    return docker.push(release.image, repository)


def pull(reference: str) -> str:
    """Pull what `publish` has returned, and return what Docker calls it.

    Raises DeploymentError if it is no image of the registry, or not there.
    """
    with aws.explained("Looking for the registry of images"):
        repository = _repository()
    login()
    return docker.pull(reference, repository)


def _repository() -> str:
    try:
        answer = aws.client("ecr").describe_repositories(repositoryNames=[NAME])
    except ClientError as error:
        if aws.code(error) != "RepositoryNotFoundException":
            raise
        raise DeploymentError(
            f"There is no registry {NAME} in {aws.region()}: `make foundation` makes it."
        ) from error
    return str(answer["repositories"][0]["repositoryUri"])


def _digest_of(tag: str) -> str | None:
    try:
        answer = aws.client("ecr").describe_images(
            repositoryName=NAME, imageIds=[{"imageTag": tag}]
        )
    except ClientError as error:
        if aws.code(error) == "ImageNotFoundException":
            return None
        raise
    return str(answer["imageDetails"][0]["imageDigest"])

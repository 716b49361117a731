"""An account on AWS of its own for a test: moto's server, credentials for it, and its Docker."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from {{ cookiecutter.package_name }}.deployment import aws

NUMBER = "123456789012"
REGION = "eu-north-1"
USER = "testing"  # and its key: moto lets everyone do everything


@contextmanager
def empty_account(tmp_path: Path) -> Iterator[str]:
    """Let all clients of AWS speak to an account with nothing in it; give the server's URL."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        ask(url, "reset")
        with pytest.MonkeyPatch.context() as patch:
            # Nothing of the account of the one who runs the tests.
            for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_DEFAULT_REGION"):
                patch.delenv(name, raising=False)
            for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
                patch.setenv(name, str(tmp_path / "none"))
            patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
            patch.setenv("AWS_ENDPOINT_URL", url)
            patch.setenv("AWS_REGION", REGION)
            patch.setenv("AWS_ACCESS_KEY_ID", USER)
            patch.setenv("AWS_SECRET_ACCESS_KEY", USER)
            patch.delenv("AWS_SESSION_TOKEN", raising=False)
            _forget()
            yield url
    finally:
        _forget()
        server.stop()


def _forget() -> None:
    """Keep neither the credentials nor the addresses of another test."""
    aws.session.cache_clear()
    client.cache_clear()
    boto3.DEFAULT_SESSION = None


def ask(url: str, action: str, body: bytes = b"") -> None:
    """Tell moto itself something."""
    headers = {"Content-Type": "application/octet-stream"}
    urlopen(Request(f"{url}/moto-api/{action}", body, headers, method="POST")).close()


@cache
def client(service: str) -> Any:
    """Return a client of the account, as a user who may do everything."""
    return boto3.client(service, REGION, aws_access_key_id=USER, aws_secret_access_key=USER)


@dataclass
class Docker:
    """Takes the place of `docker._run`: has every image, pushes to moto, notes what it is asked."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    _digests: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, *arguments: str, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        self.asked.append(arguments)
        if stdin:
            self.passwords.append(stdin)
        if arguments[0] == "push":
            self._push(arguments[1])
        if arguments[0] == "pull" and not self._has(arguments[-1]):
            return subprocess.CompletedProcess(arguments, 1, "", "manifest unknown")
        if arguments[:2] != ("image", "inspect"):
            return subprocess.CompletedProcess(arguments, 0, "", "")
        image = arguments[2]
        pinned = [self._digests[image]] if image in self._digests else []
        found = [{"Id": f"sha256:{self.identity(image)}", "RepoDigests": pinned}]
        return subprocess.CompletedProcess(arguments, 0, json.dumps(found), "")

    def identity(self, image: str) -> str:
        return hashlib.sha256(image.encode()).hexdigest()

    def did(self, command: str) -> list[tuple[str, ...]]:
        return [arguments for arguments in self.asked if arguments[0] == command]

    def _has(self, reference: str) -> bool:
        place, digest = reference.split("@")
        known = client("ecr").list_images(repositoryName=place.split("/", 1)[1])["imageIds"]
        return digest in [image["imageDigest"] for image in known]

    def _push(self, image: str) -> None:
        uri, tag = image.rsplit(":", 1)
        layer = {"digest": f"sha256:{self.identity(image)}"}
        answer = client("ecr").put_image(
            repositoryName=uri.split("/", 1)[1],
            imageTag=tag,
            imageManifest=json.dumps({"schemaVersion": 2, "layers": [layer]}),
            imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
        )
        self._digests[image] = f"{uri}@{answer['image']['imageId']['imageDigest']}"

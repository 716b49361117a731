"""The project on Google Cloud: who deploys, the registry of images, tokens."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import google.auth
import google.oauth2.credentials
from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import id_token
from requests import RequestException

from . import docker
from .release import DeploymentError, Release

HELP = "Sign in with `gcloud auth application-default login`."
SCOPES = ("https://www.googleapis.com/auth/cloud-platform", "openid", "email")
MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
TIMEOUT = 30  # seconds


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Raise DeploymentError, with what was being done, for whatever Google or its clients say."""
    try:
        yield
    except (DefaultCredentialsError, RefreshError) as error:
        raise DeploymentError(f"{doing}: {error} {HELP}") from error
    except (GoogleAuthError, GoogleAPIError, RequestException, TimeoutError) as error:
        raise DeploymentError(f"{doing}: {error}") from error


def project() -> str:
    """Return the id of the project. Raises DeploymentError if none is set."""
    return _set("GOOGLE_CLOUD_PROJECT", "the id of a project, such as flights-4711")


def region() -> str:
    """Return the region. Raises DeploymentError if none is set."""
    return _set("GOOGLE_CLOUD_REGION", "a region, such as europe-west1")


def _set(variable: str, expected: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise DeploymentError(f"{variable} is not set. Set it to {expected}.")
    return value


def credentials() -> Any:
    """Return the credentials that are here: of gcloud, of the CI, or of the machine."""
    found, _ = google.auth.default(scopes=SCOPES)
    return found


def session() -> Any:
    """Return a session of `requests` whose requests carry an access token."""
    return AuthorizedSession(credentials())  # type: ignore[no-untyped-call]


def access_token() -> str:
    """Return a token for Google's own interfaces. Raises DeploymentError without credentials."""
    with explained("Signing in"):
        found = credentials()
        found.refresh(Request())
    return str(found.token)


def identity_token(audience: str) -> str:
    """Return a token that says who calls, for a service that lets callers in by name.

    Raises DeploymentError if the credentials cannot give one.
    """
    with explained("Signing a request"):
        found = credentials()
        if isinstance(found, google.oauth2.credentials.Credentials):
            # A person's says whom it was made for; it cannot be made for a service.
            found.refresh(Request())  # type: ignore[no-untyped-call]
            token = found.id_token
        elif account := _impersonated(found):
            token = _token_of(account, audience)
        else:
            token = id_token.fetch_id_token(Request(), audience)  # type: ignore[no-untyped-call]
    if not token:
        raise DeploymentError(f"These credentials give no identity token. {HELP}")
    return str(token)


def _impersonated(found: Any) -> str | None:
    """Return whom the credentials of a CI, or of someone else, stand for; None for one's own."""
    if type(found).__module__.startswith(("google.oauth2.service", "google.auth.compute")):
        return None
    account: str | None = getattr(found, "service_account_email", None)
    return account


def _token_of(account: str, audience: str) -> str:
    answer = session().post(
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
        f"{account}:generateIdToken",
        json={"audience": audience, "includeEmail": True},
        timeout=TIMEOUT,
    )
    answer.raise_for_status()
    return str(answer.json()["token"])


def bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def project_number() -> int:
    """Return the number of the project. Raises DeploymentError if it cannot be seen."""
    with explained(f"Looking for the project {project()}"):
        url = f"https://cloudresourcemanager.googleapis.com/v3/projects/{project()}"
        answer = session().get(url, timeout=TIMEOUT)
        answer.raise_for_status()
    return int(answer.json()["name"].removeprefix("projects/"))


def push(release: Release, repository: str) -> str:
    """Push a release's image, unless the registry has it; return it by its digest.

    Raises DeploymentError if there is no image, or it is not taken.
    """
    if release.published:
        return release.published
    pushed = _digest_of(repository, docker.tag_of(release.image))
    # The registry may refuse a tag that it has, even for the very same image.
    if pushed:
        return f"{repository}@{pushed}"
    _login(repository)
    return docker.push(release.image, repository)


def pull(reference: str, repository: str) -> str:
    """Pull what `push` has returned, and return what Docker calls it.

    Raises DeploymentError if it is no image of the repository, or not there.
    """
    _login(repository)
    return docker.pull(reference, repository)


def _login(repository: str) -> None:
    docker.login(repository.split("/")[0], "oauth2accesstoken", access_token())


def _digest_of(repository: str, tag: str) -> str | None:
    host, path = repository.split("/", 1)
    with explained("Looking for the image in the registry"):
        answer = session().head(
            f"https://{host}/v2/{path}/manifests/{tag}",
            headers={"Accept": ", ".join(MANIFESTS)},
            timeout=TIMEOUT,
        )
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
    return str(answer.headers["Docker-Content-Digest"])

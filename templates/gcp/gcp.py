"""The project on Google Cloud: who deploys, Terraform's state, the registry of images, tokens."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import google.auth
import google.oauth2.credentials
from google.api_core.exceptions import Forbidden, GoogleAPIError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud import storage
from google.oauth2 import id_token
from requests import RequestException

from .. import NAME
from . import docker
from .release import DeploymentError, Environment, Release
from .terraform import Stack

HELP = "Sign in with `gcloud auth application-default login`."
SCOPES = ("https://www.googleapis.com/auth/cloud-platform", "openid", "email")
LONGEST_PREFIX = 55  # characters, of the 63 that the name of a bucket may have
KEPT_VERSIONS = 50  # of Terraform's state
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


def bucket_prefix() -> str:
    """Return what the names of the project's buckets begin with.

    They are unique in the world, may not have the word Google in them, and are short.
    """
    name = re.sub("goog(le)?", "g", f"{NAME}-{project()}").replace(":", "-").replace(".", "-")
    if len(name) <= LONGEST_PREFIX:
        return name
    return f"{name[:40]}-{sha256(project().encode()).hexdigest()[:10]}"


def state(key: str) -> dict[str, str]:
    """Return where Terraform keeps a state: in a bucket of its own, which is made if it is missing.

    Raises DeploymentError if the bucket cannot be had, or belongs to another project.
    """
    name = f"{bucket_prefix()}-tfstate"
    with explained(f"Looking after the bucket {name} for Terraform's state"):
        _have_bucket(name)
    return {"bucket": name, "prefix": key}


def _have_bucket(name: str) -> None:
    client = storage.Client(project=project(), credentials=credentials())
    try:
        found = client.lookup_bucket(name)
    except Forbidden as error:
        raise DeploymentError(
            f"The bucket {name} for Terraform's state belongs to another project, or these "
            "credentials may not see it."
        ) from error
    if found is None:
        found = client.bucket(name)
        _make_safe(found)
        found.add_lifecycle_delete_rule(number_of_newer_versions=KEPT_VERSIONS, is_live=False)
        found.create(location=region())
    # The name can be guessed: someone else may have taken it, to read what is put there.
    elif found.project_number != project_number():
        raise DeploymentError(f"The bucket {name} for Terraform's state is another project's.")
    elif found.location.lower() != region():
        raise DeploymentError(
            f"Terraform's state is in {found.location.lower()} ({name}), and so is all that it "
            f"knows of, but GOOGLE_CLOUD_REGION is {region()}."
        )
    if _make_safe(found):
        found.patch()


def _make_safe(bucket: Any) -> bool:
    """Set a bucket to be private and to keep versions; return whether anything has changed."""
    access = bucket.iam_configuration
    private = access.public_access_prevention == "enforced"
    if private and access.uniform_bucket_level_access_enabled and bucket.versioning_enabled:
        return False
    access.public_access_prevention = "enforced"
    access.uniform_bucket_level_access_enabled = True
    bucket.versioning_enabled = True
    return True


def stack_of(environment: Environment) -> Stack:
    """Return what Terraform makes for an environment."""
    return Stack("service", environment, state(environment))


def foundation() -> Stack:
    """Return what Terraform makes for all environments."""
    return Stack("foundation", "foundation", state("foundation"))


def foundation_variables() -> dict[str, Any]:
    return {"project": project(), "region": region(), "bucket_prefix": bucket_prefix()}


def laid() -> dict[str, Any]:
    """Return what the foundation gives. Raises DeploymentError if there is none."""
    outputs = foundation().outputs()
    if not outputs:
        raise DeploymentError(f"There is no foundation in {project()}: `make foundation` makes it.")
    return outputs


def push(release: Release, repository: str) -> str:
    """Push a release's image, unless the registry has it; return it by its digest.

    Raises DeploymentError if there is no image, or it is not taken.
    """
    pushed = _digest_of(repository, docker.tag_of(release.image))
    # The registry may refuse a tag that it has, even for the very same image.
    if pushed:
        return f"{repository}@{pushed}"
    docker.login(repository.split("/")[0], "oauth2accesstoken", access_token())
    return docker.push(release.image, repository)


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

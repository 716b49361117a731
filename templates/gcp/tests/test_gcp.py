"""The project on Google Cloud is found, kept safe and signed in to, or it is said clearly why not."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import google.oauth2.credentials
import pytest
import requests
from google.auth.exceptions import DefaultCredentialsError

from {{ cookiecutter.package_name }} import NAME, bundle, paths
from {{ cookiecutter.package_name }}.deployment import docker, gcp, watching
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release

from .project import ID, REGION

REPOSITORY = f"{REGION}-docker.pkg.dev/{ID}/{NAME}/service"


@pytest.mark.parametrize("variable", ["GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_REGION"])
def test_what_is_not_set_is_said(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", ID)
    monkeypatch.setenv("GOOGLE_CLOUD_REGION", REGION)
    monkeypatch.delenv(variable)
    with pytest.raises(DeploymentError, match=f"{variable} is not set"):
        print(gcp.project(), gcp.region())


def test_without_credentials_it_is_said_how_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(**_: Any) -> Any:
        raise DefaultCredentialsError("They were not found.")  # type: ignore[no-untyped-call]

    monkeypatch.setattr("google.auth.default", none)
    for token in (gcp.access_token, lambda: gcp.identity_token("https://a.run.app")):
        with pytest.raises(DeploymentError, match="gcloud auth application-default login"):
            token()


class Person(google.oauth2.credentials.Credentials):
    """Credentials as gcloud gives them to a person."""

    def __init__(self) -> None:
        super().__init__("access")  # type: ignore[no-untyped-call]

    def refresh(self, request: Any) -> None:
        self._id_token = "a person's"  # noqa: S105


@dataclass
class Impersonated:
    """Credentials as a CI gets them."""

    service_account_email: str = "deploy@flights.iam.gserviceaccount.com"


@dataclass
class Answers:
    """Answers requests with what is prepared, and notes what is asked."""

    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def _answer(self, method: str, url: str, what: Any) -> requests.Response:
        self.asked.append((method, url, what))
        response = requests.Response()
        response.status_code, response._content = self.status, self.content
        response.headers.update(self.headers)
        return response

    def get(self, url: str, params: Any = None, timeout: float = 0) -> requests.Response:
        return self._answer("GET", url, params)

    def post(self, url: str, json: Any, timeout: float) -> requests.Response:
        return self._answer("POST", url, json)

    def head(self, url: str, headers: Any, timeout: float) -> requests.Response:
        return self._answer("HEAD", url, headers)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    found = Answers()
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", ID)
    monkeypatch.setattr(gcp, "session", lambda: found)
    return found


def test_a_person_has_an_identity_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcp, "credentials", Person)
    assert gcp.identity_token("https://a.run.app") == "a person's"


def test_a_ci_asks_for_an_identity_token_for_the_service(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gcp, "credentials", Impersonated)
    answers.content = b'{"token": "the deployer\'s"}'
    assert gcp.identity_token("https://a.run.app") == "the deployer's"
    ((_, url, what),) = answers.asked
    assert url.endswith(f"/{Impersonated().service_account_email}:generateIdToken")
    assert what["audience"] == "https://a.run.app"


def test_a_refused_token_is_said(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcp, "credentials", Impersonated)
    answers.status = 403
    with pytest.raises(DeploymentError, match=r"Signing a request: 403"):
        gcp.identity_token("https://a.run.app")


@pytest.fixture
def release() -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


@dataclass
class Docker:
    """Notes what would be pushed and pulled."""

    calls: list[tuple[str, ...]] = field(default_factory=list)

    def login(self, *what: str) -> None:
        self.calls.append(("login", *what))

    def push(self, image: str, repository: str) -> str:
        self.calls.append(("push", image))
        return f"{repository}@sha256:pushed"

    def pull(self, reference: str, repository: str) -> str:
        self.calls.append(("pull", reference, repository))
        return reference


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> Docker:
    found = Docker()
    monkeypatch.setattr(docker, "tag_of", lambda image: "a-tag")
    monkeypatch.setattr(docker, "login", found.login)
    monkeypatch.setattr(docker, "push", found.push)
    monkeypatch.setattr(docker, "pull", found.pull)
    monkeypatch.setattr(gcp, "access_token", lambda: "a token")
    return found


def test_an_image_is_pushed_with_an_access_token(
    answers: Answers, pushed: Docker, release: Release
) -> None:
    answers.status = 404
    assert gcp.push(release, REPOSITORY) == f"{REPOSITORY}@sha256:pushed"
    login = ("login", f"{REGION}-docker.pkg.dev", "oauth2accesstoken", "a token")
    assert pushed.calls == [login, ("push", release.image)]
    ((_, url, _),) = answers.asked
    assert url == f"https://{REGION}-docker.pkg.dev/v2/{ID}/{NAME}/service/manifests/a-tag"


def test_an_image_that_the_registry_has_is_not_pushed_again(
    answers: Answers, pushed: Docker, release: Release
) -> None:
    answers.headers = {"Docker-Content-Digest": "sha256:there"}
    assert gcp.push(release, REPOSITORY) == f"{REPOSITORY}@sha256:there"
    assert pushed.calls == []


def test_what_is_published_is_not_pushed_again(
    answers: Answers, pushed: Docker, release: Release
) -> None:
    assert gcp.push(replace(release, published="somewhere"), REPOSITORY) == "somewhere"
    assert answers.asked == pushed.calls == []


def test_an_image_is_pulled_with_an_access_token(pushed: Docker) -> None:
    published = f"{REPOSITORY}@sha256:there"
    assert gcp.pull(published, REPOSITORY) == published
    login = ("login", f"{REGION}-docker.pkg.dev", "oauth2accesstoken", "a token")
    assert pushed.calls == [login, ("pull", published, REPOSITORY)]


def test_a_registry_that_refuses_is_said(
    answers: Answers, pushed: Docker, release: Release
) -> None:
    answers.status = 403
    with pytest.raises(DeploymentError, match="Looking for the image in the registry: 403"):
        gcp.push(release, REPOSITORY)
    assert pushed.calls == []


def test_errors_of_callers_stop_a_release(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SECONDS", 0.0)
    answers.content = b'{"timeSeries": [{"points": [{"value": {"int64Value": "3"}}]}]}'
    with pytest.raises(DeploymentError, match="failed 3 of its callers' requests"):
        watching.watch("a-revision", "a filter")
    ((_, url, asked),) = answers.asked
    assert url.endswith(f"/projects/{ID}/timeSeries")
    assert asked["filter"] == "a filter"
    assert int(asked["aggregation.alignmentPeriod"].removesuffix("s")) >= 60


def test_where_nothing_was_counted_there_was_no_error(answers: Answers) -> None:
    answers.content = b"{}"
    assert watching.count("a filter", datetime.now(UTC)) == 0

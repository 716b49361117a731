"""Terraform's state has a bucket of the project's own, which is kept safe."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.cloud import storage

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.deployment import gcp, stacks
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release
from {{ cookiecutter.package_name }}.deployment.terraform import Stack

from .project import ID, NUMBER, REGION, anonymous, empty_project


@pytest.fixture
def project() -> Iterator[str]:
    with empty_project() as url:
        yield url


def state_bucket() -> Any:
    client = storage.Client(project=ID, credentials=anonymous())
    return client.bucket(f"{stacks.bucket_prefix()}-tfstate")


def made(location: str) -> Any:
    """Make the bucket as someone else would; the emulator takes its place only from a change."""
    found = state_bucket()
    found.create()
    found._patch_property("location", location)
    found.patch()
    return found


def assert_safe() -> None:
    found = state_bucket()
    found.reload()
    assert found.iam_configuration.public_access_prevention == "enforced"
    assert found.iam_configuration.uniform_bucket_level_access_enabled
    assert found.versioning_enabled


def test_the_state_has_a_bucket_that_is_made_safe(project: str) -> None:
    expected = {"bucket": f"{stacks.bucket_prefix()}-tfstate", "prefix": "staging"}
    assert stacks.state("staging") == expected
    assert_safe()


def test_a_bucket_that_is_there_is_made_safe(project: str) -> None:
    assert not made(REGION.upper()).versioning_enabled
    stacks.state("production")
    assert_safe()


def test_what_is_safe_is_not_changed(project: str) -> None:
    stacks.state("staging")
    found = state_bucket()
    found.reload()
    found._patch_property("location", REGION.upper())
    found.patch()
    before = found.metageneration
    stacks.state("staging")
    found.reload()
    assert found.metageneration == before


def test_a_bucket_of_another_project_is_not_used(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(REGION.upper())
    monkeypatch.setattr(gcp, "project_number", lambda: NUMBER + 1)
    with pytest.raises(DeploymentError, match="another project's"):
        stacks.state("staging")


def test_a_state_in_another_region_is_not_used(project: str) -> None:
    made("US")
    with pytest.raises(DeploymentError, match=r"is in us .* but GOOGLE_CLOUD_REGION is europe"):
        stacks.state("staging")


@pytest.mark.parametrize(
    "project_id", ["p-1234", "a" * 30, "example.com:flights", f"{'a' * 15}.com:{'b' * 30}"]
)
def test_the_names_of_buckets_are_allowed(project_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("x", "a" * 40, "google-reviews", f"{'ab-' * 13}a"):
        monkeypatch.setattr(stacks, "NAME", name)
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
        bucket = f"{stacks.bucket_prefix()}-tfstate"
        assert 3 <= len(bucket) <= 63
        assert set(bucket) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert "goog" not in bucket


def test_names_of_other_projects_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    prefixes = set()
    for project_id in ("a" * 29 + "1", "a" * 29 + "2"):
        monkeypatch.setattr(stacks, "NAME", "a" * 40)
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
        prefixes.add(stacks.bucket_prefix())
    assert len(prefixes) == 2


def test_images_are_kept_in_the_foundations_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "laid", lambda: {"repository": "the repository"})
    monkeypatch.setattr(gcp, "push", lambda release, repository: f"to {repository}")
    monkeypatch.setattr(gcp, "pull", lambda reference, repository: f"from {repository}")
    release = Release("staging", *bundle.verify(paths.CANDIDATE))
    assert stacks.publish(release) == "to the repository"
    assert stacks.pull("an image") == "from the repository"


def test_without_a_foundation_it_is_said_what_to_do(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stack, "outputs", lambda self: {})
    with pytest.raises(DeploymentError, match="make foundation"):
        stacks.laid()

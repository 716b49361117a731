"""A release is tried by itself, then by some, then by all; or the one before has all again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }} import NAME, bundle, paths
from {{ cookiecutter.package_name }}.deployment import (
    aws,
    deploy,
    docker,
    platform,
    rollout,
    smoke,
)
from {{ cookiecutter.package_name }}.deployment.release import (
    DeploymentError,
    NotBegunError,
    Release,
)

from .account import empty_account
from .conftest import ROOT
from .stand_ins import FUNCTION, Terraform, Time, Urls, alias, answering

ERRORS = f"{FUNCTION}-release-errors"


@pytest.fixture
def release() -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


@pytest.fixture
def urls(tmp_path: Path, release: Release, monkeypatch: pytest.MonkeyPatch) -> Iterator[Urls]:
    """The URLs of an account in which there is no function yet."""
    monkeypatch.setattr(aws, "client", cache(aws.client))  # a new one takes long to make
    with empty_account(tmp_path), answering(release.manifest) as urls:
        yield urls


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(rollout, "time", time)
    return time


@pytest.fixture
def terraform(urls: Urls, time: Time, monkeypatch: pytest.MonkeyPatch) -> Terraform:
    terraform = Terraform(urls.url)
    monkeypatch.setattr(platform, "Stack", terraform.stack)
    monkeypatch.setattr(platform, "PATIENCE", 0.2)
    monkeypatch.setattr(smoke, "PAUSE", 0.01)
    monkeypatch.setattr(docker, "built", lambda image: {"Architecture": "arm64"})
    monkeypatch.setattr(platform, "publish", pushed)
    return terraform


def pushed(release: Release) -> str:
    return f"repository@sha256:{release.digest}"


def other(release: Release, version: str) -> Release:
    """Return the same model under another version."""
    manifest = release.manifest.model_copy(update={"version": version})
    return replace(release, manifest=manifest, digest=version.encode().hex().rjust(64, "0"))


def agreed(plan: str) -> bool:
    return True


def deployed(release: Release) -> str | None:
    return deploy.deploy(release, agreed, api_key=None)


def raise_alarm(reason: str, state: str = "ALARM") -> None:
    aws.client("cloudwatch").set_alarm_state(AlarmName=ERRORS, StateValue=state, StateReason=reason)


def test_the_first_release_answers_everyone(
    terraform: Terraform, urls: Urls, release: Release
) -> None:
    plan = platform.plan(release)
    assert plan.before == {}
    assert f"{release.manifest.version} on {FUNCTION}, where nothing runs yet." in plan.text
    assert deployed(release) == f"{urls.url}/live/predict"
    assert alias() == ("1", {})


def test_terraform_gets_what_it_asks_for(terraform: Terraform, release: Release) -> None:
    deployed(release)
    declared = re.findall(r'^variable "(\w+)"', in_service("variables.tf"), re.MULTILINE)
    assert set(terraform.planned) == set(declared) - {"environment"}
    assert terraform.planned["image"] == pushed(release)
    assert terraform.planned["architecture"] == "arm64"
    assert terraform.planned["model_digest"] == release.digest


def test_terraform_gives_what_the_deployment_asks_for(
    terraform: Terraform, release: Release
) -> None:
    deployed(release)
    declared = re.findall(r'^output "(\w+)"', in_service("outputs.tf"), re.MULTILINE)
    assert set(terraform.stack("service", "staging", {}).outputs()) == set(declared)


def in_service(name: str) -> str:
    return (ROOT / "infra" / "service" / name).read_text(encoding="utf-8")


def test_a_release_is_tried_by_itself_then_by_some_then_by_all(
    terraform: Terraform, urls: Urls, time: Time, release: Release
) -> None:
    deployed(release)
    urls.asked.clear()
    terraform.minutes = 10
    seen: list[Any] = []
    time.during = lambda seconds: seen.append((alias(), list(urls.asked)))
    deployed(other(release, "next"))
    # By itself: ready, and one prediction.
    assert all(asked == [("candidate", "2")] * 2 for _, asked in seen)
    assert {str(now) for now, _ in seen} == {str(("1", {"2": 0.1}))}
    assert time.now == 600
    assert alias() == ("2", {})
    assert urls.asked[-1] == ("live", "2")


def test_without_minutes_a_release_gets_all_at_once(
    terraform: Terraform, time: Time, release: Release
) -> None:
    deployed(release)
    deployed(other(release, "next"))
    assert time.now == 0
    assert alias() == ("2", {})


def test_the_same_release_again_changes_nothing(
    terraform: Terraform, urls: Urls, time: Time, release: Release
) -> None:
    terraform.minutes = 10
    deployed(release)
    urls.asked.clear()
    deployed(release)
    assert alias() == ("1", {})
    assert urls.asked == [("live", "1")] * 2
    assert time.now == 0


def test_a_release_that_does_not_answer_gets_no_requests(
    terraform: Terraform, urls: Urls, time: Time, release: Release
) -> None:
    deployed(release)
    urls.broken = {"2"}
    urls.asked.clear()
    message = rf"answers 502(.|\n)*Rolled back: {release.manifest.version} answers everyone again"
    with pytest.raises(DeploymentError, match=message):
        deployed(other(release, "next"))
    assert set(urls.asked) == {("candidate", "2")}
    assert alias() == ("1", {})
    assert time.now == 0


def test_an_alarm_ends_the_rollout(terraform: Terraform, time: Time, release: Release) -> None:
    deployed(release)
    terraform.minutes = 10
    time.during = lambda seconds: raise_alarm("1 of 20 failed") if seconds >= 120 else None
    with pytest.raises(DeploymentError, match=f"10 % .*{ERRORS}: 1 of 20 failed\nRolled back"):
        deployed(other(release, "next"))
    assert time.now == 120
    assert alias() == ("1", {})


def test_a_rollout_that_nothing_watches_is_refused(terraform: Terraform, release: Release) -> None:
    deployed(release)
    terraform.minutes = 10
    aws.client("cloudwatch").delete_alarms(AlarmNames=[ERRORS])
    with pytest.raises(DeploymentError, match=f"{ERRORS} is missing"):
        deployed(other(release, "next"))
    assert alias() == ("1", {})


def test_the_alarm_of_a_try_before_has_to_be_over(
    terraform: Terraform, time: Time, release: Release
) -> None:
    deployed(release)
    terraform.minutes = 10
    raise_alarm("of the last try")

    def over(seconds: float) -> None:
        if seconds < 180:
            assert alias() == ("1", {})
        if seconds == 180:
            raise_alarm("no more", state="OK")

    time.during = over
    deployed(other(release, "next"))
    assert time.now == 180 + 600
    assert alias() == ("2", {})


def test_an_alarm_that_does_not_end_is_no_start(
    terraform: Terraform, time: Time, release: Release
) -> None:
    deployed(release)
    terraform.minutes = 10
    raise_alarm("for ever")
    time.during = lambda seconds: None if alias() == ("1", {}) else pytest.fail("it got requests")
    with pytest.raises(DeploymentError, match=r"Without a single request: .*for ever"):
        deployed(other(release, "next"))


def interrupt(seconds: float) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_rollout_is_taken_back_and_can_be_tried_again(
    terraform: Terraform, time: Time, release: Release
) -> None:
    deployed(release)
    terraform.minutes = 10
    time.during = interrupt
    with pytest.raises(DeploymentError, match="KeyboardInterrupt\nRolled back"):
        deployed(other(release, "next"))
    assert alias() == ("1", {})
    time.during = lambda seconds: None
    deployed(other(release, "next"))
    assert alias() == ("2", {})


def kill_half_way(time: Time, release: Release) -> None:
    """End a rollout while its release has a share of the requests."""
    time.during = interrupt
    steps = platform.apply(platform.plan(release))
    next(steps)
    with pytest.raises(KeyboardInterrupt):
        next(steps)


def test_after_a_killed_rollout_the_next_release_starts_from_the_one_before(
    terraform: Terraform, time: Time, release: Release
) -> None:
    deployed(release)
    terraform.minutes = 10
    kill_half_way(time, other(release, "next"))
    assert alias() == ("1", {"2": 0.1})

    plan = platform.plan(other(release, "third"))
    model = release.manifest.version
    assert plan.before == {"version": "1", "model": model, "shares": {"2": 0.1}}
    terraform.failure = DeploymentError("terraform apply failed")
    with pytest.raises(DeploymentError, match="terraform apply failed"):
        next(platform.apply(plan))
    assert alias() == ("1", {}), "Terraform needs an alias without shares"
    terraform.failure = None
    time.during = lambda seconds: None
    deployed(other(release, "third"))
    assert alias() == ("3", {})


def test_a_rollout_that_was_faster_keeps_its_share(
    terraform: Terraform, time: Time, release: Release
) -> None:
    deployed(release)
    terraform.minutes = 10

    def agreed_late(plan: str) -> bool:
        kill_half_way(time, other(release, "faster"))
        return True

    with pytest.raises(NotBegunError):
        deploy.deploy(other(release, "next"), agreed_late, api_key=None)
    assert alias() == ("1", {"2": 0.1})


def test_going_back_twice_is_going_back(terraform: Terraform, release: Release) -> None:
    deployed(release)
    plan = platform.plan(other(release, "next"))
    list(platform.apply(plan))
    assert alias() == ("2", {})
    for _ in range(2):
        assert platform.roll_back(plan) == f"{release.manifest.version} answers everyone again"
        assert alias() == ("1", {})


def test_a_first_release_that_fails_answers_nobody_until_another_one_does(
    terraform: Terraform, urls: Urls, release: Release
) -> None:
    urls.broken = {"1"}
    with pytest.raises(DeploymentError, match=r"Rolled back: nothing ran before, and .* nothing"):
        deployed(release)
    limit = aws.client("lambda").get_function_concurrency(FunctionName=FUNCTION)
    assert limit["ReservedConcurrentExecutions"] == 0

    repaired = other(release, "repaired")
    assert platform.plan(repaired).before == {}
    deployed(repaired)
    assert alias() == ("2", {})
    limit = aws.client("lambda").get_function_concurrency(FunctionName=FUNCTION)
    assert "ReservedConcurrentExecutions" not in limit


def test_where_terraform_has_made_nothing_there_is_nothing_to_go_back_from(
    terraform: Terraform, release: Release
) -> None:
    terraform.failure = DeploymentError("terraform apply failed: no rights")
    with pytest.raises(DeploymentError, match="no rights\nRolled back: nothing ran before, and no"):
        deployed(release)


def test_without_a_foundation_it_is_said_what_makes_one(
    terraform: Terraform, release: Release
) -> None:
    terraform.laid = {}
    with pytest.raises(DeploymentError, match="`make foundation`"):
        platform.plan(release)


def test_an_image_for_another_processor_is_refused(
    terraform: Terraform, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "built", lambda image: {"Architecture": "riscv64"})
    with pytest.raises(DeploymentError, match="no image for riscv64"):
        platform.plan(release)


def test_removing_says_what_stays(terraform: Terraform) -> None:
    said = platform.destroy("staging")
    assert terraform.removed
    assert "prediction log in s3://data/prediction-log/staging" in said
    declared = re.findall(r'^variable "(\w+)"', in_service("variables.tf"), re.MULTILINE)
    assert set(terraform.planned) == set(declared) - {"environment"}


def test_the_name_is_short_enough_for_lambda_and_iam() -> None:
    assert len(f"{NAME}-production") <= 64


class Versions:
    """A client that knows the states which a version goes through."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)

    def get_function_configuration(self, **_: str) -> dict[str, str]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"State": state, "StateReason": "The image has gone"}


def test_a_version_is_waited_for(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = Versions("Pending", "Pending", "Active")
    monkeypatch.setattr(aws, "client", lambda service: versions)
    rollout.wait_until_usable(FUNCTION, "1")
    assert time.now == 2 * rollout.PAUSE


@pytest.mark.parametrize(
    ("state", "message"), [("Failed", "The image has gone"), ("Pending", "not ready after 600")]
)
def test_a_version_that_cannot_be_used_is_an_error(
    state: str, message: str, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = Versions(state)
    monkeypatch.setattr(aws, "client", lambda service: versions)
    with pytest.raises(DeploymentError, match=message):
        rollout.wait_until_usable(FUNCTION, "1")

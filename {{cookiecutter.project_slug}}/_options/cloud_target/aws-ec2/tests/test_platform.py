"""A release replaces some instances, is tried, then replaces all; or those before are back."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from {{ cookiecutter.package_name }} import NAME, bundle, paths
from {{ cookiecutter.package_name }}.client import TIMEOUT
from {{ cookiecutter.package_name }}.deployment import (
    aws,
    deploy,
    docker,
    fleet,
    platform,
    rollout,
    smoke,
)
from {{ cookiecutter.package_name }}.deployment.release import (
    DeploymentError,
    NotBegunError,
    Release,
)

from .account import ask, empty_account
from .conftest import ROOT
from .refreshes import Refreshes, Time, client
from .stand_ins import ALARMS, GROUP, LOGS, Balancer, Terraform, balancing

SECRET = f"{GROUP}-api-keys"
PATIENCE = platform.PATIENCE


@pytest.fixture
def release() -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with empty_account(tmp_path_factory.mktemp("account")) as url:
        yield url


@pytest.fixture
def refreshes(server: str, monkeypatch: pytest.MonkeyPatch) -> Refreshes:
    """An account in which there is no group yet."""
    ask(server, "reset")
    refreshes = Refreshes(GROUP)
    original = cache(aws.client)

    def attached(service: str) -> Any:
        found = original(service)
        return refreshes.attach(found) if service == "autoscaling" else found

    monkeypatch.setattr(aws, "client", cache(attached))
    for module in (rollout, fleet):
        monkeypatch.setattr(module, "time", Time(refreshes))
    return refreshes


@pytest.fixture
def terraform(refreshes: Refreshes, monkeypatch: pytest.MonkeyPatch) -> Terraform:
    terraform = Terraform()
    monkeypatch.setattr(platform, "Stack", terraform.stack)
    monkeypatch.setattr(platform, "PATIENCE", 0.5)
    monkeypatch.setattr(smoke, "PAUSE", 0.01)
    monkeypatch.setattr(docker, "built", lambda image: {"Architecture": "arm64"})
    monkeypatch.setattr(platform, "publish", lambda release: f"r/r@sha256:{release.digest}")
    return terraform


@pytest.fixture
def balancer(release: Release, terraform: Terraform, refreshes: Refreshes) -> Iterator[Balancer]:
    with balancing(release.manifest, terraform, refreshes) as balancer:
        yield balancer


def other(release: Release, version: str = "other") -> Release:
    """Return the same model under another version."""
    manifest = release.manifest.model_copy(update={"version": version})
    return replace(release, manifest=manifest, digest=version.encode().hex().rjust(64, "0"))


def agreed(plan: str) -> bool:
    return True


def deployed(release: Release) -> str | None:
    return deploy.deploy(release, agreed, api_key=None)


@pytest.fixture
def first(terraform: Terraform, balancer: Balancer, release: Release) -> Release:
    """A release that everyone gets."""
    deployed(release)
    balancer.tried.clear()
    return release


def version_of_group() -> str:
    (group,) = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return str(group["LaunchTemplate"]["Version"])


def test_the_first_release_answers(
    terraform: Terraform, balancer: Balancer, refreshes: Refreshes, release: Release
) -> None:
    assert deployed(release) == f"{terraform.url}/predict"
    assert terraform.applied == {
        "image": f"r/r@sha256:{release.digest}",
        "architecture": "arm64",
        "model_version": release.manifest.version,
        "model_digest": release.digest,
        "data_bucket": "data",
    }
    assert refreshes.asked == []


def test_a_first_api_key_is_made_that_nobody_guesses(first: Release) -> None:
    key = client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
    assert len(key) >= 40
    deployed(other(first))
    assert client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"] == key


def test_while_keys_are_exchanged_the_one_is_used_that_all_instances_know(
    first: Release, balancer: Balancer
) -> None:
    keys = "new, old"
    client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=keys)
    plan = platform.plan(first)
    (endpoint,) = platform.apply(plan)
    assert endpoint.headers("POST", endpoint.predict, b"") == {"X-API-Key": "old"}


def test_the_key_of_another_environment_does_no_harm(first: Release) -> None:
    assert deploy.deploy(other(first), agreed, "of production")


def test_a_secret_without_a_key_is_no_key(first: Release) -> None:
    client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=" , ")
    with pytest.raises(DeploymentError, match="holds no API key"):
        deployed(first)


def test_the_same_release_again_changes_nothing(first: Release, refreshes: Refreshes) -> None:
    assert deployed(first)
    assert refreshes.asked == []
    assert version_of_group() == "1"


def test_the_next_release_is_tried_half_way_and_at_the_end(
    first: Release, balancer: Balancer, refreshes: Refreshes
) -> None:
    deployed(other(first))
    assert refreshes.asked == ["start"]
    assert set(balancer.tried[:-1]) == {("2", "1")}
    assert balancer.tried[-1] == ("2", "2")
    assert version_of_group() == "2"
    (started,) = refreshes.all
    assert started["DesiredConfiguration"]["LaunchTemplate"]["Version"] == "2"
    assert started["Preferences"] == {
        "AutoRollback": True,
        "SkipMatching": True,
        "MinHealthyPercentage": 100,
        "MaxHealthyPercentage": 150,
        "BakeTime": 180,
        "CheckpointPercentages": [50, 100],
        "CheckpointDelay": 240,
        "AlarmSpecification": {"Alarms": ALARMS},
    }


def test_a_rollout_holds_for_longer_than_a_release_is_given_to_answer() -> None:
    variables = (ROOT / "infra/service/variables.tf").read_text(encoding="utf-8")
    shortest = [int(number) for number in re.findall(r"var\.\w+_seconds >= (\d+)", variables)]
    assert len(shortest) == 2
    # The last try may begin when all patience is gone.
    assert min(shortest) > PATIENCE + TIMEOUT + fleet.PAUSE


def test_a_release_that_does_not_answer_is_taken_back_half_way(
    first: Release, balancer: Balancer, refreshes: Refreshes
) -> None:
    balancer.broken = {"other"}
    with pytest.raises(DeploymentError, match=rf"Rolled back: version 1 .* {GROUP} runs again"):
        deployed(other(first))
    assert refreshes.asked == ["start", "roll back"]
    assert refreshes.reached == 50
    assert refreshes.versions == ["1", "1"]
    assert version_of_group() == "1"


def test_a_release_that_fails_with_all_of_the_traffic_is_taken_back(
    first: Release, balancer: Balancer, refreshes: Refreshes, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = smoke.smoke_test

    def tried(*arguments: Any) -> None:
        if refreshes.reached == 100:
            balancer.broken = {"other"}
        original(*arguments)

    monkeypatch.setattr(deploy, "smoke_test", tried)
    with pytest.raises(DeploymentError, match=r"version 1 .* runs again"):
        deployed(other(first))
    assert refreshes.asked == ["start", "roll back"]
    assert (refreshes.versions, version_of_group()) == (["1", "1"], "1")


def test_an_alarm_takes_a_release_back_by_itself(first: Release, refreshes: Refreshes) -> None:
    refreshes.failing = f"The alarm {ALARMS[0]} is in ALARM."
    with pytest.raises(DeploymentError, match=r"errors is in ALARM[\s\S]*version 1 .* runs again"):
        deployed(other(first))
    assert refreshes.asked == ["start"]
    assert (refreshes.versions, version_of_group()) == (["1", "1"], "1")


def test_a_release_whose_instances_do_not_get_ready_is_taken_back(
    first: Release, refreshes: Refreshes
) -> None:
    refreshes.stalled = True
    with pytest.raises(DeploymentError, match=r"does not get on \(InProgress, 0 %\)"):
        deployed(other(first))
    assert refreshes.asked == ["start", "roll back"]


def test_a_rollout_that_is_over_is_taken_back_by_another_one(
    first: Release, refreshes: Refreshes
) -> None:
    plan = platform.plan(other(first))
    assert len(list(platform.apply(plan))) == 2
    assert version_of_group() == "2"
    assert platform.roll_back(plan) == f"version 1 of the launch template {GROUP} runs again"
    assert refreshes.asked == ["start", "start"]
    assert (refreshes.versions, version_of_group()) == (["1", "1"], "1")


def test_what_was_never_started_needs_no_way_back(
    first: Release, terraform: Terraform, refreshes: Refreshes
) -> None:
    terraform.failure = DeploymentError("terraform apply failed")
    with pytest.raises(DeploymentError, match=r"apply failed[\s\S]*version 1 .* runs again"):
        deployed(other(first))
    assert refreshes.asked == []
    assert not terraform.removed


def test_ctrl_c_takes_a_release_back(
    first: Release, refreshes: Refreshes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deploy, "smoke_test", interrupted)
    with pytest.raises(DeploymentError, match=r"KeyboardInterrupt\nRolled back: version 1"):
        deployed(other(first))
    assert refreshes.asked == ["start", "roll back"]


def test_a_release_after_one_that_was_taken_back_replaces_the_instances(
    first: Release, balancer: Balancer, refreshes: Refreshes
) -> None:
    balancer.broken = {"other"}
    with pytest.raises(DeploymentError):
        deployed(other(first))
    balancer.broken = set()
    deployed(other(first))
    assert (refreshes.versions, version_of_group()) == (["2", "2"], "2")


def test_a_first_release_that_fails_leaves_nothing(
    terraform: Terraform, balancer: Balancer, release: Release
) -> None:
    balancer.broken = {release.manifest.version}
    with pytest.raises(DeploymentError, match="nothing ran before, and nothing runs now"):
        deployed(release)
    assert terraform.removed


def test_a_first_release_that_gets_no_instance_ready_says_what_it_said_last(
    terraform: Terraform, balancer: Balancer, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "health", lambda target_group: {"i-1": "unhealthy"})
    original, now = fleet.wait_until_ready, int(datetime.now(UTC).timestamp() * 1000)

    def logged(*arguments: str) -> None:
        logs = client("logs")
        logs.create_log_stream(logGroupName=LOGS, logStreamName="i-1")
        logs.put_log_events(
            logGroupName=LOGS,
            logStreamName="i-1",
            logEvents=[{"timestamp": now, "message": "Wrong settings"}],
        )
        original(*arguments)

    monkeypatch.setattr(fleet, "wait_until_ready", logged)
    with pytest.raises(DeploymentError) as raised:
        deployed(release)
    shown = str(raised.value)
    assert "Not all instances are ready after 900 seconds: i-1 is unhealthy." in shown
    assert "The service said last:\nWrong settings\nRolled back: nothing ran before" in shown


def test_an_alarm_that_rings_already_keeps_no_remedy_out(
    first: Release, refreshes: Refreshes
) -> None:
    client("cloudwatch").set_alarm_state(
        AlarmName=ALARMS[0], StateValue="ALARM", StateReason="the release before"
    )
    deployed(other(first))
    assert refreshes.all[0]["Preferences"]["AlarmSpecification"] == {"Alarms": ALARMS[1:]}


def test_instances_that_do_not_serve_are_not_kept_for_it(
    first: Release, refreshes: Refreshes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "health", lambda target_group: {"i-1": "unhealthy"})
    deployed(other(first))
    preferences = refreshes.all[0]["Preferences"]
    assert preferences["MinHealthyPercentage"] == 0
    assert "CheckpointPercentages" not in preferences


def test_nor_is_a_release_that_is_to_be_taken_back(
    first: Release, refreshes: Refreshes, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = platform.plan(other(first))
    for _ in platform.apply(plan):
        pass
    monkeypatch.setattr(fleet, "health", lambda target_group: {"i-1": "unhealthy"})
    platform.roll_back(plan)
    assert refreshes.all[0]["Preferences"]["MinHealthyPercentage"] == 0
    assert version_of_group() == "1"


def test_two_rollouts_do_not_meet(first: Release, refreshes: Refreshes) -> None:
    next(platform.apply(platform.plan(other(first))))
    with pytest.raises(DeploymentError, match=r"Another rollout is under way \(InProgress, 50 %\)"):
        platform.plan(other(first, "third"))


def test_a_rollout_that_was_faster_goes_on(first: Release, refreshes: Refreshes) -> None:
    def agreed_late(plan: str) -> bool:
        next(platform.apply(platform.plan(other(first, "faster"))))
        return True

    with pytest.raises(DeploymentError, match="Another rollout is under way"):
        deploy.deploy(other(first), agreed_late, api_key=None)
    assert refreshes.asked == ["start"]


def test_a_rollout_that_begins_a_moment_earlier_goes_on(
    first: Release, refreshes: Refreshes
) -> None:
    plan = platform.plan(other(first))
    next(platform.apply(platform.plan(other(first, "faster"))))
    with pytest.raises(NotBegunError, match="has just begun"):
        next(platform.apply(plan))


def test_without_a_foundation_it_is_said_how_to_lay_it(
    terraform: Terraform, release: Release
) -> None:
    terraform.laid = {}
    with pytest.raises(DeploymentError, match="`make foundation`"):
        platform.plan(release)


def test_an_image_for_a_processor_that_there_is_not_is_refused(
    terraform: Terraform, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "built", lambda image: {"Architecture": "riscv64"})
    with pytest.raises(DeploymentError, match="was built for riscv64"):
        platform.plan(release)


def test_what_is_removed_and_what_stays_is_said(first: Release, terraform: Terraform) -> None:
    assert platform.destroy("staging") == (
        f"Removed {NAME} from staging. s3://data/prediction-log/staging keeps the prediction log, "
        "and the registry keeps the images."
    )
    assert terraform.removed
    assert terraform.planned == platform.ANY_RELEASE

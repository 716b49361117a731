"""Instance refreshes: the instances of an Auto Scaling group make place for those of a release.

A refresh launches instances from a version of the launch template; only at its end is this the
group's own version. Until then, the group can go back.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from botocore.exceptions import ClientError

from . import aws, fleet
from .fleet import Template
from .release import DeploymentError, NotBegunError

Step = Literal["some", "all"]

UNDER_WAY = {"Pending", "InProgress", "Baking"}
ACTIVE = UNDER_WAY | {"Cancelling", "RollbackInProgress"}

# What is to be replaced does not work: as fast as it goes without fewer instances.
BACK = {"SkipMatching": True, "MinHealthyPercentage": 100, "MaxHealthyPercentage": 200}
# Where no instance serves, none has to be kept until there are others.
DOWN = {"MinHealthyPercentage": 0, "MaxHealthyPercentage": 100}


def running(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the group and what its instances are launched from; empty if there is no group.

    Args:
        outputs: those of `infra/service`.

    Raises DeploymentError if the instances are being replaced right now.
    """
    group = fleet.group(outputs["group"]) if "group" in outputs else None
    if group is None:
        return {}
    name = group["AutoScalingGroupName"]
    refresh = _latest(name)
    if refresh and refresh["Status"] in ACTIVE:
        raise DeploymentError(
            f"Another rollout is under way ({_told(refresh)}). Wait until it is over, or roll it "
            f"back: aws autoscaling rollback-instance-refresh --auto-scaling-group-name {name}"
        )
    return {
        "group": name,
        "target_group": outputs["target_group"],
        "launch_template": fleet.template_of(group),
    }


def replace(
    name: str, target_group: str, template: Template, preferences: Mapping[str, Any]
) -> Iterator[Step]:
    """Replace the instances by those of a version of the launch template.

    Gives "some" while the refresh holds at its checkpoint, and "all" when no instance is left to be
    replaced and the alarms still watch.

    Args:
        preferences: those of the refresh.

    Raises DeploymentError if the refresh fails, is rolled back, or does not get on, and
    NotBegunError if there is another one.
    """
    chosen = _fitting(target_group, preferences)
    checkpoint = chosen.get("CheckpointPercentages", [100])[0]
    hold = max(chosen.get("CheckpointDelay", 0), chosen["BakeTime"])
    given: set[Step] = set()
    for refresh in _followed(name, _start(name, template, chosen), hold):
        status = refresh["Status"]
        if status not in ACTIVE and status != "Successful":
            raise DeploymentError(f"The rollout has failed ({_told(refresh)}).")
        step: Step | None = None
        if status == "InProgress" and checkpoint <= refresh.get("PercentageComplete", 0) < 100:
            step = "some"
        elif status in ("Baking", "Successful"):
            step = "all"
        if step and step not in given:
            given.add(step)
            yield step


def go_back(before: Mapping[str, Any]) -> str:
    """Have the instances before again, wherever a rollout has stopped; say what runs.

    Args:
        before: what `running` has found.

    Raises DeploymentError if that does not work either.
    """
    name, template = before["group"], before["launch_template"]
    refresh = _latest(name)
    if refresh and refresh["Status"] in UNDER_WAY:
        _call_off(name)
    if refresh and refresh["Status"] in ACTIVE:
        _end_of(name, refresh["InstanceRefreshId"])
    group = fleet.group(name)
    if group is None:
        raise DeploymentError(f"There is no Auto Scaling group {name} any more.")
    found = [fleet.template_of(each) for each in (group, *fleet.in_service(group))]
    if any(version != template for version in found):
        preferences = BACK if _serves(before["target_group"]) else BACK | DOWN
        end = _end_of(name, _start(name, template, preferences))
        if end["Status"] != "Successful":
            raise DeploymentError(f"The instances before are not back ({_told(end)}).")
    return f"version {template['Version']} of the launch template {name} runs again"


def _fitting(target_group: str, preferences: Mapping[str, Any]) -> dict[str, Any]:
    """Return the preferences, but for what would keep a remedy from a service that is down."""
    chosen = dict(preferences)
    alarms = chosen.pop("AlarmSpecification")["Alarms"]
    with aws.explained("Looking for alarms"):
        answer = aws.client("cloudwatch").describe_alarms(AlarmNames=alarms)
    known = {alarm["AlarmName"]: alarm["StateValue"] for alarm in answer["MetricAlarms"]}
    # An alarm that rings already would end the rollout at once, whatever the release is like.
    if quiet := [alarm for alarm in alarms if known.get(alarm) != "ALARM"]:
        chosen["AlarmSpecification"] = {"Alarms": quiet}
    if not _serves(target_group):
        chosen |= DOWN
        chosen.pop("CheckpointPercentages", None)
        chosen.pop("CheckpointDelay", None)
    return chosen


def _serves(target_group: str) -> bool:
    return "healthy" in fleet.health(target_group).values()


def _start(name: str, template: Template, preferences: Mapping[str, Any]) -> str:
    with aws.explained("Starting to replace the instances"):
        try:
            answer = aws.client("autoscaling").start_instance_refresh(
                AutoScalingGroupName=name,
                DesiredConfiguration={"LaunchTemplate": template},
                Preferences=preferences,
            )
        except ClientError as error:
            if "InstanceRefreshInProgress" not in aws.code(error):
                raise
            raise NotBegunError(f"Another rollout of {name} has just begun: {error}") from error
    return str(answer["InstanceRefreshId"])


def _call_off(name: str) -> None:
    client = aws.client("autoscaling")
    with aws.explained("Rolling back"):
        try:
            client.rollback_instance_refresh(AutoScalingGroupName=name)
        except ClientError as error:
            # It has ended meanwhile, or has no way back: then another refresh is the way.
            if "ActiveInstanceRefreshNotFound" in aws.code(error):
                return
            if "IrreversibleInstanceRefresh" not in aws.code(error):
                raise
            client.cancel_instance_refresh(AutoScalingGroupName=name)


def _followed(name: str, identity: str, hold: float) -> Iterator[dict[str, Any]]:
    """Give a refresh as it goes on, until it has ended.

    Args:
        hold: seconds for which it is meant to stand still.

    Raises DeploymentError if it stands still for longer.
    """
    seen, since = None, time.monotonic()
    while True:
        with aws.explained("Watching the rollout"):
            (refresh,) = aws.client("autoscaling").describe_instance_refreshes(
                AutoScalingGroupName=name, InstanceRefreshIds=[identity]
            )["InstanceRefreshes"]
        yield refresh
        if refresh["Status"] not in ACTIVE:
            return
        progress = refresh["Status"], refresh.get("PercentageComplete")
        if progress != seen:
            seen, since = progress, time.monotonic()
        elif time.monotonic() - since > fleet.STALLED + hold:
            raise DeploymentError(f"The rollout does not get on ({_told(refresh)}).")
        time.sleep(fleet.PAUSE)


def _end_of(name: str, identity: str) -> dict[str, Any]:
    return list(_followed(name, identity, hold=0))[-1]


def _latest(name: str) -> dict[str, Any] | None:
    with aws.explained("Looking for rollouts"):
        answer = aws.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName=name)
    found: list[dict[str, Any]] = answer["InstanceRefreshes"]  # the newest first
    return found[0] if found else None


def _told(refresh: Mapping[str, Any]) -> str:
    told = [refresh["Status"], f"{refresh.get('PercentageComplete', 0)} %"]
    reason = refresh.get("StatusReason")
    return ", ".join([*told, reason] if reason else told)

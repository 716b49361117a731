"""The instances of an environment: which there are, how they are, and what they say."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from . import aws
from .release import DeploymentError, NotBegunError

Template = dict[str, str]  # LaunchTemplateId and Version

PAUSE = 10.0  # seconds between two looks
STALLED = 900.0  # seconds without progress: an instance needs three minutes to be ready
LAST = 10  # lines of the log


def group(name: str) -> dict[str, Any] | None:
    """Return what AWS knows of an Auto Scaling group; None if there is none of that name."""
    with aws.explained("Looking for the Auto Scaling group"):
        answer = aws.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[name]
        )
    found: list[dict[str, Any]] = answer["AutoScalingGroups"]
    return found[0] if found else None


def template_of(group_or_instance: Mapping[str, Any]) -> Template:
    """Return what new instances are launched from, or what an instance was."""
    template = group_or_instance.get("LaunchTemplate", {})
    return {name: template.get(name, "") for name in ("LaunchTemplateId", "Version")}


def in_service(group: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the group's instances but for those that come or go."""
    return [each for each in group["Instances"] if each["LifecycleState"] == "InService"]


def health(target_group: str) -> dict[str, str]:
    """Return how the balancer finds each instance, by its id: healthy, initial, unhealthy…"""
    with aws.explained("Looking for ready instances"):
        answer = aws.client("elbv2").describe_target_health(TargetGroupArn=target_group)
    return {
        target["Target"]["Id"]: target["TargetHealth"]["State"]
        for target in answer["TargetHealthDescriptions"]
    }


def wait_until_ready(name: str, target_group: str) -> None:
    """Return when as many instances as there should be are ready.

    Raises DeploymentError if they do not get ready.
    """
    deadline = time.monotonic() + STALLED
    while True:
        states = health(target_group)
        ready = [state for state in states.values() if state == "healthy"]
        found = group(name)
        if found and len(ready) >= max(1, found["DesiredCapacity"]):
            return
        if time.monotonic() > deadline:
            told = ", ".join(f"{instance} is {state}" for instance, state in states.items())
            raise DeploymentError(
                f"Not all instances are ready after {STALLED:g} seconds: {told or 'there is none'}."
            )
        time.sleep(PAUSE)


@contextmanager
def last_words(log_group: str) -> Iterator[None]:
    """Add what the newest instance has logged last to an error, before its log may be gone."""
    try:
        yield
    except NotBegunError:
        raise
    except DeploymentError as error:
        try:
            lines = _logged(log_group)
        except DeploymentError:
            lines = []
        if not lines:
            raise
        raise DeploymentError("\n".join([str(error), "The service said last:", *lines])) from error


def _logged(log_group: str) -> list[str]:
    client = aws.client("logs")
    with aws.explained("Reading the log"):
        streams = client.describe_log_streams(
            logGroupName=log_group, orderBy="LastEventTime", descending=True, limit=1
        )["logStreams"]
        if not streams:
            return []
        events = client.get_log_events(
            logGroupName=log_group, logStreamName=streams[0]["logStreamName"], limit=LAST
        )["events"]
    return [str(event["message"]).rstrip() for event in events]

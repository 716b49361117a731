"""The alias that callers get, and how it is moved to another version of the function.

An alias has one version for all requests, or two with a share each. Versions never change, so going
back is moving the alias back.
"""

import time
from collections.abc import Callable
from typing import Any

import click
from botocore.exceptions import ClientError

from . import aws
from .release import DeploymentError

ALIAS = "live"
PAUSE = 5.0  # seconds between two looks at a version that is being made ready
LOOK = 15.0  # seconds between two looks at the alarms
PATIENCE = 600.0  # seconds for what AWS does by itself: to make a version ready, to end an alarm


def served(function: str) -> str | None:
    """Return the version that callers get, the one before in a rollout; None without a function."""
    alias = _found(aws.client("lambda").get_alias, FunctionName=function, Name=ALIAS)
    return str(alias["FunctionVersion"]) if alias else None


def shares(function: str) -> dict[str, float]:
    """Return the shares of the requests that other versions get, in a rollout."""
    return _weights(aws.client("lambda").get_alias(FunctionName=function, Name=ALIAS))


def model_of(function: str, version: str) -> str:
    """Return which model a version has."""
    known = aws.client("lambda").get_function_configuration(
        FunctionName=function, Qualifier=version
    )
    return known["Description"] or f"version {version} of the function"


def point(function: str, version: str, other: str | None = None, percent: float = 0) -> None:
    """Give all requests to a version, but for a share of them to another one."""
    weights = {other: percent / 100} if other else {}
    api = aws.client("lambda")
    now = api.get_alias(FunctionName=function, Name=ALIAS)
    if (now["FunctionVersion"], _weights(now)) != (version, weights):
        api.update_alias(
            FunctionName=function,
            Name=ALIAS,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": weights},
        )


def halt(function: str) -> bool:
    """Let a function answer nothing; return whether there is one. Terraform lets it go on."""
    put = aws.client("lambda").put_function_concurrency
    return _found(put, FunctionName=function, ReservedConcurrentExecutions=0) is not None


def is_halted(function: str) -> bool:
    known = _found(aws.client("lambda").get_function_concurrency, FunctionName=function) or {}
    return known.get("ReservedConcurrentExecutions") == 0


def wait_until_usable(function: str, version: str) -> None:
    """Wait while Lambda makes a version ready. Raises DeploymentError if it cannot."""
    deadline = time.monotonic() + PATIENCE
    while True:
        state = aws.client("lambda").get_function_configuration(
            FunctionName=function, Qualifier=version
        )
        if state["State"] == "Failed":
            raise DeploymentError(
                f"Lambda cannot use version {version} of {function}: {state.get('StateReason')}"
            )
        # A version that nobody has asked for weeks is inactive: the first request wakes it.
        if state["State"] != "Pending":
            return
        if time.monotonic() > deadline:
            raise DeploymentError(
                f"Version {version} of {function} is not ready after {PATIENCE:g} seconds."
            )
        time.sleep(PAUSE)


def canary(function: str, version: str, percent: float, minutes: float, alarms: list[str]) -> None:
    """Give a version a share of the requests for a while.

    Raises DeploymentError as soon as one of the alarms is raised; the share stays as it is then.
    """
    before = served(function)
    if before is None:
        raise DeploymentError(f"{function} has no alias {ALIAS}.")
    _wait_for_silence(alarms)
    click.echo(f"{percent:g} % of the requests for {minutes:g} minutes…")
    point(function, before, other=version, percent=percent)
    end = time.monotonic() + minutes * 60
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(LOOK, left))
        if raised := _raised(alarms):
            raise DeploymentError(f"With {percent:g} % of the requests: {'; '.join(raised)}")


def _wait_for_silence(alarms: list[str]) -> None:
    """Wait until the alarms are over that the same version raised when it was tried before."""
    deadline = time.monotonic() + PATIENCE
    while raised := _raised(alarms):
        if time.monotonic() > deadline:
            raise DeploymentError(f"Without a single request: {'; '.join(raised)}")
        time.sleep(LOOK)


def _raised(alarms: list[str]) -> list[str]:
    """Return what is wrong, for each alarm that is raised. Raises DeploymentError if one is gone."""
    known = aws.client("cloudwatch").describe_alarms(AlarmNames=alarms)["MetricAlarms"]
    if missing := sorted(set(alarms) - {alarm["AlarmName"] for alarm in known}):
        raise DeploymentError(f"Nothing watches the release: {', '.join(missing)} is missing.")
    return [
        f"{alarm['AlarmName']}: {alarm['StateReason']}"
        for alarm in known
        if alarm["StateValue"] == "ALARM"
    ]


def _weights(alias: dict[str, Any]) -> dict[str, float]:
    weights: dict[str, float] = (alias.get("RoutingConfig") or {}).get(
        "AdditionalVersionWeights", {}
    )
    return weights


def _found(call: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
    """Return the answer of a call; None if there is no such function or alias."""
    try:
        answer: dict[str, Any] = call(**arguments)
    except ClientError as error:
        if aws.code(error) == "ResourceNotFoundException":
            return None
        raise
    return answer

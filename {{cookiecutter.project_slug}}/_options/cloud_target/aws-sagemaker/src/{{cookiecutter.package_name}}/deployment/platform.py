"""SageMaker: an endpoint for each environment, made by Terraform from `infra/service`.

An endpoint keeps two configurations, that of the release which serves and that of the one before.
SageMaker goes back to it by itself when an alarm rings while it shifts the traffic, and
`roll_back` does the same later.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from .. import NAME
from . import aws, model_registry
from .ecr import publish as publish
from .ecr import pull as pull
from .endpoint import Endpoint
from .release import DeploymentError, Environment, Plan, Release
from .terraform import Stack

PATIENCE = 120.0  # seconds until an endpoint that is in service has to answer
PAUSE = 15.0  # seconds between two looks at an endpoint that changes
LONGEST = 4200.0  # seconds that a change may take: SageMaker itself gives up after 55 minutes
CHANGING = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


def foundation() -> Stack:
    """Return what all environments stand on, with a place for its state."""
    return Stack("foundation", "foundation", aws.state("foundation"))


def foundation_variables() -> dict[str, Any]:
    """Return nothing: all that can be set is in `infra/foundation/foundation.tfvars`."""
    return {}


@dataclass(frozen=True)
class ServicePlan(Plan):
    """What Terraform has to know of the release."""

    variables: dict[str, Any]


def running(environment: Environment) -> dict[str, Any]:
    """Return the releases that the endpoint has, the one that serves first; empty if none does.

    Raises DeploymentError while the endpoint is being changed.
    """
    releases = _serving_first(environment, _stack(environment).outputs().get("releases", []))
    return {"before": releases} if releases else {}


def plan(release: Release) -> ServicePlan:
    """Upload image and bundle, and say what else deploying a release would change."""
    image = publish(release)
    model_data = model_registry.upload(release)
    before = running(release.environment)
    deployed = {
        "version": release.manifest.version,
        "digest": release.digest,
        "image": image,
        "model_data": model_data,
    }
    stack = _stack(release.environment)
    variables = {
        "release": deployed,
        "before": before.get("before", []),
        "ringing": _ringing(stack.outputs().get("alarms", [])),
    }
    return ServicePlan(release, stack.plan(**variables), before, variables)


def apply(plan: ServicePlan) -> Generator[Endpoint, None, None]:
    """Let a release serve, and give the endpoint when it has all the traffic.

    SageMaker starts it beside the one before, tries it with a part of the traffic, and goes back by
    itself if an alarm rings. Raises DeploymentError then.
    """
    release = plan.release
    package = model_registry.register(release, publish(release), model_registry.upload(release))
    stack = _stack(release.environment)
    stack.apply()
    _require(release.environment, stack.outputs()["configuration"])
    yield endpoint(release.environment)
    if release.environment == "production":
        model_registry.approve(package)


def roll_back(plan: ServicePlan) -> str:
    """Let serve again what did before a release; say what that is."""
    environment = plan.release.environment
    # SageMaker takes no change while another one is under way, be it its own way back.
    _settle(environment)
    stack = _stack(environment)
    if not plan.before:
        stack.plan(roll_back=True)
        stack.apply()
        return "nothing served before, and nothing serves now"
    before = plan.before["before"][0]
    variables = dict(plan.variables)
    if not _describe(environment).get("EndpointConfigName", "").endswith(before["id"]):
        # The alarms tell of what is to go: they would keep it.
        variables["ringing"] = stack.outputs().get("alarms", [])
    stack.plan(**variables, roll_back=True)
    stack.apply()
    _require(environment, stack.outputs()["configuration"])
    return f"{before['version']} serves again"


def destroy(environment: Environment) -> str:
    """Remove an environment; say what stays."""
    stack = _stack(environment)
    if not stack.outputs():
        return f"There is no endpoint {_name(environment)}."
    _settle(environment)
    stack.destroy()
    return (
        f"Removed the endpoint {_name(environment)} with its role, alarms and log. The prediction "
        "log and all captured requests stay in their bucket, as do bundles, images and the model "
        "registry."
    )


def endpoint(environment: Environment) -> Endpoint:
    """Return where an environment is asked, by those who may invoke its endpoint."""
    service = aws.client("sagemaker-runtime").meta.endpoint_url
    url = f"{service}/endpoints/{_name(environment)}/invocations"
    return Endpoint(url, headers=aws.signed("sagemaker"))


def _name(environment: Environment) -> str:
    return f"{NAME}-{environment}"


def _stack(environment: Environment) -> Stack:
    return Stack("service", environment, aws.state(environment))


def _describe(environment: Environment) -> dict[str, Any]:
    """Return what SageMaker knows of an endpoint; nothing if there is none."""
    with aws.explained(f"Looking at the endpoint {_name(environment)}"):
        try:
            found: dict[str, Any] = aws.client("sagemaker").describe_endpoint(
                EndpointName=_name(environment)
            )
        except ClientError as error:
            if "Could not find" in str(error):
                return {}
            raise
    return found


def _serving_first(environment: Environment, releases: list[Any]) -> list[Any]:
    """Put first what really serves: Terraform does not notice when SageMaker goes back.

    Returns none if nothing serves. Raises DeploymentError while the endpoint is being changed.
    """
    found = _describe(environment)
    status = found.get("EndpointStatus", "Failed")
    if status in CHANGING:
        raise DeploymentError(
            f"The endpoint {_name(environment)} is {status}: another deployment is under way."
        )
    if status == "Failed":
        return []
    return sorted(releases, key=lambda known: not found["EndpointConfigName"].endswith(known["id"]))


def _ringing(alarms: list[str]) -> list[str]:
    """Return those of the alarms that ring now."""
    if not alarms:
        return []
    with aws.explained("Looking for alarms"):
        found = aws.client("cloudwatch").describe_alarms(AlarmNames=alarms)["MetricAlarms"]
    return sorted(alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM")


def _require(environment: Environment, configuration: str) -> None:
    """See that an endpoint is what it was to become; Terraform does not."""
    found = _describe(environment)
    if found["EndpointStatus"] == "InService" and found["EndpointConfigName"] == configuration:
        return
    reason = found.get("FailureReason") or "an alarm rang, or the containers did not start"
    raise DeploymentError(
        f"SageMaker did not keep the release: {reason}. The endpoint is {found['EndpointStatus']} "
        f"with {found['EndpointConfigName']}, not with {configuration}; its log is "
        f"/aws/sagemaker/Endpoints/{_name(environment)}."
    )


def _settle(environment: Environment) -> None:
    """Wait until an endpoint takes changes again."""
    deadline = time.monotonic() + LONGEST
    while (status := _describe(environment).get("EndpointStatus")) in CHANGING:
        if time.monotonic() > deadline:
            raise DeploymentError(f"The endpoint {_name(environment)} is still {status}.")
        time.sleep(PAUSE)

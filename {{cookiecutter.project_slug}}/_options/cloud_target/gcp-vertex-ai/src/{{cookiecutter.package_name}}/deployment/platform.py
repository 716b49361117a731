"""Vertex AI: an endpoint for each environment, and a version of the model for each release.

A new version starts beside the one before, takes a share of the traffic, and then all of it. Then
the one before is stopped: machines cost money whether they are asked or not.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from . import gcp, stacks, vertex
from .endpoint import Endpoint
from .release import DeploymentError, Environment, Plan, Release
from .stacks import foundation as foundation
from .stacks import foundation_variables as foundation_variables
from .stacks import publish as publish
from .stacks import pull as pull
from .vertex import Container, Machines
from .watching import watch

# Seconds until an endpoint has to answer with the new version, which may have a share of the traffic
# only, and be asked at the tenth try.
PATIENCE = 300.0


@dataclass(frozen=True)
class EndpointPlan(Plan):
    """The image, by its digest, and whom it runs as."""

    image: str
    service_account: str
    prediction_log_url: str


def running(environment: Environment) -> dict[str, Any]:
    """Return the version that has most of the traffic, and all shares; empty if nothing runs."""
    name = stacks.stack_of(environment).outputs().get("endpoint")
    there = vertex.endpoint(name) if name else None
    live = vertex.leading(there) if there else None
    if there is None or live is None:
        return {}
    return {"id": live.id, "version": live.display_name, "shares": dict(there.traffic_split)}


def plan(release: Release) -> EndpointPlan:
    """Push the image, and say what deploying it would change."""
    found = stacks.laid()
    environment = release.environment
    image = gcp.push(release, found["repository"])
    text = stacks.stack_of(environment).plan(**_variables(environment))
    before = running(environment)
    instead = f"in place of {before['version']}" if before else "where nothing runs yet"
    return EndpointPlan(
        release,
        f"{text}\nThen {release.manifest.version} is deployed to the endpoint, {instead}.",
        before,
        image,
        found["service_accounts"][environment],
        found["prediction_logs"][environment],
    )


def apply(plan: EndpointPlan) -> Generator[Endpoint, None, None]:
    """Start the version beside the one before, and move the traffic to it, step by step."""
    environment = plan.release.environment
    stack = stacks.stack_of(environment)
    stack.apply()
    outputs = stack.outputs()
    name, limits = outputs["endpoint"], outputs["deployment"]
    machines = Machines(**limits["machines"])
    version = vertex.upload(_container(plan, limits["settings"]))
    deployed = vertex.deploy(name, version, machines, plan.service_account)
    before = plan.before.get("id", deployed.id)
    if before != deployed.id:
        share = limits["canary_percent"]
        vertex.split(name, {before: 100 - share, deployed.id: share})
        yield _endpoint(name)
        if environment == "production":
            watch(deployed.display_name, vertex.errors(name, deployed.id))
    vertex.split(name, {deployed.id: 100})
    yield _endpoint(name)
    vertex.undeploy(name, keep=deployed.id)
    vertex.give_alias(environment, version)


def roll_back(plan: EndpointPlan) -> str:
    """Move the traffic back to the version before, and stop the new one; say what runs then."""
    name = stacks.stack_of(plan.release.environment).outputs().get("endpoint")
    there = vertex.endpoint(name) if name else None
    if name is None or there is None:
        return "nothing ran before, and nothing runs now"
    before = plan.before
    if not before:
        vertex.undeploy(name, keep=None)
        return "nothing ran before, and nothing runs now"
    if before["id"] not in {one.id for one in there.deployed_models}:
        # It is stopped when the new one has answered rightly with all the traffic, and not earlier.
        return f"{before['version']} is stopped already, and {plan.release.manifest.version} stays"
    vertex.split(name, {before["id"]: 100})
    vertex.undeploy(name, keep=before["id"])
    return f"{before['version']} has all the traffic again"


def destroy(environment: Environment) -> str:
    """Remove an environment; what all environments share stays."""
    stack = stacks.stack_of(environment)
    name = stack.outputs().get("endpoint")
    if name and vertex.endpoint(name):
        vertex.undeploy(name, keep=None)
    stack.destroy(**_variables(environment))
    return (
        f"Removed the endpoint of {environment}. The prediction log stays, as do images and the "
        "versions of the model in the registry."
    )


def _variables(environment: Environment) -> dict[str, Any]:
    return {"project": gcp.project(), "region": gcp.region(), "environment": environment}


def _container(plan: EndpointPlan, settings: dict[str, str]) -> Container:
    variables = settings | {
        "MODEL_DIGEST": plan.release.digest,
        "PREDICTION_LOG_URL": plan.prediction_log_url,
    }
    return Container(plan.image, plan.release.manifest.version, variables)


def _endpoint(name: str) -> Endpoint:
    """Return where the endpoint answers; its health is between the platform and the container."""
    found = vertex.endpoint(name)
    if found is None:
        raise DeploymentError(f"The endpoint {name} is gone.")

    def headers(method: str, url: str, body: bytes) -> Any:
        return gcp.bearer(gcp.access_token())

    return Endpoint(vertex.raw_predict(found), headers=headers)

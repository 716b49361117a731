"""AWS Lambda: a function for each environment, which runs the image and has a URL for callers.

Terraform makes each release a version of the function. A version is tried by itself, then answers a
share of the requests while alarms are watched, then all of them.
"""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from .. import NAME
from . import aws, docker, rollout
from .ecr import publish as publish
from .ecr import pull as pull
from .endpoint import Endpoint, service
from .release import DeploymentError, Environment, Plan, Release
from .terraform import Stack

PATIENCE = 120.0  # seconds until a version has to answer, the first start of its image included
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}  # of an image, and as Lambda calls them


def running(environment: Environment) -> dict[str, Any]:
    """Return what callers get now; empty if that is nothing."""
    name = _name(environment)
    with aws.explained(f"Asking what {name} answers with"):
        version = rollout.served(name)
        if version is None or rollout.is_halted(name):
            return {}
        model, shares = rollout.model_of(name, version), rollout.shares(name)
        return {"version": version, "model": model, "shares": shares}


def plan(release: Release) -> Plan:
    """Push a release's image, and say what deploying it would change."""
    laid, name = _laid(), _name(release.environment)
    variables = _variables(
        laid,
        image=publish(release),
        architecture=_architecture(release.image),
        model_version=release.manifest.version,
        model_digest=release.digest,
    )
    shown = _stack(release.environment).plan(**variables)
    before = running(release.environment)
    instead = f"instead of {before['model']}" if before else "where nothing runs yet"
    text = f"{shown.rstrip()}\n\n{release.manifest.version} on {name}, {instead}."
    return Plan(release, text, before)


def apply(plan: Plan) -> Generator[Endpoint, None, None]:
    """Deploy a release; give each endpoint that has to answer rightly before the next step."""
    name, stack = _name(plan.release.environment), _stack(plan.release.environment)
    if plan.before:
        # A rollout that was cut off has left shares, with which Terraform could not change all.
        with aws.explained(f"Ending the last rollout of {name}"):
            rollout.point(name, plan.before["version"])
    stack.apply()
    made = stack.outputs()
    version, minutes = made["version"], made["canary"]["minutes"]
    with aws.explained(f"Rolling out version {version} of {name}"):
        rollout.wait_until_usable(name, version)
        if rollout.served(name) != version:
            yield _endpoint(made["candidate_url"])
            if plan.before and minutes:
                percent = made["canary"]["percent"]
                rollout.canary(name, version, percent, minutes, made["release_alarms"])
            rollout.point(name, version)
    yield _endpoint(made["live_url"])


def roll_back(plan: Plan) -> str:
    """Give all requests to the version that had them before; say what that is."""
    name = _name(plan.release.environment)
    with aws.explained(f"Going back on {name}"):
        if plan.before:
            rollout.point(name, plan.before["version"])
            return f"{plan.before['model']} answers everyone again"
        if not rollout.halt(name):
            return "nothing ran before, and nothing runs now"
    return (
        f"nothing ran before, and {name} answers nothing until the next deployment; "
        f"the log group /aws/lambda/{name} has what it said"
    )


def destroy(environment: Environment) -> str:
    """Remove an environment; the images, the models and the prediction log stay."""
    laid, name = _laid(), _name(environment)
    # Terraform wants values even for what it removes.
    nothing = "0" * 64
    variables = _variables(
        laid,
        image=f"{laid['repository']}@sha256:{nothing}",
        architecture="x86_64",
        model_version="",
        model_digest=nothing,
    )
    _stack(environment).destroy(**variables)
    return (
        f"Removed {name}, with its logs and alarms. The images stay in {laid['repository']}, the "
        f"prediction log in s3://{laid['data_bucket']}/prediction-log/{environment}."
    )


def foundation() -> Stack:
    """Return what both environments stand on."""
    return Stack("foundation", "foundation", aws.state("foundation"))


def foundation_variables() -> dict[str, Any]:
    """Return what foundation.tfvars does not say: nothing."""
    return {}


def _laid() -> dict[str, Any]:
    """Return what the foundation gives. Raises DeploymentError if there is none."""
    laid = foundation().outputs()
    if not laid:
        raise DeploymentError("There is no registry of images yet: `make foundation` makes it.")
    return laid


def _stack(environment: Environment) -> Stack:
    return Stack("service", environment, aws.state(environment))


def _variables(laid: dict[str, Any], **release: str) -> dict[str, str]:
    return {
        "data_bucket": laid["data_bucket"],
        "permissions_boundary": laid["service_boundary_arn"],
        **release,
    }


def _architecture(image: str) -> str:
    """Return which processor an image is for: that of the machine which built it."""
    found = docker.built(image)["Architecture"]
    if found not in ARCHITECTURES:
        raise DeploymentError(f"Lambda runs no image for {found}.")
    return ARCHITECTURES[found]


def _endpoint(url: str) -> Endpoint:
    """Return the endpoint at a function's URL, whose requests have to be signed."""
    return replace(service(url.rstrip("/")), headers=aws.signed("lambda"))


def _name(environment: Environment) -> str:
    return f"{NAME}-{environment}"

"""EC2: instances behind a load balancer, which an Auto Scaling group replaces for each release."""

from collections.abc import Generator
from typing import Any

from .. import NAME
from . import api_keys, aws, docker, fleet, rollout
from .ecr import publish as publish
from .ecr import pull as pull
from .endpoint import Endpoint
from .release import DeploymentError, Environment, Plan, Release
from .terraform import Stack

# Seconds until the balancer answers with the release once its instances are ready. A rollout holds
# for longer than this: checkpoint_seconds and bake_seconds of infra/service.
PATIENCE = 150.0

ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}  # as Docker and as EC2 call them

# What is removed does not depend on them, but Terraform asks for them.
ANY_RELEASE = {
    "image": f"none/none@sha256:{'0' * 64}",
    "architecture": "x86_64",
    "model_version": "none",
    "model_digest": "0" * 64,
    "data_bucket": "none",
}


def running(environment: Environment) -> dict[str, Any]:
    """Return what runs, as a way back needs it; empty if nothing does.

    Raises DeploymentError if another rollout is under way.
    """
    return rollout.running(_service(environment).outputs())


def plan(release: Release) -> Plan:
    """Push the image, and say what deploying the release would change.

    Raises DeploymentError if there is no foundation yet, or another rollout is still under way.
    """
    base = foundation().outputs()
    if not base:
        raise DeploymentError("There is no foundation yet: `make foundation` lays it.")
    stack, before = _service(release.environment), running(release.environment)
    variables = {
        "image": publish(release),
        "architecture": _architecture(release),
        "model_version": release.manifest.version,
        "model_digest": release.digest,
        "data_bucket": base["data_bucket"],
    }
    return Plan(release, stack.plan(**variables), before)


def apply(plan: Plan) -> Generator[Endpoint, None, None]:
    """Change what was planned, then replace the instances: some, and after a trial the others."""
    stack = _service(plan.release.environment)
    stack.apply()
    outputs = stack.outputs()
    endpoint = _endpoint(outputs)
    with fleet.last_words(outputs["log_group"]):
        if plan.before.get("launch_template") in (None, outputs["launch_template"]):
            fleet.wait_until_ready(outputs["group"], outputs["target_group"])
            yield endpoint
            return
        for _ in rollout.replace(
            outputs["group"],
            outputs["target_group"],
            outputs["launch_template"],
            outputs["rollout"],
        ):
            yield endpoint


def roll_back(plan: Plan) -> str:
    """Bring back the instances that ran before a release; say what runs now."""
    if plan.before:
        return rollout.go_back(plan.before)
    _service(plan.release.environment).destroy(**ANY_RELEASE)
    return "nothing ran before, and nothing runs now"


def destroy(environment: Environment) -> str:
    """Remove an environment; say what stays."""
    stack = _service(environment)
    log = stack.outputs().get("prediction_log")
    stack.destroy(**ANY_RELEASE)
    kept = f"{log} keeps the prediction log, and the" if log else "The"
    return f"Removed {NAME} from {environment}. {kept} registry keeps the images."


def foundation() -> Stack:
    """Return what all environments stand on."""
    return Stack("foundation", "foundation", aws.state("foundation"))


def foundation_variables() -> dict[str, Any]:
    """Return its variables besides those in `foundation.tfvars`."""
    return {}


def _service(environment: Environment) -> Stack:
    return Stack("service", environment, aws.state(environment))


def _architecture(release: Release) -> str:
    built_for = docker.built(release.image)["Architecture"]
    if built_for not in ARCHITECTURES:
        raise DeploymentError(
            f"{release.image} was built for {built_for}. EC2 has instances for "
            f"{' and '.join(ARCHITECTURES)}: `make image BUILD_FLAGS=--platform=linux/amd64`."
        )
    return ARCHITECTURES[built_for]


def _endpoint(outputs: dict[str, Any]) -> Endpoint:
    url, key = outputs["url"], api_keys.shared(outputs["secret"])
    return Endpoint(
        f"{url}/predict", f"{url}/health/ready", lambda method, url, body: {"X-API-Key": key}
    )

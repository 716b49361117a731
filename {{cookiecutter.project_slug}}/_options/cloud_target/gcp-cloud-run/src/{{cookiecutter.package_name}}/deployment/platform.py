"""Cloud Run: a service for each environment, and a revision of it for each release.

A new revision is tried under a URL of its own, in production watched with a share of the traffic,
and then gets all of it. The one before stays where it is: going back moves the traffic.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from . import gcp, revisions, stacks
from .endpoint import Endpoint
from .release import DeploymentError, Environment, Plan, Release
from .stacks import foundation as foundation
from .stacks import foundation_variables as foundation_variables
from .stacks import publish as publish
from .stacks import pull as pull
from .terraform import Stack
from .watching import watch

PATIENCE = 180.0  # seconds until a new revision has to answer
# What stands for a release where there is none any more.
NONE = {"image": f"none@sha256:{'0' * 64}", "model_version": "none", "model_digest": "0" * 64}


@dataclass(frozen=True)
class RevisionPlan(Plan):
    """What Terraform has to know, besides how far the release is."""

    variables: dict[str, Any]


def running(environment: Environment) -> dict[str, Any]:
    """Return the revision that has the traffic, most of it at least; empty if there is none.

    That is not the one that was deployed last where someone has moved the traffic by hand.
    """
    deployed: dict[str, Any] = stacks.stack_of(environment).outputs().get("live") or {}
    if not deployed:
        return {}
    service = _service_of(deployed["revision"])
    found = revisions.serving(service)
    if found is None or found == deployed["revision"]:
        return deployed if found else {}
    return revisions.describe(service, found)


def plan(release: Release) -> RevisionPlan:
    """Push the image, and say what deploying it would change."""
    found = stacks.laid()
    before = running(release.environment)
    deployed = {
        "image": gcp.push(release, found["repository"]),
        "model_version": release.manifest.version,
        "model_digest": release.digest,
    }
    variables = _variables(release.environment, found)
    variables |= {"release": deployed, "before": before or None}
    text = stacks.stack_of(release.environment).plan(**variables, stage="candidate")
    return RevisionPlan(release, text, before, variables)


def apply(plan: RevisionPlan) -> Generator[Endpoint, None, None]:
    """Start the revision beside the one before, and move the traffic to it, step by step."""
    stack = stacks.stack_of(plan.release.environment)
    stack.apply()
    outputs = stack.outputs()
    url, candidate = outputs["url"], outputs["candidate_url"]
    # There is no candidate where nothing ran before, or this very revision.
    if candidate:
        yield _endpoint(candidate, url)
        if plan.release.environment == "production":
            _move(stack, plan.variables, "canary")
            yield _endpoint(candidate, url)
            revision = outputs["release"]["revision"]
            watch(revision, _errors(revision))
        _move(stack, plan.variables, "live")
    yield _endpoint(url, url)


def roll_back(plan: RevisionPlan) -> str:
    """Move the traffic back to the revision before; say which model that has."""
    stack = stacks.stack_of(plan.release.environment)
    before = plan.before
    if not before:
        stack.destroy(**plan.variables, stage="withdrawn")
        return "nothing ran before, and nothing runs now"
    release = stack.outputs().get("release", {})
    # Terraform gives the new revision also where it did not start.
    has_begun = release.get("image") == plan.variables["release"]["image"]
    if has_begun and revisions.has_started(_service_of(release["revision"]), release["revision"]):
        _move(stack, plan.variables, "withdrawn")
        return f"{before['model_version']} has all the traffic again"
    # The new revision did not start, so it never had any. It is taken out of the service, too: one
    # that cannot start would stand in the way of the next change.
    kept = {name: before[name] for name in NONE}
    still = f"{before['model_version']} still has all the traffic"
    try:
        _move(stack, plan.variables | {"release": kept}, "withdrawn")
    except DeploymentError as error:
        return f"{still}, but what did not start is not cleared away:\n{error}"
    return still


def destroy(environment: Environment) -> str:
    """Remove an environment; what all environments share stays."""
    variables = _variables(environment, stacks.laid())
    stacks.stack_of(environment).destroy(**variables, release=NONE, stage="withdrawn")
    return (
        f"Removed the service of {environment}. The prediction log stays in "
        f"{variables['prediction_log_url']}, as do images and API keys."
    )


def _variables(environment: Environment, found: dict[str, Any]) -> dict[str, Any]:
    """Return what a service gets from the foundation."""
    return {
        "project": gcp.project(),
        "region": gcp.region(),
        "environment": environment,
        "service_account": found["service_accounts"][environment],
        "prediction_log_url": found["prediction_logs"][environment],
        "api_keys_secret": found["api_keys_secrets"][environment],
    }


def _service_of(revision: str) -> str:
    return revision.rpartition("-")[0]


def _move(stack: Stack, variables: dict[str, Any], stage: str) -> None:
    stack.plan(**variables, stage=stage)
    stack.apply()


def _endpoint(url: str, service: str) -> Endpoint:
    """Return where a revision answers, to those whom the service lets in."""

    def headers(method: str, _: str, body: bytes) -> Any:
        # The token names the service, whatever the revision's own URL is.
        return gcp.bearer(gcp.identity_token(service))

    return Endpoint(f"{url}/predict", f"{url}/health/ready", headers)


def _errors(revision: str) -> str:
    return (
        'metric.type = "run.googleapis.com/request_count" AND resource.type = "cloud_run_revision" '
        f'AND resource.labels.revision_name = "{revision}" '
        'AND metric.labels.response_code_class = "5xx"'
    )

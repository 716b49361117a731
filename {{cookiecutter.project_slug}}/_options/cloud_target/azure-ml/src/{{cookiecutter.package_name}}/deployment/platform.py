"""Azure ML: a managed online endpoint for each environment, with a release beside the one before.

Terraform makes what is around an endpoint. It has no resource for the endpoint itself, which
`infra/service/*.yml` describe and Azure ML's own library makes from them.
"""

import logging
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from azure.ai.ml import MLClient

from . import acr, azure, state
from .candidates import Candidate
from .endpoint import Endpoint
from .endpoints import COLOURS, Site, name_of
from .release import DeploymentError, Environment, Plan, Release
from .terraform import Stack
from .watching import address, shared

logger = logging.getLogger(__name__)

PATIENCE = 600.0  # seconds until an endpoint has to answer rightly; new rights take some minutes
RIGHTS_TAKE = 120.0  # seconds until those of a new identity are known


@dataclass(frozen=True)
class Rollout(Plan):
    """A plan with what it was made from.

    Attributes:
        image: of the release, by its digest.
        laid: what the foundation has put out.
    """

    image: str
    laid: Mapping[str, Any]


def publish(release: Release) -> str:
    return acr.push(release, _laid()["registry"])


def pull(reference: str) -> str:
    return acr.pull(reference, _laid()["registry"])


def running(environment: Environment) -> dict[str, Any]:
    """Return which deployment gets most of the requests, and all shares; empty if none gets any."""
    return _serving(_site(environment, _laid()))


def plan(release: Release) -> Rollout:
    """Push the image and say what deploying a release would change."""
    laid = _laid()
    image = acr.push(release, laid["registry"])
    site = _site(release.environment, laid)
    before = _serving(site)
    text = _stack(release.environment).plan(**_variables(release.environment, laid, site))
    where = "where nothing serves yet"
    if before:
        where = f"beside {before['colour']}, and then instead of it"
    text += f"\nThen {release.manifest.version} runs at the endpoint {site.name}, {where}."
    if site.endpoint() is None:
        text += " Its logs and alarms follow once it is there."
    return Rollout(release, text, before, image, laid)


def apply(plan: Rollout) -> Generator[Endpoint, None, None]:
    """Run a release without requests, then with copies of some, a share of them, and all.

    Yields each endpoint that has to answer rightly before the next step.
    """
    environment, before = plan.release.environment, plan.before.get("colour")
    site, stack = _site(environment, plan.laid), _stack(environment)
    is_new = not stack.outputs()
    stack.apply()
    settings = stack.outputs()
    if is_new:
        time.sleep(RIGHTS_TAKE)
    site.create(settings["identity"]["id"])
    candidate = Candidate(plan.release, plan.image, settings)
    colour = before
    if before is None or not candidate.is_running_as(site.deployment(before)):
        colour = next(colour for colour in COLOURS if colour != before)
        if before:
            site.direct({before: 100})  # an attempt before may have been broken off
        site.deploy(candidate.described(colour, site.name, candidate.register(site.client)))
        yield address(site, colour)
        if before:
            yield from shared(site, before, colour, settings["rollout"])
    site.direct({str(colour): 100})
    yield address(site)
    stack.plan(**_variables(environment, plan.laid, site))
    stack.apply()
    if not settings["rollout"]["keep_previous"]:
        _retire(site, [other for other in COLOURS if other != colour])


def roll_back(plan: Rollout) -> str:
    """Give all requests back to what served before a release; say what that is."""
    site = _site(plan.release.environment, plan.laid)
    before = plan.before.get("colour")
    if site.endpoint() is None:
        return "nothing served before, and nothing serves now"
    kept = site.deployment(before) if before else None
    if before and kept is None:
        return f"{before} is gone already, and {site.serving() or 'nothing'} serves"
    site.direct({before: 100} if before else {})
    for colour in COLOURS:
        if colour != before:
            site.remove(colour)
    _watch_again(plan, site)
    if kept is None:
        return f"nothing served before, and nothing serves now; the endpoint {site.name} is empty"
    return f"{(kept.tags or {}).get('version', 'what ran before')} serves again, as {before}"


def destroy(environment: Environment) -> str:
    """Remove an environment; the foundation with the prediction log stays."""
    laid = _laid()
    site, stack = _site(environment, laid), _stack(environment)
    if stack.outputs():
        # What watches the endpoint goes before it, and its identity after it.
        stack.plan(**_variables(environment, laid))
        stack.apply()
    site.destroy()
    stack.destroy(**_variables(environment, laid))
    return (
        f"Removed the endpoint {site.name}. The prediction log, the registered models, the images "
        f"and the logs stay, in the resource group {laid['resource_group']}."
    )


def foundation() -> Stack:
    """Return the foundation, and see to it that its state can be kept."""
    state.make()
    return Stack("foundation", "foundation", state.backend("foundation"))


def foundation_variables() -> dict[str, Any]:
    return {
        "subscription_id": azure.subscription(),
        "location": azure.location(),
        "state_container_id": state.container_id(),
    }


def _laid() -> dict[str, Any]:
    """Return what the foundation has put out. Raises DeploymentError if there is none."""
    stack = Stack("foundation", "foundation", state.backend("foundation"))
    laid = stack.outputs() if state.exists() else {}
    if not laid:
        raise DeploymentError("There is nothing to deploy to yet: `make foundation` makes it.")
    return laid


def _stack(environment: Environment) -> Stack:
    return Stack("service", environment, state.backend(environment))


def _site(environment: Environment, laid: Mapping[str, Any]) -> Site:
    client = MLClient(
        azure.credential(),
        azure.subscription(),
        laid["resource_group"],
        laid["workspace"],
        show_progress=False,
        enable_telemetry=False,
    )
    return Site(client, name_of(environment))


def _serving(site: Site) -> dict[str, Any]:
    colour = site.serving()
    return {"colour": colour, "shares": site.shares()} if colour else {}


def _variables(
    environment: Environment, laid: Mapping[str, Any], site: Site | None = None
) -> dict[str, Any]:
    """Return the variables of a service; without a site, nothing is to watch its endpoint."""
    endpoint = site.endpoint() if site else None
    return {
        "subscription_id": azure.subscription(),
        "environment": environment,
        "foundation": laid["service"],
        "endpoint_id": endpoint.id if endpoint else None,
        "serving": site.serving() if site else None,
    }


def _watch_again(plan: Rollout, site: Site) -> None:
    """Have the right deployment scaled. Requests are back where they were, should this fail."""
    stack = _stack(plan.release.environment)
    try:
        stack.plan(**_variables(plan.release.environment, plan.laid, site))
        stack.apply()
    except DeploymentError as error:
        logger.warning("%s", error)


def _retire(site: Site, colours: list[str]) -> None:
    """Stop paying for what serves no more. Another one serves, whether this works or not."""
    for colour in colours:
        try:
            site.remove(colour)
        except DeploymentError as error:
            logger.warning("%s It costs as long as it is there.", error)

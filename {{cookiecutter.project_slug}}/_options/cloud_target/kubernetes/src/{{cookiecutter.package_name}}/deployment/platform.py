"""Kubernetes: a namespace for each environment, in the cluster that kubectl is set to."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import yaml

from .. import NAME
from . import manifest, rollout
from .endpoint import Endpoint
from .image_registry import publish as publish
from .image_registry import pull as pull
from .kubectl import Cluster, Object, connect, dumped
from .release import DeploymentError, Environment, Plan, Release

PATIENCE = 60.0  # seconds until pods that are ready have to answer rightly
PORTS = (8080, 8081)  # of a pod, for callers and for health
RECORD = f"{NAME}-release"  # the ConfigMap that keeps what was deployed last and worked


@dataclass(frozen=True)
class Rollout(Plan):
    """A plan, and what `apply` and `roll_back` need besides.

    Attributes:
        objects: what the release is made of in the cluster.
        image: by its digest.
        is_new: whether the namespace is still to be made.
        is_unknown: whether something runs of which there is no record.
    """

    cluster: Cluster
    objects: list[Object]
    image: str
    is_new: bool
    is_unknown: bool


def running(environment: Environment) -> dict[str, str]:
    """Return the record of what was deployed last and worked; empty if there is none."""
    cluster = connect(manifest.namespace(environment))
    is_new = cluster.get("namespace", cluster.namespace) is None
    record = None if is_new else cluster.get("configmap", RECORD)
    found: dict[str, str] = record["data"] if record else {}
    return found


def plan(release: Release) -> Rollout:
    """Push the image, and say what deploying it would change."""
    cluster = connect(manifest.namespace(release.environment))
    is_new = cluster.get("namespace", cluster.namespace) is None
    image = publish(release)
    objects = manifest.render(release, image)
    before = running(release.environment)
    changes = _creates(cluster, objects) if is_new else cluster.diff(objects)
    is_unknown = not (is_new or before) and cluster.get("deployment", NAME) is not None
    now = before.get("version", "something unknown" if is_unknown else "nothing")
    text = [
        f"Deploy {release.manifest.version} to the namespace {cluster.namespace} "
        f"of the context {cluster.context}, where {now} runs.",
        f"Image: {image}",
        changes or "Nothing changes.",
        *(f"Deletes {manifest.title(item)}" for item in _obsolete(before, objects)),
    ]
    return Rollout(release, "\n".join(text), before, cluster, objects, image, is_new, is_unknown)


def apply(plan: Rollout) -> Generator[Endpoint, None, None]:
    """Roll a release out pod by pod, and give the way to one of its pods.

    No pod of the release before goes until one of the new ones is ready. Once the release has
    answered rightly, what it no longer needs is deleted, and it is what to go back to.
    """
    cluster, version = plan.cluster, plan.release.manifest.version
    cluster.apply(plan.objects)
    rollout.wait(cluster, plan.objects)
    pod = rollout.pod_behind_the_service(cluster, version)
    with cluster.forwarded(pod, *PORTS) as (service, management):
        yield Endpoint(
            f"{service}/predict",
            f"{management}/health/ready",
            public=f"http://{NAME}.{cluster.namespace}.svc/predict",
        )
    cluster.delete(_obsolete(plan.before, plan.objects))
    _delete_settings(cluster, plan.objects)
    cluster.apply([_record(plan)])


def roll_back(plan: Rollout) -> str:
    """Bring back what a release was made of that ran before; say what that is."""
    cluster, before = plan.cluster, _objects(plan.before)
    made = manifest.without(plan.objects, before)
    if plan.is_unknown:
        undo = f"kubectl --namespace={cluster.namespace} rollout undo deployment/{NAME}"
        return f"not, as there is no record of what ran before; `{undo}` goes back by a revision"
    if not before:
        # A namespace that was there before may hold what is not ours, such as the secrets.
        kept = [] if plan.is_new else [item for item in made if item["kind"] == "Namespace"]
        cluster.delete(manifest.without(made, kept))
        return "nothing ran before, and nothing runs now"
    cluster.apply(before)
    cluster.delete(made)
    version = plan.before["version"]
    try:
        rollout.wait(cluster, before)
    except DeploymentError as error:
        return f"{version} is applied again, but does not run yet: {error}"
    return f"{version} runs again"


def destroy(environment: Environment) -> str:
    """Remove an environment, its namespace included where that is part of it."""
    cluster = connect(manifest.namespace(environment))
    if cluster.get("namespace", cluster.namespace) is None:
        return f"There is no namespace {cluster.namespace} at the context {cluster.context}."
    record = cluster.get("configmap", RECORD)
    objects = manifest.rendered(environment)
    objects += manifest.without(_objects(record["data"] if record else {}), objects)
    objects += cluster.find("configmaps", f"app.kubernetes.io/name={NAME}")
    # All the rest goes with the namespace, where that is part of it.
    cluster.delete([item for item in objects if item["kind"] == "Namespace"] or objects)
    return (
        f"Removed {NAME} from {cluster.namespace} at the context {cluster.context}. The images in the "
        "registry stay, and what is in buckets: data, models and the prediction log."
    )


def _creates(cluster: Cluster, objects: Sequence[Object]) -> str:
    """List what is made where there is not even a namespace, which the cluster cannot compare."""
    refused = [item for item in objects if not cluster.may_create(manifest.resource(item))]
    if refused:
        raise DeploymentError(
            f"The user of the context {cluster.context} may not create "
            f"{', '.join(manifest.title(item) for item in refused)}: docs/deploy.md lists the rights "
            "that a deployment needs."
        )
    return "\n".join(f"Creates {manifest.title(item)}" for item in objects)


def _obsolete(before: dict[str, str], objects: Sequence[Object]) -> list[Object]:
    """Return what the release before had and this one has not, but for its settings."""
    gone = manifest.without(_objects(before), objects)
    return [item for item in gone if item["kind"] != "ConfigMap"]


def _delete_settings(cluster: Cluster, objects: Sequence[Object]) -> None:
    """Delete generated settings, but for those of revisions that are kept: one may come back."""
    needed = {
        source["configMapRef"]["name"]
        for revision in cluster.find("replicasets")
        for container in revision["spec"]["template"]["spec"]["containers"]
        for source in container.get("envFrom", [])
        if "configMapRef" in source
    }
    found = cluster.find("configmaps", f"app.kubernetes.io/name={NAME}")
    generated = [
        item for item in found if item["metadata"]["name"].startswith(f"{manifest.SETTINGS}-")
    ]
    unused = [item for item in generated if item["metadata"]["name"] not in needed]
    cluster.delete(manifest.without(unused, objects))


def _record(plan: Rollout) -> Object:
    """Return what keeps a release that works, so that any machine can go back to it."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": RECORD,
            "namespace": plan.cluster.namespace,
            "labels": {"app.kubernetes.io/name": NAME},
        },
        "data": {"version": plan.release.manifest.version, "manifest": dumped(plan.objects)},
    }


def _objects(record: dict[str, str]) -> list[Object]:
    return list(yaml.safe_load_all(record["manifest"])) if record else []

"""See that the pods of a release come up, and which of them is asked first."""

import time
from collections.abc import Sequence

from .. import NAME
from . import manifest
from .kubectl import Cluster, Object
from .release import DeploymentError

# Seconds until all pods are those of the release. What does not get on is ended by the cluster, by
# progressDeadlineSeconds; many pods, one after the other on new nodes, take their time.
TIMEOUT = 3600
SETTLED = 60.0  # seconds until the cluster has taken note of what was applied
PAUSE = 0.5  # seconds between two looks at it


def wait(cluster: Cluster, objects: Sequence[Object]) -> None:
    """Wait until all pods are those of a release. Raises DeploymentError if they do not come up."""
    name, image = _workload(objects)
    deadline = time.monotonic() + SETTLED
    # KServe makes the Deployment, in its own time.
    while _image(cluster.get("deployment", name)) != image:
        if time.monotonic() > deadline:
            raise DeploymentError(f"The Deployment {name} does not get the image {image}.")
        time.sleep(PAUSE)
    try:
        cluster.run("rollout", "status", f"deployment/{name}", f"--timeout={TIMEOUT}s")
    except DeploymentError as error:
        raise DeploymentError("\n".join([str(error), *_troubles(cluster)])) from error


def pod_behind_the_service(cluster: Cluster, version: str) -> str:
    """Return a pod of a release that the Service sends requests to.

    Raises DeploymentError if there is none.
    """
    deadline = time.monotonic() + SETTLED
    labels = f"app.kubernetes.io/name={NAME},{manifest.VERSION}={version}"
    while True:
        pods = {pod["metadata"]["name"] for pod in cluster.find("pods", labels)}
        slices = cluster.find("endpointslices", f"kubernetes.io/service-name={NAME}")
        ready = {
            endpoint["targetRef"]["name"]
            for piece in slices
            for endpoint in piece.get("endpoints") or []
            if endpoint["conditions"].get("ready")
        }
        if pods & ready:
            return str(min(pods & ready))
        if time.monotonic() > deadline:
            raise DeploymentError(f"The Service {NAME} sends requests to no pod of {version}.")
        time.sleep(PAUSE)


def _workload(objects: Sequence[Object]) -> tuple[str, str]:
    """Return the name of the Deployment that runs the pods, and their image."""
    (item,) = (item for item in objects if item["kind"] in ("Deployment", "InferenceService"))
    name = item["metadata"]["name"]
    if item["kind"] == "Deployment":
        return name, _image(item)
    return f"{name}-predictor", item["spec"]["predictor"]["containers"][0]["image"]


def _image(deployment: Object | None) -> str:
    pods = deployment["spec"]["template"]["spec"] if deployment else None
    return str(pods["containers"][0]["image"]) if pods else ""


def _troubles(cluster: Cluster) -> list[str]:
    """Return why containers do not run, as far as the cluster says so."""
    return [
        f"{pod['metadata']['name']}: {waiting['reason']} {waiting.get('message', '')}".strip()
        for pod in cluster.find("pods", f"app.kubernetes.io/name={NAME}")
        for container in pod["status"].get("containerStatuses", [])
        if (waiting := container["state"].get("waiting"))
    ]

"""Vertex AI: versions of the model in its registry, and what is deployed to an endpoint."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud import aiplatform_v1 as ai
from google.protobuf.field_mask_pb2 import FieldMask

from .. import NAME, TITLE
from . import gcp

PORT = 8080
HEALTH_ROUTE = "/health/ready"
PREDICT_ROUTE = "/predict"
UPLOAD_SECONDS = 600.0
DEPLOY_SECONDS = 3600.0  # machines are started, and the image is pulled by each
CPU = "aiplatform.googleapis.com/prediction/online/cpu/utilization"


@dataclass(frozen=True)
class Machines:
    """What a release runs on."""

    machine_type: str
    min_replicas: int
    max_replicas: int
    target_cpu: int  # percent; beyond it, more replicas come

    def spec(self) -> ai.DedicatedResources:
        return ai.DedicatedResources(
            machine_spec=ai.MachineSpec(machine_type=self.machine_type),
            min_replica_count=self.min_replicas,
            max_replica_count=self.max_replicas,
            autoscaling_metric_specs=[
                ai.AutoscalingMetricSpec(metric_name=CPU, target=self.target_cpu)
            ],
        )


@dataclass(frozen=True)
class Container:
    """What is uploaded as a version of the model: the image, by its digest, and its variables."""

    image: str
    version: str
    variables: Mapping[str, str]

    @property
    def alias(self) -> str:
        """A name for exactly this container, by which it is found again."""
        content = json.dumps(asdict(self), sort_keys=True).encode()
        return f"release-{sha256(content).hexdigest()[:16]}"

    def spec(self) -> ai.ModelContainerSpec:
        return ai.ModelContainerSpec(
            image_uri=self.image,
            env=[ai.EnvVar(name=name, value=value) for name, value in self.variables.items()],
            ports=[ai.Port(container_port=PORT)],
            health_route=HEALTH_ROUTE,
            predict_route=PREDICT_ROUTE,
            # The model is loaded and predicts its own example first: 120 seconds at most.
            startup_probe=ai.Probe(
                http_get=ai.Probe.HttpGetAction(path=HEALTH_ROUTE, port=PORT),
                period_seconds=5,
                timeout_seconds=4,
                failure_threshold=24,
            ),
        )


def models() -> ai.ModelServiceClient:
    return ai.ModelServiceClient(credentials=gcp.credentials(), client_options=_options())


def endpoints() -> ai.EndpointServiceClient:
    return ai.EndpointServiceClient(credentials=gcp.credentials(), client_options=_options())


def _options() -> dict[str, str]:
    return {"api_endpoint": f"{gcp.region()}-aiplatform.googleapis.com"}


def _parent() -> str:
    return f"projects/{gcp.project()}/locations/{gcp.region()}"


def _model() -> str:
    return f"{_parent()}/models/{NAME}"


def upload(container: Container) -> ai.Model:
    """Return the version of the model that is this container; upload it if there is none.

    All versions are of one model. Raises DeploymentError.
    """
    client = models()
    with gcp.explained(f"Uploading {container.version}"):
        found = find(container.alias)
        if found:
            return found
        exists = find("default") is not None
        operation: Any = client.upload_model(
            ai.UploadModelRequest(
                parent=_parent(),
                parent_model=_model() if exists else "",
                model_id="" if exists else NAME,
                model=ai.Model(
                    display_name=TITLE[:128],
                    version_aliases=[container.alias],
                    version_description=container.version,
                    container_spec=container.spec(),
                ),
            )
        )
        operation.result(timeout=UPLOAD_SECONDS)
        return client.get_model(name=f"{_model()}@{container.alias}")


def find(alias: str) -> ai.Model | None:
    """Return a version of the model; None if none is called so."""
    try:
        return models().get_model(name=f"{_model()}@{alias}")
    except NotFound:
        return None


def give_alias(alias: str, version: ai.Model) -> None:
    """Call a version of the model by a name, and no other one. Raises DeploymentError."""
    with gcp.explained(f"Calling version {version.version_id} {alias}"):
        holder = find(alias)
        if holder and holder.version_id == version.version_id:
            return
        if holder:
            _merge(holder, f"-{alias}")
        _merge(version, alias)


def _merge(version: ai.Model, alias: str) -> None:
    name = f"{_model()}@{version.version_id}"
    models().merge_version_aliases(name=name, version_aliases=[alias])


def endpoint(name: str) -> ai.Endpoint | None:
    """Return an endpoint; None if there is none. Raises DeploymentError."""
    with gcp.explained("Looking for the endpoint"):
        try:
            return endpoints().get_endpoint(name=name)
        except NotFound:
            return None


def leading(found: ai.Endpoint) -> ai.DeployedModel | None:
    """Return what gets most of an endpoint's traffic; None if nothing gets any."""
    shares = dict(found.traffic_split)
    by_id = {one.id: one for one in found.deployed_models if shares.get(one.id)}
    return max(by_id.values(), key=lambda one: shares[one.id], default=None)


def deploy(name: str, version: ai.Model, machines: Machines, account: str) -> ai.DeployedModel:
    """Start a version of the model at an endpoint, without any traffic, unless it is there.

    Args:
        account: the service account that it runs as.

    Raises DeploymentError if it does not start.
    """
    client = endpoints()
    with gcp.explained(f"Deploying {version.version_description}"):
        for one in client.get_endpoint(name=name).deployed_models:
            same = one.model.split("@")[0].endswith(f"/models/{NAME}")
            same = same and one.model_version_id == version.version_id
            if same and one.dedicated_resources == machines.spec():
                return one
        operation: Any = client.deploy_model(
            ai.DeployModelRequest(
                endpoint=name,
                deployed_model=ai.DeployedModel(
                    model=f"{_model()}@{version.version_id}",
                    display_name=version.version_description,
                    dedicated_resources=machines.spec(),
                    service_account=account,
                ),
                # No traffic split: if nobody waits for it any more, it changes none.
            )
        )
        deployed: ai.DeployedModel = operation.result(timeout=DEPLOY_SECONDS).deployed_model
        return deployed


def split(name: str, shares: Mapping[str, int]) -> None:
    """Give what is deployed its shares of the traffic, in percent. Raises DeploymentError."""
    with gcp.explained("Moving the traffic"):
        endpoints().update_endpoint(
            endpoint=ai.Endpoint(name=name, traffic_split=dict(shares)),
            update_mask=FieldMask(paths=["traffic_split"]),
        )


def undeploy(name: str, keep: str | None) -> list[str]:
    """Stop everything that is deployed, but for one; return what was stopped.

    What is on its way is stopped first. Raises DeploymentError.
    """
    with gcp.explained("Stopping what is not needed any more"):
        _settle(name)
        client = endpoints()
        found = client.get_endpoint(name=name)
        others = [one for one in found.deployed_models if one.id != keep]
        for one in others:
            last = keep is None and one is others[-1]
            remaining = {} if keep or last else {others[-1].id: 100}
            request = ai.UndeployModelRequest(
                endpoint=name, deployed_model_id=one.id, traffic_split=remaining
            )
            stopping: Any = client.undeploy_model(request)
            stopping.result(timeout=DEPLOY_SECONDS)
        return [one.display_name for one in others]


def _settle(name: str) -> None:
    """Cancel what is still being done to an endpoint, and wait for the end of it."""
    client = endpoints()
    running = client.list_operations({"name": name, "filter": "done=false"}).operations
    for operation in running:
        client.cancel_operation({"name": operation.name})
    for operation in running:
        client.wait_operation({"name": operation.name, "timeout": {"seconds": 600}})


def raw_predict(found: ai.Endpoint) -> str:
    """Return the URL of an endpoint that hands requests and answers through as they are."""
    return f"https://{found.dedicated_endpoint_dns}/v1/{found.name}:rawPredict"


def errors(name: str, deployed: str) -> str:
    """Return the filter of Cloud Monitoring for the errors of what is deployed."""
    return (
        'metric.type = "aiplatform.googleapis.com/prediction/online/error_count" '
        'AND resource.type = "aiplatform.googleapis.com/Endpoint" '
        f'AND resource.labels.endpoint_id = "{name.split("/")[-1]}" '
        f'AND metric.labels.deployed_model_id = "{deployed}"'
    )

"""A small Vertex AI on this machine: models and endpoints in memory, behind the real interface.

Clients and messages are Google's own, and go over gRPC. What is not here is what the cloud checks:
quotas, rights, whether an image can be pulled, and whether its container becomes healthy.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud import aiplatform_v1 as ai
from google.cloud.aiplatform_v1.services.endpoint_service.transports.grpc import (
    EndpointServiceGrpcTransport,
)
from google.cloud.aiplatform_v1.services.model_service.transports.grpc import (
    ModelServiceGrpcTransport,
)
from google.longrunning import operations_pb2
from google.protobuf import any_pb2, empty_pb2

PACKAGE = "google.cloud.aiplatform.v1"
Operation = operations_pb2.Operation


class RefusedError(Exception):
    """What the cloud refuses, and with which code."""

    def __init__(self, code: grpc.StatusCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass
class Vertex:
    """What there is: versions of one model, and endpoints by name.

    Attributes:
        broken: images whose containers never become healthy.
        stuck: whether deployments go on without an end, until they are cancelled.
        calls: what was asked for, in order.
    """

    versions: dict[str, ai.Model] = field(default_factory=dict)
    endpoints: dict[str, ai.Endpoint] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    stuck: bool = False
    calls: list[str] = field(default_factory=list)
    operations: dict[str, Any] = field(default_factory=dict)

    def add_endpoint(self, name: str) -> None:
        number = name.split("/")[-1]
        dns = f"{number}.europe-west1-1234.prediction.vertexai.goog"
        self.endpoints[name] = ai.Endpoint(name=name, dedicated_endpoint_dns=dns)

    def upload_model(self, request: ai.UploadModelRequest) -> Any:
        model, number = request.model, str(len(self.versions) + 1)
        if bool(self.versions) != bool(request.parent_model):
            raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, "only the first makes the model")
        name = request.parent_model or f"{request.parent}/models/{request.model_id}"
        model.name, model.version_id = name, number
        if not self.versions:
            model.version_aliases.append("default")
        self.versions[number] = model
        return self._done(ai.UploadModelResponse(model=name, model_version_id=number))

    def get_model(self, request: ai.GetModelRequest) -> Any:
        alias = request.name.partition("@")[2] or "default"
        for number, model in self.versions.items():
            if alias == number or alias in model.version_aliases:
                return model
        raise RefusedError(grpc.StatusCode.NOT_FOUND, f"no {request.name}")

    def merge_version_aliases(self, request: ai.MergeVersionAliasesRequest) -> Any:
        model = self.versions[request.name.partition("@")[2]]
        for alias in request.version_aliases:
            if alias.startswith("-"):
                model.version_aliases.remove(alias[1:])
            elif any(alias in other.version_aliases for other in self.versions.values()):
                raise RefusedError(grpc.StatusCode.ALREADY_EXISTS, f"{alias} is taken")
            else:
                model.version_aliases.append(alias)
        return model

    def get_endpoint(self, request: ai.GetEndpointRequest) -> Any:
        if request.name not in self.endpoints:
            raise RefusedError(grpc.StatusCode.NOT_FOUND, f"no {request.name}")
        return self.endpoints[request.name]

    def deploy_model(self, request: ai.DeployModelRequest) -> Any:
        endpoint, deployed = self.endpoints[request.endpoint], request.deployed_model
        name, number = deployed.model.split("@")
        version = self.versions[number]
        if self.stuck:
            return self._pending(request.endpoint)
        if version.container_spec.image_uri in self.broken:
            return self._failed("Model server never became ready")
        deployed.model, deployed.model_version_id = name, number
        deployed.id = str(1000 + len([call for call in self.calls if call == "DeployModel"]))
        endpoint.deployed_models.append(deployed)
        shares = dict(request.traffic_split)
        self._split(endpoint, {deployed.id if key == "0" else key: shares[key] for key in shares})
        return self._done(ai.DeployModelResponse(deployed_model=deployed))

    def undeploy_model(self, request: ai.UndeployModelRequest) -> Any:
        endpoint = self.endpoints[request.endpoint]
        left = [one for one in endpoint.deployed_models if one.id != request.deployed_model_id]
        if not left:
            endpoint.traffic_split = {}
        self._split(endpoint, dict(request.traffic_split))
        if dict(endpoint.traffic_split).get(request.deployed_model_id):
            raise RefusedError(grpc.StatusCode.FAILED_PRECONDITION, "it has traffic")
        shares = {key: share for key, share in endpoint.traffic_split.items() if share}
        endpoint.deployed_models, endpoint.traffic_split = left, shares
        return self._done(ai.UndeployModelResponse())

    def update_endpoint(self, request: ai.UpdateEndpointRequest) -> Any:
        assert list(request.update_mask.paths) == ["traffic_split"]
        endpoint = self.endpoints[request.endpoint.name]
        self._split(endpoint, dict(request.endpoint.traffic_split))
        return endpoint

    def _split(self, endpoint: ai.Endpoint, shares: dict[str, int]) -> None:
        if not shares:
            return
        known = {one.id for one in endpoint.deployed_models}
        if sum(shares.values()) != 100 or not set(shares) <= known:
            raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, f"no split: {shares}")
        endpoint.traffic_split = shares

    def _done(self, response: Any) -> Any:
        packed = any_pb2.Any()
        packed.Pack(type(response).pb(response))
        return self._remember(Operation(done=True, response=packed))

    def _failed(self, reason: str) -> Any:
        operation = Operation(done=True)
        operation.error.code, operation.error.message = 9, reason
        return self._remember(operation)

    def _pending(self, of: str) -> Any:
        return self._remember(Operation(), of)

    def _remember(self, operation: Any, of: str = "projects/p") -> Any:
        operation.name = f"{of}/operations/{len(self.operations) + 1}"
        self.operations[operation.name] = operation
        return operation

    def get_operation(self, request: Any) -> Any:
        return self.operations[request.name]

    def list_operations(self, request: Any) -> Any:
        running = [one for one in self.operations.values() if not one.done]
        of = [one for one in running if one.name.startswith(request.name)]
        return operations_pb2.ListOperationsResponse(operations=of)

    def cancel_operation(self, request: Any) -> Any:
        operation = self.operations[request.name]
        operation.done = True
        operation.error.code, operation.error.message = 1, "cancelled"
        return empty_pb2.Empty()


CALLS: dict[str, dict[str, Any]] = {
    "ModelService": {
        "UploadModel": ai.UploadModelRequest,
        "GetModel": ai.GetModelRequest,
        "MergeVersionAliases": ai.MergeVersionAliasesRequest,
    },
    "EndpointService": {
        "GetEndpoint": ai.GetEndpointRequest,
        "DeployModel": ai.DeployModelRequest,
        "UndeployModel": ai.UndeployModelRequest,
        "UpdateEndpoint": ai.UpdateEndpointRequest,
    },
}
OPERATIONS = {
    "GetOperation": operations_pb2.GetOperationRequest,
    "WaitOperation": operations_pb2.WaitOperationRequest,
    "ListOperations": operations_pb2.ListOperationsRequest,
    "CancelOperation": operations_pb2.CancelOperationRequest,
}


def _handler(vertex: Vertex, call: str, parse: Callable[[bytes], Any]) -> Any:
    method = "".join(f"_{c.lower()}" if c.isupper() else c for c in call).lstrip("_")
    answer = getattr(vertex, {"wait_operation": "get_operation"}.get(method, method))

    def handle(request: Any, context: Any) -> Any:
        vertex.calls.append(call)
        try:
            return answer(request)
        except RefusedError as error:
            context.abort(error.code, str(error))

    def serialize(message: Any) -> bytes:
        raw = message if hasattr(message, "SerializeToString") else type(message).pb(message)
        content: bytes = raw.SerializeToString()
        return content

    return grpc.unary_unary_rpc_method_handler(handle, parse, serialize)


@contextmanager
def running(vertex: Vertex) -> Iterator[tuple[ai.ModelServiceClient, ai.EndpointServiceClient]]:
    """Serve it until the end of the block; gives the real clients of it."""
    server = grpc.server(ThreadPoolExecutor(4))
    for service, calls in CALLS.items():
        handlers = {call: _handler(vertex, call, kind.deserialize) for call, kind in calls.items()}
        of = grpc.method_handlers_generic_handler(f"{PACKAGE}.{service}", handlers)
        server.add_generic_rpc_handlers((of,))
    handlers = {call: _handler(vertex, call, kind.FromString) for call, kind in OPERATIONS.items()}
    of = grpc.method_handlers_generic_handler("google.longrunning.Operations", handlers)
    server.add_generic_rpc_handlers((of,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            models = ModelServiceGrpcTransport(channel=channel)
            endpoints = EndpointServiceGrpcTransport(channel=channel)
            yield (
                ai.ModelServiceClient(transport=models),
                ai.EndpointServiceClient(transport=endpoints),
            )
    finally:
        server.stop(None)

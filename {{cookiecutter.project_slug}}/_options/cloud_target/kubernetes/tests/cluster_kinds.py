"""What a cluster says of itself: the kinds of objects that it has, and what can be done with them."""

from .cluster import Object

KINDS = {
    ("v1", "namespaces"): "Namespace",
    ("v1", "configmaps"): "ConfigMap",
    ("v1", "pods"): "Pod",
    ("v1", "secrets"): "Secret",
    ("v1", "serviceaccounts"): "ServiceAccount",
    ("v1", "services"): "Service",
    ("apps/v1", "deployments"): "Deployment",
    ("apps/v1", "replicasets"): "ReplicaSet",
    ("authorization.k8s.io/v1", "selfsubjectaccessreviews"): "SelfSubjectAccessReview",
    ("autoscaling/v2", "horizontalpodautoscalers"): "HorizontalPodAutoscaler",
    ("discovery.k8s.io/v1", "endpointslices"): "EndpointSlice",
    ("networking.k8s.io/v1", "ingresses"): "Ingress",
    ("networking.k8s.io/v1", "networkpolicies"): "NetworkPolicy",
    ("policy/v1", "poddisruptionbudgets"): "PodDisruptionBudget",
    ("serving.kserve.io/v1beta1", "inferenceservices"): "InferenceService",
}
UNBOUND = ("namespaces", "selfsubjectaccessreviews")  # what is in no namespace


def described(path: str) -> Object | None:
    """Return what the cluster says of itself at a path; None if the path is an object's."""
    versions = sorted({version for version, _ in KINDS})
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        listed = [{"groupVersion": v, "version": v.split("/")[1]} for v in versions if "/" in v]
        groups = [
            {"name": v["groupVersion"].split("/")[0], "versions": [v], "preferredVersion": v}
            for v in listed
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    if path == "/openapi/v3":
        paths = {_root(version)[1:]: f"/openapi/v3{_root(version)}" for version in versions}
        return {"paths": {k: {"serverRelativeURL": v} for k, v in paths.items()}}
    for version in versions:
        if path == _root(version):
            return _resources(version)
        if path == f"/openapi/v3{_root(version)}":
            return _operations(version)
    return None


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _resources(version: str) -> Object:
    resources = [
        {
            "name": resource,
            "singularName": kind.lower(),
            "namespaced": resource not in UNBOUND,
            "kind": kind,
            "verbs": ["create", "delete", "get", "list", "patch", "watch"],
        }
        for (known, resource), kind in KINDS.items()
        if known == version
    ]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": version,
        "resources": resources,
    }


def _operations(version: str) -> Object:
    """Return the part of the OpenAPI description in which kubectl looks up what PATCH can do."""
    group, _, number = version.rpartition("/")
    parameters = [{"name": name, "in": "query"} for name in ("dryRun", "fieldValidation")]
    paths = {
        "/".join((_root(version), resource, "{name}")): {
            "patch": {
                "parameters": parameters,
                "responses": {},
                "x-kubernetes-group-version-kind": {
                    "group": group,
                    "version": number,
                    "kind": kind,
                },
            }
        }
        for (known, resource), kind in KINDS.items()
        if known == version
    }
    return {"openapi": "3.0.0", "info": {"title": "", "version": ""}, "paths": paths}

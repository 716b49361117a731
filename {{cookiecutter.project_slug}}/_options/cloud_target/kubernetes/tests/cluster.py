"""A stand-in for a cluster: what is in it, and what its controllers do.

There are no nodes: Deployments are ready, or broken, as soon as they are applied.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
Key = tuple[str, str, str]  # resource, namespace ("" for none), name


@dataclass
class FakeCluster:
    """What is in the cluster, and how it is to behave.

    Attributes:
        broken: images that never become ready.
        forbidden: verbs and resources that are refused, such as ("patch", "deployments").
    """

    objects: dict[Key, Object] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    forbidden: set[tuple[str, str]] = field(default_factory=set)

    def names(self, resource: str) -> list[str]:
        return sorted(name for kind, _, name in self.objects if kind == resource)

    def one(self, resource: str, name: str) -> Object:
        (found,) = (v for (kind, _, n), v in self.objects.items() if (kind, n) == (resource, name))
        return found

    def state(self) -> dict[Key, Any]:
        """What was asked for, without what the cluster itself notes of it."""
        return {
            key: {k: v for k, v in item.items() if k not in ("metadata", "status")}
            | {"labels": item["metadata"].get("labels")}
            for key, item in self.objects.items()
            if key[0] not in ("pods", "replicasets", "endpointslices")
        }

    def applied(self, key: Key, body: Object, dry: bool) -> Object:
        """Make an object what is said of it, and let the controllers see to what follows."""
        old = self.objects.get(key)
        spec_changed = old is None or old.get("spec") != body.get("spec")
        metadata = old["metadata"] if old else {}
        kept = {
            "uid": metadata.get("uid", hashlib.sha256(repr(key).encode()).hexdigest()[:32]),
            "creationTimestamp": metadata.get("creationTimestamp", "2026-01-01T00:00:00Z"),
            "generation": metadata.get("generation", 0) + spec_changed,
            "resourceVersion": metadata.get("resourceVersion", "1"),
        }
        status = {"status": old["status"]} if old and "status" in old else {}
        new = {**body, **status, "metadata": {**body["metadata"], **kept}}
        if not dry and new != old:
            kept["resourceVersion"] = str(int(kept["resourceVersion"]) + 1)
            new["metadata"].update(kept)
            self.objects[key] = new
            self._control(key, new)
        return new

    def deleted(self, key: Key) -> Object | None:
        found = self.objects.pop(key, None)
        if found and key[0] == "namespaces":
            self._drop(lambda other: other[1] == key[2])
        if found and key[0] == "deployments":
            self._drop(lambda o: o[1] == key[1] and o[0] in ("pods", "replicasets"))
        if found and key[0] == "inferenceservices":
            self.deleted(("deployments", key[1], f"{key[2]}-predictor"))
        return found

    def _drop(self, chosen: Callable[[Key], bool]) -> None:
        self.objects = {key: item for key, item in self.objects.items() if not chosen(key)}

    def _control(self, key: Key, item: Object) -> None:
        _, namespace, name = key
        if key[0] == "inferenceservices":
            predictor = dict(item["spec"]["predictor"])
            labels = {"labels": predictor["labels"]}
            made = {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": f"{name}-predictor", "namespace": namespace},
                "spec": {"template": {"metadata": labels, "spec": predictor}},
            }
            self.applied(("deployments", namespace, f"{name}-predictor"), made, dry=False)
        elif key[0] == "deployments":
            self._roll_out(namespace, name, item)
        elif key[0] == "services":
            self._publish(namespace)

    def _roll_out(self, namespace: str, name: str, deployment: Object) -> None:
        template = deployment["spec"]["template"]
        revision = f"{name}-{hashlib.sha256(json.dumps(template).encode()).hexdigest()[:10]}"
        broken = template["spec"]["containers"][0]["image"] in self.broken
        self.objects["replicasets", namespace, revision] = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {"name": revision, "namespace": namespace},
            "spec": {"template": template},
        }
        if not broken:
            self._drop(lambda key: key[:2] == ("pods", namespace))
        state = {"waiting": {"reason": "ImagePullBackOff"}} if broken else {"running": {}}
        self.objects["pods", namespace, f"{revision}-0"] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{revision}-0",
                "namespace": namespace,
                "labels": template["metadata"]["labels"],
            },
            "status": {"containerStatuses": [{"ready": not broken, "state": state}]},
        }
        late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
        deployment["status"] = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": 2 if broken else 1,
            "updatedReplicas": 1,
            "availableReplicas": 1,
            "conditions": [late] if broken else [],
        }
        self._publish(namespace)

    def _publish(self, namespace: str) -> None:
        """Note the pods that Services select."""
        for key, service in list(self.objects.items()):
            if key[:2] != ("services", namespace):
                continue
            wanted = service["spec"]["selector"].items()
            self.objects["endpointslices", namespace, f"{key[2]}-1"] = {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "name": f"{key[2]}-1",
                    "namespace": namespace,
                    "labels": {"kubernetes.io/service-name": key[2]},
                },
                "addressType": "IPv4",
                "endpoints": [
                    {
                        "addresses": ["10.0.0.1"],
                        "conditions": {"ready": pod["status"]["containerStatuses"][0]["ready"]},
                        "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"]},
                    }
                    for (kind, where, _), pod in list(self.objects.items())
                    if (kind, where) == ("pods", namespace)
                    and wanted <= pod["metadata"]["labels"].items()
                ],
            }

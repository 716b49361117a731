"""Azure's side of a deployment, as far as it is documented: resources, blobs, and an endpoint's rules.

Traffic goes to deployments that exist, and adds up; what has traffic is not deleted; an endpoint that
is at one change refuses another.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

Json = dict[str, Any]


class Refusal(Exception):  # noqa: N818 (it is an answer)
    """An answer with another status than 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Azure:
    """What is in the account, and what was asked of it.

    Attributes:
        resources: by their IDs, in lower case.
        blobs: by account, container and name.
        done: each change: its method and the ID's last parts.
        asked: the headers of each request to an endpoint.
        serving: the URL of a server for each colour, to answer what comes to an endpoint.
        failing: the end of an ID, and what a change of that resource is answered with.
        busy: how many changes of an endpoint are refused, since one is under way.
        errors: how many errors a minute the metrics show.
    """

    resources: dict[str, Json] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    serving: dict[str, str] = field(default_factory=dict)
    failing: dict[str, Refusal] = field(default_factory=dict)
    busy: int = 0
    errors: float = 0.0

    def add(self, path: str, **properties: Any) -> None:
        self.resources[path.lower()] = {"id": path, "name": path.rsplit("/", 1)[-1]} | properties

    def found(self, *parts: str) -> Json | None:
        """Return the resource whose ID ends with some parts."""
        end = "/" + "/".join(parts).lower()
        return next((found for path, found in self.resources.items() if path.endswith(end)), None)

    def manage(self, method: str, path: str, body: Json) -> Json:
        """Answer what the resource manager is asked."""
        key = path.lower()
        if method != "GET":
            self.done.append(f"{method} {'/'.join(path.split('/')[-2:])}")
            for part, refusal in self.failing.items():
                if key.endswith(part):
                    raise refusal
        if method == "GET":
            return self._get(path)
        if method == "POST":
            return self._act(path)
        if "/onlineendpoints/" in key and self.busy:
            self.busy -= 1
            raise Refusal(409, "Another operation is in progress.")
        if method == "DELETE":
            return self._delete(key)
        return self._put(path, body)

    def _get(self, path: str) -> Json:
        key = path.lower()
        if key in self.resources:
            return self.resources[key]
        if key.endswith("/providers/microsoft.insights/metrics"):
            return _metrics(self.errors)
        if len(key.split("/providers/")[-1].split("/")) % 2 == 0:  # a collection
            pattern = re.compile(re.escape(key) + "/[^/]+")
            found = [value for path, value in self.resources.items() if pattern.fullmatch(path)]
            return {"value": found}
        raise Refusal(404, f"{path} is not there.")

    def _act(self, path: str) -> Json:
        if path.endswith("/register"):
            self.add(path.removesuffix("/register"), registrationState="Registered")
            return {}
        if path.endswith("/getLogs"):
            return {"content": "what the container has printed"}
        raise Refusal(404, f"{path} is not there.")

    def _put(self, path: str, body: Json) -> Json:
        properties = body.setdefault("properties", {})
        properties["provisioningState"] = "Succeeded"
        kind, name = path.split("/")[-2:]
        if kind == "deployments" and path.rsplit("/", 2)[0].lower() not in self.resources:
            raise Refusal(404, "There is no such endpoint.")
        if "/models/" in path:
            properties["flavors"] = {}
        if kind == "onlineEndpoints":
            properties["scoringUri"] = f"https://{name}.westeurope.inference.ml.azure.com/"
            self._check(path.lower(), properties)
        self.add(path, **body)
        return self.resources[path.lower()]

    def _check(self, key: str, properties: Json) -> None:
        traffic = properties.get("traffic") or {}
        mirror = properties.get("mirrorTraffic") or {}
        for colour in (*traffic, *mirror):
            if f"{key}/deployments/{colour}" not in self.resources:
                raise Refusal(400, f"There is no deployment {colour}.")
        if sum(traffic.values()) not in (0, 100) or sum(mirror.values()) > 50:
            raise Refusal(400, "The shares do not add up.")

    def _delete(self, key: str) -> Json:
        endpoint, _, colour = key.partition("/deployments/")
        properties = self.resources.get(endpoint, {}).get("properties", {})
        for shares in ("traffic", "mirrorTraffic"):
            if colour and (properties.get(shares) or {}).get(colour):
                raise Refusal(400, f"{colour} has traffic.")
        for path in [path for path in self.resources if f"{path}/".startswith(f"{key}/")]:
            del self.resources[path]
        return {}

    def store(self, method: str, place: str, query: str, body: bytes) -> bytes:
        """Answer what a storage account is asked."""
        if "comp=list" in query:
            if "terraform" in place and not any(
                "/roleassignments/" in key for key in self.resources
            ):
                raise Refusal(403, "AuthorizationPermissionMismatch")
            return b"<?xml version='1.0'?><EnumerationResults><Blobs/></EnumerationResults>"
        if method == "PUT" and not query:
            self.blobs[place] = body
        elif place not in self.blobs:
            raise Refusal(404, "BlobNotFound")
        return b""

    def score(self, host: str, path: str, headers: dict[str, str], body: bytes | None) -> bytes:
        """Answer what comes to an endpoint, by the deployment that it is for."""
        self.asked.append(headers)
        endpoint = self.found("onlineEndpoints", host.split(".")[0])
        if endpoint is None:
            raise Refusal(404, "There is no such endpoint.")
        traffic = endpoint["properties"].get("traffic") or {}
        colour = headers.get("azureml-model-deployment") or max(
            traffic, key=lambda colour: traffic[colour], default="none"
        )
        if colour not in self.serving:
            raise Refusal(404, f"There is no deployment {colour}.")
        kind = {"Content-Type": "application/json"}
        with urlopen(Request(f"{self.serving[colour]}{path}", body, kind)) as response:
            content: bytes = response.read()
            return content


def _metrics(errors: float) -> Json:
    def series(status: str, average: float) -> Json:
        names = [{"name": {"value": "statuscode"}, "value": status}]
        return {"metadatavalues": names, "data": [{"average": average}, {"average": average}]}

    return {"value": [{"timeseries": [series("200", 60.0), series("503", errors)]}]}

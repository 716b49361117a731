"""The part of a cluster's API that `make deploy` uses, over a cluster that is kept in memory.

The kubectl that asks is the real one, so that its commands, messages and exit statuses are what they
are. Only `kubectl port-forward` is not: it says that it leads to a server which runs here already.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from .cluster import FakeCluster, Object
from .cluster_kinds import KINDS, described
from .manifests import KUBECTL

CONTEXT = "test"

# Passes on to the real program, but for the tunnel, which is only said to be there.
PROGRAM = """#!/bin/sh
case " $* " in
*" port-forward "*)
    echo "$$ $*" >>{folder}/tunnels
    for port in {ports}; do echo "Forwarding from 127.0.0.1:$port -> 8080"; done
    exec sleep 600 ;;
*) exec {kubectl} "$@" ;;
esac
"""


@dataclass(frozen=True)
class Access:
    """A kubectl for a cluster.

    Attributes:
        folder: where the program and its configuration are.
    """

    cluster: FakeCluster
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the program is found, and finds the cluster."""
        return {
            "KUBECONFIG": str(self.folder / "kubeconfig"),
            "HOME": str(self.folder),  # where kubectl keeps what it has learnt of a cluster
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def lead_to(self, *ports: int) -> None:
        """Let tunnels lead to ports of this machine."""
        program = self.folder / "bin" / "kubectl"
        program.parent.mkdir(exist_ok=True)
        listed = " ".join(map(str, ports))
        text = PROGRAM.format(folder=self.folder, ports=listed, kubectl=KUBECTL)
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)

    def tunnels(self) -> list[str]:
        """The commands that have made tunnels, each after the id of its process."""
        file = self.folder / "tunnels"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@contextmanager
def running(folder: Path) -> Iterator[Access]:
    """Run an empty cluster, until the end of the block."""
    access = Access(FakeCluster(), folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(access.cluster))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    (folder / "kubeconfig").write_text(_kubeconfig(server.server_port), encoding="utf-8")
    access.lead_to()
    try:
        yield access
    finally:
        server.shutdown()
        server.server_close()


def _kubeconfig(port: int) -> str:
    at = {"server": f"http://127.0.0.1:{port}"}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": CONTEXT,
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
            "clusters": [{"name": CONTEXT, "cluster": at}],
            "users": [{"name": CONTEXT, "user": {}}],
        }
    )


def _handler(cluster: FakeCluster) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body go out together

        def do_GET(self) -> None:
            self._serve("get")

        def do_PATCH(self) -> None:
            self._serve("patch")

        def do_POST(self) -> None:
            self._serve("create")

        def do_DELETE(self) -> None:
            self._serve("delete")

        def _serve(self, verb: str) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if query.get("watch") == "true":
                self._hold()
                return
            with lock:
                status, answer = _answered(cluster, verb, url.path, query, body)
            self._send(status, answer)

        def _hold(self) -> None:
            """Report no change, for a while."""
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.flush()
            self.close_connection = True
            time.sleep(1)

        def _send(self, status: int, answer: Object) -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def _answered(
    cluster: FakeCluster, verb: str, path: str, query: dict[str, str], body: bytes
) -> tuple[int, Object]:
    found = described(path)
    if found is not None:
        return 200, found
    version, resource, namespace, name = _parsed(path)
    if (version, resource) not in KINDS:
        return 404, _status(404, "NotFound", f"{path} not found")
    key = (resource, namespace, name)
    if resource == "selfsubjectaccessreviews":
        # It comes as protobuf; the words in it say enough.
        refused = [v.encode() in body and r.encode() in body for v, r in cluster.forbidden]
        review = {"apiVersion": version, "kind": KINDS[version, resource]}
        return 201, {**review, "spec": {}, "status": {"allowed": not any(refused)}}
    if (verb, resource) in cluster.forbidden:
        reason = f'{resource} "{name}" is forbidden: User "test" cannot {verb} it'
        return 403, _status(403, "Forbidden", reason)
    if verb == "get" and not name:
        return _listed(cluster, version, resource, namespace, query)
    missing = namespace and ("namespaces", "", namespace) not in cluster.objects
    if missing or (verb != "patch" and key not in cluster.objects):
        what = f'namespaces "{namespace}"' if missing else f'{resource} "{name}"'
        return 404, _status(404, "NotFound", f"{what} not found")
    if verb == "patch":
        known = key in cluster.objects
        return (200 if known else 201), cluster.applied(
            key, yaml.safe_load(body), dry="dryRun" in query
        )
    if verb == "delete":
        cluster.deleted(key)
        return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}
    return 200, cluster.objects[key]


def _parsed(path: str) -> tuple[str, str, str, str]:
    """Return the API version, resource, namespace and name that a path stands for."""
    parts = path.strip("/").split("/")
    depth = 2 if parts[0] == "api" else 3
    version, rest, namespace = "/".join(parts[1:depth]), parts[depth:], ""
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        _, namespace, *rest = rest
    resource, name, *_ = [*rest, "", ""]
    return version, resource, namespace, name


def _listed(
    cluster: FakeCluster, version: str, resource: str, namespace: str, query: dict[str, str]
) -> tuple[int, Object]:
    labels = [part.split("=") for part in query.get("labelSelector", "").split(",") if part]
    name = query.get("fieldSelector", "").removeprefix("metadata.name=")
    items = [
        item
        for (kind, where, known), item in cluster.objects.items()
        if (kind, where) == (resource, namespace)
        and name in ("", known)
        and all(item["metadata"].get("labels", {}).get(k) == v for k, v in labels)
    ]
    listed = {
        "apiVersion": version,
        "kind": f"{KINDS[version, resource]}List",
        "metadata": {"resourceVersion": "1"},
        "items": items,
    }
    return 200, listed


def _status(code: int, reason: str, message: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message,
    }

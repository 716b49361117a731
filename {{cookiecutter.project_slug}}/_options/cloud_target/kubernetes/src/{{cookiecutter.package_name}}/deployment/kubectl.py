"""The commands of kubectl that a deployment needs, all of them against one namespace of one cluster."""

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from .release import DeploymentError

Object = dict[str, Any]  # what a manifest has between two lines of dashes

MANAGER = "--field-manager=make-deploy"  # as whose the cluster notes the fields that are set
DELETED = 300  # seconds until something has to be gone
FORWARDED = 30.0  # seconds until a tunnel has to stand

UNREACHABLE = ("Unable to connect to the server", "The connection to the server", "no such host")


def kustomize(folder: str) -> list[Object]:
    """Return the objects that a folder describes; needs no cluster."""
    return [item for item in yaml.safe_load_all(_checked("kustomize", folder)) if item]


@dataclass(frozen=True)
class Cluster:
    """A namespace of a cluster, which need not be there yet."""

    context: str
    namespace: str

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Return what a command prints. Raises DeploymentError with kubectl's words if it fails."""
        return _checked(*self._options, *arguments, stdin=stdin)

    def get(self, kind: str, name: str) -> Object | None:
        """Return an object; None if there is none of that name."""
        found = self.run("get", kind, name, "--ignore-not-found", "--output=json")
        return json.loads(found) if found else None

    def find(self, kind: str, selector: str = "") -> list[Object]:
        """Return the objects of a kind that have some labels."""
        found = self.run("get", kind, f"--selector={selector}", "--output=json")
        items: list[Object] = json.loads(found)["items"]
        return items

    def may_create(self, resource: str) -> bool:
        """Say whether the cluster would let us make objects of a kind, such as `deployments.apps`."""
        command = (*self._options, "auth", "can-i", "create", resource, "--quiet")
        return _run(*command).returncode == 0

    def diff(self, objects: Sequence[Object]) -> str:
        """Return what applying objects would change; empty if nothing."""
        command = ("diff", "--server-side", "--force-conflicts", MANAGER, "--filename=-")
        result = _run(*self._options, *command, stdin=dumped(objects))
        if result.returncode > 1:  # 1 says that something differs
            raise _failure(command[0], result)
        return result.stdout.strip()

    def apply(self, objects: Sequence[Object]) -> None:
        """Make objects what they are said to be, whoever has set them otherwise."""
        command = ("apply", "--server-side", "--force-conflicts", MANAGER, "--filename=-")
        self.run(*command, stdin=dumped(objects))

    def delete(self, objects: Sequence[Object]) -> None:
        """Delete objects, and wait until they are gone; absent ones are no error."""
        if objects:
            command = ("delete", "--ignore-not-found", f"--timeout={DELETED}s", "--filename=-")
            self.run(*command, stdin=dumped(objects))

    @contextmanager
    def forwarded(self, pod: str, *ports: int) -> Iterator[list[str]]:
        """Give the addresses on this machine that lead to ports of a pod, until the block ends."""
        command = ("port-forward", "--address=127.0.0.1", f"pod/{pod}", *(f":{p}" for p in ports))
        process = subprocess.Popen(
            ["kubectl", *self._options, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield _addresses(process, len(ports))
        finally:
            process.terminate()
            process.communicate()

    @property
    def _options(self) -> tuple[str, str]:
        return f"--context={self.context}", f"--namespace={self.namespace}"


def connect(namespace: str) -> Cluster:
    """Return a namespace of the cluster that kubectl is set to.

    Raises DeploymentError if it is set to none, or to another one than `KUBE_CONTEXT` asks for.
    """
    result = _run("config", "current-context")
    if result.returncode:
        raise DeploymentError(
            "kubectl is set to no cluster: `kubectl config get-contexts` lists those that it knows, "
            "`kubectl config use-context` chooses one."
        )
    context = result.stdout.strip()
    expected = os.environ.get("KUBE_CONTEXT")
    if expected and context != expected:
        raise DeploymentError(
            f"KUBE_CONTEXT is {expected}, but kubectl is set to {context}: "
            f"`kubectl config use-context {expected}`."
        )
    return Cluster(context, namespace)


def dumped(objects: Sequence[Object]) -> str:
    """Return a manifest with some objects."""
    return yaml.safe_dump_all(objects, sort_keys=False)


def _addresses(process: subprocess.Popen[str], count: int) -> list[str]:
    """Read off what kubectl says where it listens, for so many ports."""
    assert process.stdout  # noqa: S101 (it is a pipe)
    limit = threading.Timer(FORWARDED, process.kill)
    limit.start()
    said, ports = [], []
    try:
        for line in process.stdout:
            said.append(line)
            ports += re.findall(r"^Forwarding from 127\.0\.0\.1:(\d+)", line)
            if len(ports) == count:
                return [f"http://127.0.0.1:{port}" for port in ports]
    finally:
        limit.cancel()
    raise DeploymentError(f"kubectl port-forward failed: {''.join(said).strip() or 'no answer'}")


def _checked(*arguments: str, stdin: str | None = None) -> str:
    result = _run(*arguments, stdin=stdin)
    if result.returncode:
        command = next(word for word in arguments if not word.startswith("--"))
        raise _failure(command, result)
    return result.stdout


def _failure(command: str, result: subprocess.CompletedProcess[str]) -> DeploymentError:
    reason = result.stderr.strip()
    if any(text in reason for text in UNREACHABLE):
        return DeploymentError(f"The cluster cannot be reached: {reason}")
    if "(Forbidden)" in reason or "is forbidden" in reason:
        rights = "docs/deploy.md lists the rights that a deployment needs"
        return DeploymentError(f"The cluster refuses `kubectl {command}` ({rights}): {reason}")
    return DeploymentError(f"kubectl {command} failed: {reason}")


def _run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    # A program of one's own to show differences may say something else by its exit status.
    environment = {k: v for k, v in os.environ.items() if k != "KUBECTL_EXTERNAL_DIFF"}
    command = ["kubectl", *arguments]
    try:
        return subprocess.run(command, input=stdin, env=environment, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise DeploymentError(
            "Deploying needs kubectl: https://kubernetes.io/docs/tasks/tools/"
        ) from error

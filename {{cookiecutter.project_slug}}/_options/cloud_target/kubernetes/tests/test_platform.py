"""A release goes into a cluster, answers, takes the place of the one before, and goes back.

The kubectl is the real one; the cluster is `tests/cluster.py`.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }} import NAME, bundle, paths
from {{ cookiecutter.package_name }}.deployment import deploy as deployment
from {{ cookiecutter.package_name }}.deployment import docker, kubectl, manifest, platform
from {{ cookiecutter.package_name }}.deployment.deploy import deploy
from {{ cookiecutter.package_name }}.deployment.platform import Rollout
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError, Release
from {{ cookiecutter.package_name }}.ports import free_port

from .cluster import FakeCluster
from .cluster_api import CONTEXT, Access, running
from .manifests import KUBECTL, WITHOUT_KUBECTL, add, copy
from .server import serving

pytestmark = pytest.mark.skipif(KUBECTL is None, reason=WITHOUT_KUBECTL)

NAMESPACE = f"{NAME}-staging"
REPOSITORY = f"registry.example.com/team/{NAME}"
SECRETS = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": f"{NAME}-secrets", "namespace": NAMESPACE},
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The two ports of a server that serves the candidate."""
    management = free_port()
    log = tmp_path_factory.mktemp("served") / "log"
    with serving(log, MANAGEMENT_PORT=str(management)) as server:
        yield server.port, management


@pytest.fixture
def access(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: tuple[int, int]
) -> Iterator[Access]:
    """An empty cluster that kubectl is set to, a registry, and a copy of the manifests."""
    monkeypatch.setattr(manifest, "OVERLAYS", copy(tmp_path))
    monkeypatch.setattr(docker, "push", lambda image, repository: f"{repository}@{_digest(image)}")
    monkeypatch.setenv("IMAGE_REGISTRY", "registry.example.com/team/")
    for name in ("KUBE_CONTEXT", "REGISTRY_USER", "REGISTRY_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    with running(tmp_path) as access:
        access.lead_to(*served)
        for name, value in access.environment.items():
            monkeypatch.setenv(name, value)
        yield access


@pytest.fixture
def cluster(access: Access) -> FakeCluster:
    return access.cluster


@pytest.fixture
def release(project: Path) -> Release:
    return Release("staging", *bundle.verify(paths.CANDIDATE))


@pytest.fixture
def later(release: Release) -> Release:
    """Another release, which no server serves."""
    found = release.manifest.model_copy(update={"version": "20991231-00000000"})
    return replace(release, manifest=found, digest="0" * 64)


def _digest(image: str) -> str:
    return f"sha256:{image.encode().hex()[-64:]:0>64}"


def image_of(release: Release) -> str:
    return f"{REPOSITORY}@{_digest(release.image)}"


def roll_out(release: Release) -> Rollout:
    """Deploy a release that answers as it should."""
    plan = platform.plan(release)
    for _ in platform.apply(plan):
        pass
    return plan


def test_a_release_is_deployed_into_an_empty_cluster(access: Access, release: Release) -> None:
    cluster, plans = access.cluster, []

    def agreed(plan: str) -> bool:
        assert cluster.objects == {}  # planning has changed nothing
        plans.append(plan)
        return True

    assert deploy(release, agreed, api_key=None) == f"http://{NAME}.{NAMESPACE}.svc/predict"
    (text,) = plans
    assert f"of the context {CONTEXT}" in text
    assert f"Creates Namespace/{NAMESPACE}\n" in text
    deployment = cluster.one("deployments", NAME)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == image_of(release)
    settings = cluster.one("configmaps", container["envFrom"][0]["configMapRef"]["name"])
    assert settings["data"]["MODEL_DIGEST"] == release.digest
    assert cluster.one("configmaps", f"{NAME}-release")["data"]["version"] in text


def test_the_tunnel_leads_to_a_pod_of_the_release_and_is_closed(
    access: Access, release: Release
) -> None:
    roll_out(release)
    (tunnel,) = access.tunnels()
    (pod,) = access.cluster.names("pods")
    assert f"pod/{pod} :8080 :8081" in tunnel
    with pytest.raises(ProcessLookupError):
        os.kill(int(tunnel.split()[0]), 0)


def test_the_same_release_again_changes_nothing(cluster: FakeCluster, release: Release) -> None:
    roll_out(release)
    before = dict(cluster.objects)
    plan = roll_out(release)
    assert plan.text.endswith("Nothing changes.")
    assert cluster.objects == before


def test_the_next_release_shows_what_differs_and_takes_over(
    cluster: FakeCluster, release: Release, later: Release
) -> None:
    roll_out(release)
    plan = platform.plan(later)
    assert f"where {release.manifest.version} runs" in plan.text
    assert f"-        image: {image_of(release)}" in plan.text
    assert f"+        image: {image_of(later)}" in plan.text
    roll_out(later)
    assert cluster.one("configmaps", f"{NAME}-release")["data"]["version"] == "20991231-00000000"
    # The settings of a revision that `kubectl rollout undo` may bring back are kept.
    assert len(cluster.names("configmaps")) == 3
    cluster.deleted(("replicasets", NAMESPACE, _revision(cluster, release)))
    roll_out(later)
    assert len(cluster.names("configmaps")) == 2


def _revision(cluster: FakeCluster, release: Release) -> str:
    (name,) = (
        name
        for (kind, _, name), item in cluster.objects.items()
        if kind == "replicasets" and image_of(release) in str(item)
    )
    return name


def test_what_a_release_no_longer_has_is_deleted_in_the_end(
    cluster: FakeCluster, release: Release, later: Release
) -> None:
    path = manifest.OVERLAYS / "staging" / "kustomization.yaml"
    text = path.read_text(encoding="utf-8")
    add(manifest.OVERLAYS / "staging", "ingress")
    roll_out(release)
    assert cluster.names("ingresses") == [NAME]
    path.write_text(text, encoding="utf-8")
    plan = platform.plan(later)
    assert plan.text.endswith(f"Deletes Ingress/{NAME}")
    steps = platform.apply(plan)
    next(steps)
    assert cluster.names("ingresses") == [NAME]  # as long as one may have to go back
    assert list(steps) == []
    assert cluster.names("ingresses") == []


def test_a_release_that_does_not_answer_rightly_is_taken_back(
    access: Access, release: Release, later: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll_out(release)
    before = access.cluster.state()
    add(manifest.OVERLAYS / "staging", "ingress")
    monkeypatch.setattr(platform, "PATIENCE", 0.5)
    with pytest.raises(DeploymentError, match=rf"Rolled back: {release.manifest.version} runs"):
        deploy(later, lambda _: True, api_key=None)
    assert access.cluster.state() == before


def test_pods_that_do_not_come_up_are_taken_back_with_the_reason(
    cluster: FakeCluster, release: Release, later: Release
) -> None:
    roll_out(release)
    before = cluster.state()
    cluster.broken.add(image_of(later))
    with pytest.raises(DeploymentError, match=r"(?s)progress deadline.*ImagePullBackOff.*again"):
        deploy(later, lambda _: True, api_key=None)
    assert cluster.state() == before


def test_a_first_release_that_fails_leaves_nothing(cluster: FakeCluster, release: Release) -> None:
    cluster.broken.add(image_of(release))
    with pytest.raises(DeploymentError, match="nothing ran before, and nothing runs now"):
        deploy(release, lambda _: True, api_key=None)
    assert cluster.objects == {}


def test_going_back_leaves_a_namespace_that_was_there_with_its_secrets(
    cluster: FakeCluster, release: Release
) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    cluster.applied(("namespaces", "", NAMESPACE), namespace, dry=False)
    cluster.applied(("secrets", NAMESPACE, f"{NAME}-secrets"), SECRETS, dry=False)
    cluster.broken.add(image_of(release))
    with pytest.raises(DeploymentError, match="nothing runs now"):
        deploy(release, lambda _: True, api_key=None)
    assert cluster.names("secrets") == [f"{NAME}-secrets"]
    assert {kind for kind, _, _ in cluster.objects} == {"namespaces", "secrets", "endpointslices"}


def test_what_others_have_put_there_is_never_deleted(
    cluster: FakeCluster, release: Release, later: Release
) -> None:
    roll_out(release)
    cluster.deleted(("configmaps", NAMESPACE, f"{NAME}-release"))
    cluster.broken.add(image_of(later))
    with pytest.raises(DeploymentError, match=r"no record of what ran .*rollout undo"):
        deploy(later, lambda _: True, api_key=None)
    assert cluster.names("deployments") == [NAME]


def test_what_does_not_come_up_again_is_said(
    cluster: FakeCluster, release: Release, later: Release
) -> None:
    roll_out(release)
    plan = roll_out(later)
    cluster.broken.add(image_of(release))
    assert "applied again, but does not run yet: " in platform.roll_back(plan)


def test_one_can_go_back_from_half_way(
    cluster: FakeCluster, release: Release, later: Release
) -> None:
    roll_out(release)
    before = cluster.state()
    plan = platform.plan(later)
    cluster.forbidden.add(("patch", "horizontalpodautoscalers"))  # which come after the Deployment
    with pytest.raises(DeploymentError, match=r"refuses `kubectl apply` \(docs/deploy\.md lists"):
        next(platform.apply(plan))
    assert cluster.state() != before
    cluster.forbidden.clear()
    platform.roll_back(plan)
    assert cluster.state() == before


def test_an_interrupt_closes_the_tunnel_and_goes_back(
    access: Access, release: Release, later: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll_out(release)
    before = access.cluster.state()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deployment, "smoke_test", interrupted)
    with pytest.raises(DeploymentError, match="KeyboardInterrupt"):
        deploy(later, lambda _: True, api_key=None)
    assert access.cluster.state() == before
    with pytest.raises(ProcessLookupError):
        os.kill(int(access.tunnels()[-1].split()[0]), 0)


def test_kserve_runs_the_pods_instead(cluster: FakeCluster, release: Release) -> None:
    add(manifest.OVERLAYS / "staging", "kserve")
    roll_out(release)
    assert cluster.names("deployments") == [f"{NAME}-predictor"]
    assert cluster.names("horizontalpodautoscalers") == []
    service = cluster.one("inferenceservices", NAME)
    (container,) = service["spec"]["predictor"]["containers"]
    assert container["image"] == image_of(release)
    (uri,) = (entry["value"] for entry in container["env"] if entry["name"] == "STORAGE_URI")
    assert uri == f"s3://{NAME}-models/{release.digest}"


def test_an_environment_is_removed(cluster: FakeCluster, release: Release) -> None:
    roll_out(release)
    assert "registry stay" in platform.destroy("staging")
    assert cluster.objects == {}
    assert platform.destroy("staging").startswith(f"There is no namespace {NAMESPACE}")


def test_a_namespace_of_others_stays_when_an_environment_is_removed(
    cluster: FakeCluster, release: Release
) -> None:
    base = manifest.OVERLAYS.parent / "base" / "kustomization.yaml"
    text = base.read_text(encoding="utf-8").replace("  - namespace.yaml\n", "")
    base.write_text(text, encoding="utf-8")
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    cluster.applied(("namespaces", "", NAMESPACE), namespace, dry=False)
    cluster.applied(("secrets", NAMESPACE, f"{NAME}-secrets"), SECRETS, dry=False)
    roll_out(release)
    platform.destroy("staging")
    assert {kind for kind, _, _ in cluster.objects} == {"namespaces", "secrets", "endpointslices"}


def test_what_is_missing_is_said(
    access: Access, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(reason: str) -> None:
        with pytest.raises(DeploymentError, match=reason):
            platform.plan(release)

    access.cluster.forbidden.add(("create", "poddisruptionbudgets"))
    refused(rf"context {CONTEXT} may not create PodDisruptionBudget/{NAME}: docs/deploy")
    access.cluster.forbidden.add(("get", "namespaces"))
    refused(r"refuses `kubectl get` \(docs/deploy\.md lists")
    monkeypatch.setenv("KUBE_CONTEXT", "production")
    refused(f"KUBE_CONTEXT is production, but kubectl is set to {CONTEXT}")
    monkeypatch.delenv("KUBE_CONTEXT")
    access.cluster.forbidden.clear()
    monkeypatch.delenv("IMAGE_REGISTRY")
    refused("IMAGE_REGISTRY is not set")
    kubeconfig = access.folder / "kubeconfig"
    at_nobody = kubeconfig.read_text(encoding="utf-8").replace("127.0.0.1:", "127.0.0.1:1")
    kubeconfig.write_text(at_nobody.replace("127.0.0.1:1", "127.0.0.1:9 #"), encoding="utf-8")
    refused("The cluster cannot be reached: .*refused")
    kubeconfig.write_text("", encoding="utf-8")
    refused("kubectl is set to no cluster")
    monkeypatch.setenv("PATH", str(access.folder))
    refused("Deploying needs kubectl: https://")


def test_a_tunnel_that_does_not_stand_is_given_up(
    access: Access, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kubectl, "FORWARDED", 0.5)
    access.lead_to()
    with pytest.raises(DeploymentError, match=r"port-forward failed: no answer"):
        roll_out(release)

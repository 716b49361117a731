"""The manifests are valid in every combination, and fit the service and each other."""

import itertools
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.deployment.kubectl import Object
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import ROOT
from .manifests import KUBECTL, WITHOUT_KUBECTL, built, labels_of, pods_of, settings_of

pytestmark = pytest.mark.skipif(KUBECTL is None, reason=WITHOUT_KUBECTL)

COMPONENTS = sorted(path.name for path in (ROOT / "infra" / "components").iterdir())
COMBINATIONS = [
    chosen
    for count in range(len(COMPONENTS) + 1)
    for chosen in itertools.combinations(COMPONENTS, count)
]
TO_FINISH = 12  # seconds that the service may need after SIGTERM


@pytest.mark.parametrize("components", COMBINATIONS, ids=lambda names: "+".join(names) or "none")
def test_every_combination_is_whole(tmp_path: Path, components: tuple[str, ...]) -> None:
    objects = built(tmp_path, "staging", *components)
    names = [(item["kind"], item["metadata"]["name"]) for item in objects]
    assert len(names) == len(set(names))
    assert all(len(name) <= 63 for _, name in names)
    (namespace,) = {item["metadata"].get("namespace") for item in objects} - {None}
    assert [name for kind, name in names if kind == "Namespace"] == [namespace]
    # Whoever runs the pods has the settings, and is found by all that selects by label.
    assert settings_of(objects)["PORT"] == "8080"
    labels = labels_of(objects).items()
    assert all(labels >= _selected(item).items() for item in objects)
    assert all(labels <= item["metadata"]["labels"].items() for item in objects)


def _selected(item: Object) -> dict[str, str]:
    """Return the labels of the pods that an object is about."""
    spec = item.get("spec", {})
    if item["kind"] == "Service":
        return dict(spec["selector"])
    return dict(spec.get("selector", spec.get("podSelector", {})).get("matchLabels", {}))


@pytest.mark.parametrize("components", COMBINATIONS, ids=lambda names: "+".join(names) or "none")
def test_every_combination_is_valid(tmp_path: Path, components: tuple[str, ...]) -> None:
    validator = pytest.importorskip("kubernetes_validate")
    for item in built(tmp_path, "production", *components):
        try:
            validator.validate(item, validator.latest_version(), strict=True)
        except validator.SchemaNotFoundError:
            # Kinds that are no part of Kubernetes itself.
            assert item["kind"] in ("HTTPRoute", "InferenceService", "ServiceMonitor")


def test_environments_differ_in_names_and_size_only(tmp_path: Path) -> None:
    staging = built(tmp_path / "a", "staging")
    production = built(tmp_path / "b", "production")
    sizes = {"minReplicas", "maxReplicas"}
    for here, there in zip(staging, production, strict=True):
        if here["kind"] == "HorizontalPodAutoscaler":
            assert {key for key in here["spec"] if here["spec"][key] != there["spec"][key]} <= sizes
        elif here["kind"] != "ConfigMap":
            assert here.get("spec") == there.get("spec")


def test_kserve_runs_the_same_pods(tmp_path: Path) -> None:
    own = pods_of(built(tmp_path / "a", "staging"))
    other = pods_of(built(tmp_path / "b", "staging", "kserve"))
    for name in ("securityContext", "terminationGracePeriodSeconds", "volumes"):
        assert own[name] == other[name]
    (container,), (kserves,) = own["containers"], other["containers"]
    apart = {key for key in container.keys() | kserves if container.get(key) != kserves.get(key)}
    assert apart == {"name", "env"}
    more = [entry["name"] for entry in kserves["env"] if entry not in container["env"]]
    assert more == ["STORAGE_URI", "MODEL_DIR"]


@pytest.mark.parametrize("components", [(), ("kserve",)])
def test_settings_are_those_that_the_service_knows(
    tmp_path: Path, components: tuple[str, ...]
) -> None:
    settings = settings_of(built(tmp_path, "production", *components))
    settings.pop("STORAGE_URI", None)  # which is for KServe
    assert {name.lower() for name in settings} <= Settings.model_fields.keys()
    Settings.model_validate({name.lower(): value for name, value in settings.items()})


def test_ports_are_those_where_the_service_listens(tmp_path: Path) -> None:
    objects = built(tmp_path, "production")
    (container,) = pods_of(objects)["containers"]
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    settings = settings_of(objects)
    assert ports == {"http": settings["PORT"], "management": settings["MANAGEMENT_PORT"]}
    (service,) = (item for item in objects if item["kind"] == "Service")
    assert {port["targetPort"] for port in service["spec"]["ports"]} == ports.keys()
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] == "management"


def test_a_pod_has_time_to_finish(tmp_path: Path) -> None:
    pods = pods_of(built(tmp_path, "production"))
    (container,) = pods["containers"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pods["terminationGracePeriodSeconds"] >= pause + TO_FINISH


def test_nothing_gets_in_or_out_that_is_not_named(tmp_path: Path) -> None:
    objects = built(tmp_path, "production")
    closed, opened = (item["spec"] for item in objects if item["kind"] == "NetworkPolicy")
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert [rule["ports"][0]["port"] for rule in opened["ingress"]] == ["http", "management"]
    assert all(rule["from"] for rule in opened["ingress"])
    assert {port["port"] for rule in opened["egress"] for port in rule["ports"]} == {53}

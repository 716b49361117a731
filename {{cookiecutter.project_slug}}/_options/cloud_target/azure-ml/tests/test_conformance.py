"""The service does what a managed online endpoint asks of a container."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.client import ClientError, encoded, fetch
from {{ cookiecutter.package_name }}.example import example_instance
from {{ cookiecutter.package_name }}.serving.settings import Settings

from .conftest import ROOT
from .hosting import IMAGE, Hosted, announce, docker, hosted, needs_image

DESCRIPTION = yaml.safe_load((ROOT / "infra/service/deployment.yml").read_text(encoding="utf-8"))
ROUTES = DESCRIPTION["environment"]["inference_config"]
VARIABLES = DESCRIPTION["environment_variables"]
MOUNTED = "/var/azureml-app/azureml-models/model/1"  # where the platform mounts a model


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosted(tmp_path_factory.mktemp("hosted") / "log") as service:
        yield service


@pytest.fixture
def asset(tmp_path: Path) -> Path:
    """A registered model as it is mounted: a folder around the one that was registered."""
    champion = tmp_path / "asset" / paths.CHAMPION.name
    shutil.copytree(paths.CANDIDATE, champion)
    manifest = champion / "bundle.json"
    content = json.loads(manifest.read_text(encoding="utf-8")) | {"version": "mounted"}
    manifest.write_text(json.dumps(content), encoding="utf-8")
    return champion.parent


def url(service: Hosted, route: str, path: str = "") -> str:
    """Return what the platform asks, at the port that the service has got here."""
    start: str = ROUTES[route]["path"]
    return service.url + start.rstrip("/") + path


def predict(service: Hosted) -> Any:
    answer = fetch(url(service, "scoring_route", "/predict"), {}, encoded([example_instance()]))
    return answer["model"]["version"]


def test_all_three_routes_are_at_the_port_that_the_service_is_told() -> None:
    assert {route["port"] for route in ROUTES.values()} == {int(VARIABLES["PORT"])}
    assert VARIABLES["HOST"] == "0.0.0.0"  # noqa: S104 (of the container)
    assert ROUTES.keys() == {"liveness_route", "readiness_route", "scoring_route"}


@pytest.mark.parametrize("route", ["liveness_route", "readiness_route"])
def test_it_says_that_it_is_well(service: Hosted, route: str) -> None:
    assert fetch(url(service, route), {})["status"] == "ok"
    probe = DESCRIPTION[route.replace("route", "probe")]
    assert (
        service.ready_after < probe["initial_delay"] + probe["period"] * probe["failure_threshold"]
    )


def test_it_refuses_a_body_that_is_too_large_before_it_has_come(service: Hosted) -> None:
    assert announce(url(service, "scoring_route", "/predict"), Settings().max_body_bytes + 1) == 413


def test_callers_reach_its_routes_below_the_scoring_route(service: Hosted) -> None:
    assert predict(service)
    assert fetch(url(service, "scoring_route", "/model"), {})["digest"]
    with pytest.raises(ClientError) as refused:
        fetch(url(service, "scoring_route", "/feedback"), {}, b"{}")
    assert refused.value.status == 422  # it is read there


def test_the_mounted_model_wins_over_the_one_in_the_image(asset: Path, tmp_path: Path) -> None:
    _, digest = bundle.verify(asset / paths.CHAMPION.name)
    mount = f"--volume={asset}:{MOUNTED}:ro"
    folder = MOUNTED if IMAGE else str(asset)
    with hosted(tmp_path / "log", mount, AZUREML_MODEL_DIR=folder, MODEL_DIGEST=digest) as service:
        assert predict(service) == "mounted"


def test_a_bundle_may_be_the_mounted_folder_itself(asset: Path, tmp_path: Path) -> None:
    champion = asset / paths.CHAMPION.name
    mount = f"--volume={champion}:{MOUNTED}:ro"
    folder = MOUNTED if IMAGE else str(champion)
    with hosted(tmp_path / "log", mount, AZUREML_MODEL_DIR=folder) as service:
        assert predict(service) == "mounted"


@needs_image
def test_it_needs_no_rights(service: Hosted) -> None:
    assert docker("exec", service.name, "id", "-u") == "1000"


def test_it_ends_in_order(tmp_path: Path) -> None:
    with hosted(tmp_path / "log") as service:
        assert service.stop(grace=30) == 0

"""What the deployment asks of an account itself, and what it calls things there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.ai.ml import load_online_deployment, load_online_endpoint
from azure.core.exceptions import ClientAuthenticationError

from {{ cookiecutter.package_name }}.deployment import azure, endpoints, platform, state
from {{ cookiecutter.package_name }}.deployment.release import DeploymentError

from .azure_rules import Azure
from .conftest import ROOT
from .stand_in import CALLER, SUBSCRIPTION, standing_in

SERVICE = ROOT / "infra" / "service"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Azure]:
    with standing_in(tmp_path, monkeypatch) as cloud:
        yield cloud


def test_the_state_gets_a_private_account_with_versions(cloud: Azure) -> None:
    assert not state.exists()
    state.make()
    assert state.exists()
    account = cloud.found("storageAccounts", state.account())
    assert account
    assert account["properties"]["allowBlobPublicAccess"] is False
    assert account["properties"]["allowSharedKeyAccess"] is False
    assert account["properties"]["minimumTlsVersion"] == "TLS1_2"
    service = cloud.found("blobServices", "default")
    assert service
    assert service["properties"]["isVersioningEnabled"]
    (right,) = (found for path, found in cloud.resources.items() if "/roleassignments/" in path)
    assert right["properties"]["principalId"] == CALLER


def test_making_it_again_leaves_the_account_and_the_rights_as_they_are(cloud: Azure) -> None:
    state.make()
    cloud.done.clear()
    state.make()
    assert [change for change in cloud.done if "storageAccounts" in change] == []
    assert [change for change in cloud.done if "roleAssignments" in change] == []


def test_terraform_signs_in_to_the_state(cloud: Azure) -> None:
    backend = platform.foundation().backend
    assert backend["storage_account_name"] == state.account()
    assert backend["use_azuread_auth"] == "true"
    assert platform.foundation_variables()["state_container_id"].endswith(
        f"{state.account()}/blobServices/default/containers/{state.CONTAINER}"
    )


@pytest.mark.parametrize("name", ["a", "flight-delay", "a" * 40])
def test_names_are_as_short_as_azure_takes_them(
    cloud: Azure, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in (azure, endpoints, state):
        monkeypatch.setattr(module, "NAME", name)
    names = {endpoints.name_of("staging"), endpoints.name_of("production")}
    assert len(names) == 2
    for endpoint in names:
        assert re.fullmatch(r"[a-z][a-z0-9-]{1,30}[a-z0-9]", endpoint)
    assert re.fullmatch(r"[a-z0-9]{3,24}", state.account())
    assert re.fullmatch(r"[\w.()-]{1,90}", state.GROUP)


def test_another_subscription_has_other_names(
    cloud: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, account = endpoints.name_of("staging"), state.account()
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", SUBSCRIPTION.replace("0", "1"))
    assert endpoints.name_of("staging") != name
    assert state.account() != account


def test_the_registry_takes_a_token_for_a_password(cloud: Azure) -> None:
    assert azure.registry_password("registry.azurecr.io") == "of registry.azurecr.io"


def test_what_is_missing_is_named(cloud: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_LOCATION")
    with pytest.raises(DeploymentError, match="AZURE_LOCATION is not set"):
        azure.location()


def test_who_is_not_signed_in_is_told_how(cloud: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> None:
        raise ClientAuthenticationError("No credential.")

    monkeypatch.setattr(azure.credential(), "get_token", refuse)
    with pytest.raises(DeploymentError, match="`az login`"):
        azure.token(azure.MANAGEMENT)


def test_azures_own_words_are_told(cloud: Azure) -> None:
    with pytest.raises(DeploymentError, match=r"404 to POST .* is not there"):
        azure.call("POST", "/subscriptions/x/nothing", "1")


def test_callers_of_the_endpoint_sign_in() -> None:
    endpoint = load_online_endpoint(SERVICE / "endpoint.yml", params_override=[{"name": "name"}])
    assert endpoint.auth_mode == "aad_token"


def test_a_deployment_keeps_the_limits_of_the_platform() -> None:
    fields = {
        "name": "blue",
        "endpoint_name": "name",
        "environment.image": "image",
        "instance_type": "Standard_F2s_v2",
        "instance_count": 1,
    }
    override = [{field: value} for field, value in fields.items()]
    deployment = load_online_deployment(SERVICE / "deployment.yml", params_override=override)
    settings = deployment.request_settings
    assert settings
    # The service's own limit, which has a better answer to give, comes first.
    assert 10_000 < (settings.request_timeout_ms or 0) <= 180_000

"""Where Terraform keeps its state: a storage account of its own, which Terraform cannot make itself."""

import time
import uuid
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from .. import NAME
from . import azure
from .release import DeploymentError

GROUP = f"{NAME}-state"
CONTAINER = "terraform"
PATIENCE = 600.0  # seconds until Azure has made something, or knows of a new right
PAUSE = 5.0  # seconds between two looks

STORAGE = "2023-05-01"  # versions of the interfaces
RESOURCES = "2021-04-01"
AUTHORIZATION = "2022-04-01"
BLOBS = "2023-11-03"

CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"  # the role Storage Blob Data Contributor


def account() -> str:
    """Return the storage account: at most 24 letters and digits, unique in the world."""
    return f"{NAME.replace('-', '')[:14]}{azure.suffix()}tf"


def container_id() -> str:
    """Return the resource ID of the container."""
    return f"{_account_id()}/blobServices/default/containers/{CONTAINER}"


def backend(key: str) -> dict[str, str]:
    """Return what tells Terraform where one of its states is, and to sign in to it."""
    return {
        "storage_account_name": account(),
        "container_name": CONTAINER,
        "key": f"{key}.tfstate",
        "use_azuread_auth": "true",
    }


def exists() -> bool:
    return azure.call("GET", container_id(), STORAGE) is not None


def make() -> None:
    """Make the account, private and with versions, and let the caller write to it.

    What is there stays as it is. Raises DeploymentError.
    """
    _register("Microsoft.Storage")
    azure.call("PUT", _group(), RESOURCES, {"location": azure.location()})
    if azure.call("GET", _account_id(), STORAGE) is None:
        azure.call("PUT", _account_id(), STORAGE, _description())
    _wait_until_made(_account_id(), STORAGE)
    kept = {"enabled": True, "days": 30}
    properties = {
        "isVersioningEnabled": True,
        "deleteRetentionPolicy": kept,
        "containerDeleteRetentionPolicy": kept,
    }
    azure.call("PUT", f"{_account_id()}/blobServices/default", STORAGE, {"properties": properties})
    azure.call("PUT", container_id(), STORAGE, {"properties": {"publicAccess": "None"}})
    _let_in(azure.caller())


def _description() -> dict[str, object]:
    return {
        "location": azure.location(),
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {
            "supportsHttpsTrafficOnly": True,
            "minimumTlsVersion": "TLS1_2",
            "allowBlobPublicAccess": False,
            "allowSharedKeyAccess": False,
            "encryption": {
                "keySource": "Microsoft.Storage",
                "requireInfrastructureEncryption": True,
            },
        },
    }


def _let_in(principal: str) -> None:
    """Give someone the right to write to the account, and wait until that is known.

    The foundation lets others in, to the container.
    """
    if _lets_in():
        return
    # Its name is derived from what it says, so that it is given once.
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{_account_id()}/{principal}")
    role = (
        f"/subscriptions/{azure.subscription()}/providers/Microsoft.Authorization"
        f"/roleDefinitions/{CONTRIBUTOR}"
    )
    azure.call(
        "PUT",
        f"{_account_id()}/providers/Microsoft.Authorization/roleAssignments/{name}",
        AUTHORIZATION,
        {"properties": {"roleDefinitionId": role, "principalId": principal}},
    )
    deadline = time.monotonic() + PATIENCE
    while not _lets_in():
        if time.monotonic() > deadline:
            raise DeploymentError(f"{principal} is not let in to {container_id()}.")
        time.sleep(PAUSE)


def _lets_in() -> bool:
    url = f"https://{account()}.blob.core.windows.net/{CONTAINER}?restype=container&comp=list"
    headers = {"Authorization": f"Bearer {azure.token(azure.STORAGE)}", "x-ms-version": BLOBS}
    try:
        with urlopen(Request(url, headers=headers), timeout=azure.TIMEOUT):
            return True
    except HTTPError as error:
        if error.code in (403, 404):
            return False
        raise DeploymentError(f"{url} answers {error.code}.") from error
    except URLError:
        return False  # the name of a new account is not known everywhere at once


def _register(provider: str) -> None:
    """Tell the subscription that it is going to use something, as a new one has to be."""
    path = f"/subscriptions/{azure.subscription()}/providers/{provider}"
    deadline = time.monotonic() + PATIENCE
    while (azure.call("GET", path, RESOURCES) or {}).get("registrationState") != "Registered":
        if time.monotonic() > deadline:
            raise DeploymentError(f"{provider} does not get registered.")
        azure.call("POST", f"{path}/register", RESOURCES)
        time.sleep(PAUSE)


def _wait_until_made(path: str, version: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        found = azure.call("GET", path, version)
        if found and found["properties"]["provisioningState"] == "Succeeded":
            return
        if time.monotonic() > deadline:
            raise DeploymentError(f"{path} does not get ready.")
        time.sleep(PAUSE)


def _group() -> str:
    return f"/subscriptions/{azure.subscription()}/resourceGroups/{GROUP}"


def _account_id() -> str:
    return f"{_group()}/providers/Microsoft.Storage/storageAccounts/{account()}"

"""Asks GitLab to train, by a pipeline trigger token."""

import os
from urllib.parse import urlencode
from urllib.request import Request

SETTINGS = ("TRIGGER_TOKEN", "CI_PROJECT_ID")
ADDRESS = "CI_API_V4_URL"  # of the server, if it is one of your own


def request(params: str, reason: str) -> Request:
    """Return the call that starts the training.

    Args:
        params: what to set in params.yaml.
        reason: why; it stands in the ledger.
    """
    server = os.environ.get(ADDRESS, "https://gitlab.com/api/v4")
    fields = {
        "token": os.environ["TRIGGER_TOKEN"],
        "ref": os.environ.get("CI_DEFAULT_BRANCH", "main"),
        "variables[PARAMS]": params,
        "variables[REASON]": reason,
    }
    url = f"{server}/projects/{os.environ['CI_PROJECT_ID']}/trigger/pipeline"
    return Request(url, urlencode(fields).encode())

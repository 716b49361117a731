"""Asks GitHub to train, by the event that the workflow Train waits for."""

import json
import os
from urllib.request import Request

SETTINGS = ("RETRAIN_TOKEN", "GITHUB_REPOSITORY")  # the second is like "owner/name"
ADDRESS = "GITHUB_API_URL"  # of the server, if it is one of your own


def request(params: str, reason: str) -> Request:
    """Return the call that starts the training.

    Args:
        params: what to set in params.yaml.
        reason: why; it stands in the ledger.
    """
    server = os.environ.get(ADDRESS, "https://api.github.com")
    body = {"event_type": "retrain", "client_payload": {"params": params, "reason": reason}}
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {os.environ['RETRAIN_TOKEN']}",
        "Content-Type": "application/json",
    }
    url = f"{server}/repos/{os.environ['GITHUB_REPOSITORY']}/dispatches"
    return Request(url, json.dumps(body).encode(), headers)

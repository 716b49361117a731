"""Asks Jenkins to train, by a call of the job with parameters."""

import os
from base64 import b64encode
from urllib.parse import urlencode
from urllib.request import Request

ADDRESS = "TRAIN_JOB_URL"  # of the job, like https://jenkins.example.com/job/<folder>/job/train
SETTINGS = (ADDRESS, "JENKINS_USER", "JENKINS_API_TOKEN")


def request(params: str, reason: str) -> Request:
    """Return the call that starts the training.

    Args:
        params: what to set in params.yaml.
        reason: why; it stands in the ledger.
    """
    user = f"{os.environ['JENKINS_USER']}:{os.environ['JENKINS_API_TOKEN']}"
    headers = {"Authorization": f"Basic {b64encode(user.encode()).decode()}"}
    body = urlencode({"PARAMS": params, "REASON": reason}).encode()
    return Request(f"{os.environ[ADDRESS].rstrip('/')}/buildWithParameters", body, headers)

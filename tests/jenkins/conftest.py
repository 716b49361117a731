"""What the tests of a project on Jenkins share."""

import pytest
from pytest_cookies.plugin import Cookies

from ..conftest import CONFIG, Project, render

IDENTITIES = {
    "aws": "AWS_{}_ROLE_ARN",
    "gcp": "GCP_{}_ACCOUNT",
    "azure": "AZURE_{}_CLIENT_ID",
}


@pytest.fixture(scope="session", params=CONFIG["cloud_target"])
def rendered(request: pytest.FixtureRequest, cookies_session: Cookies) -> Project:
    """A project for each target. Tests leave it as they found it."""
    return render(cookies_session, ci_provider="jenkins", cloud_target=request.param)

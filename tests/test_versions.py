"""The lower ends of the version ranges work as well as the newest versions."""

from pathlib import Path

import pytest

from .conftest import WITHOUT_THE_SLOWEST, Bake


@pytest.mark.slow
@pytest.mark.long
def test_the_project_works_with_the_oldest_versions_it_allows(bake: Bake, tmp_path: Path) -> None:
    project = bake()
    oldest = {"UV_RESOLUTION": "lowest-direct", "UV_PROJECT_ENVIRONMENT": str(tmp_path / "oldest")}
    project.succeeds("uv", "sync", "--quiet", **oldest)
    assert " passed" in project.succeeds(
        "uv", "run", "--quiet", "pytest", **oldest, **WITHOUT_THE_SLOWEST
    )

"""Real runs of a project's pipeline on GitLab, in the shell of this machine."""

import re
from collections.abc import Callable

import pytest

from ..combinations import first_pushes, own_tests_for
from ..conftest import Bake, Project
from ..image import docker_is_there
from ..planting import plant_bad_row, plant_failing_test
from .pipeline import INTEGRATE, needs_runner, run, with_origin


@pytest.fixture
def local(bake: Bake) -> Project:
    return bake(ci_provider="gitlab-ci", project_name="Pushed There")


@needs_runner
@first_pushes("gitlab-ci")
def test_the_first_push_is_green_from_checkout_to_report(
    bake: Bake, answers: dict[str, str]
) -> None:
    project = bake(**answers)
    jobs = INTEGRATE if docker_is_there() else INTEGRATE - {"build-image"}
    if answers.get("cloud_target", "local") != "local":
        jobs = jobs | {"infrastructure"}
    results, log = run(with_origin(project), *sorted(jobs), **own_tests_for(answers))
    assert results == dict.fromkeys(jobs, "PASS"), log
    assert "### Gate: passed" in log
    assert "There is no merge request to put it on." in log
    assert re.search(r"^test .*\b\d\d(\.\d+)?%$", log, re.MULTILINE), "no coverage was found"
    for made in ("build/report.html", "build/plots/index.html", "reports/gate.json"):
        assert (project.path / made).is_file(), made


@pytest.mark.slow
@needs_runner
@pytest.mark.parametrize(
    ("plant", "failed", "because"),
    [
        (plant_failing_test, "test", "1 failed"),
        (plant_bad_row, "data", "distance: greater_than_or_equal_to(0"),
    ],
)
def test_a_planted_fault_fails_the_job_that_is_there_for_it(
    local: Project, plant: Callable[[Project], None], failed: str, because: str
) -> None:
    plant(local)
    results, log = run(with_origin(local), "lint", "secrets", "test", "data")
    expected = dict.fromkeys(["lint", "secrets", "test", "data"], "PASS") | {failed: "FAIL"}
    assert results == expected, log
    assert because in log

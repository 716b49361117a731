"""Real runs of a project's workflows on GitHub, with act."""

from pathlib import Path

import pytest

from ..combinations import first_pushes, own_tests_for
from ..conftest import ENVIRONMENT, Bake, Project
from ..image import BUILD, docker_is_there
from ..planting import plant_bad_row, plant_failing_test
from .act import Run, integrate, needs_act


@pytest.fixture
def real(bake: Bake) -> Project:
    project = bake(ci_provider="github-actions", init_git=True, project_name="Pushed")
    project.succeeds("make", "setup")
    return project


def really_integrate(project: Project, folder: Path, **settings: str) -> Run:
    # One job at a time, because some tests of the project look at the clock; so all of them can have
    # the same environment, which takes a minute to make.
    shared = BUILD | {"UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)} | settings
    run = integrate(project, folder, "--concurrent-jobs=1", **shared)
    if not docker_is_there():  # an image cannot be built then
        assert run.results.pop("build-image", "failure") == "failure"
    return run


BUILT = {"build-image"} if docker_is_there() else set()


@needs_act
@first_pushes("github-actions")
def test_a_fresh_projects_first_push_is_green(
    bake: Bake, tmp_path: Path, answers: dict[str, str]
) -> None:
    project = bake(**answers, init_git=True)
    run = really_integrate(project, tmp_path / "run", **own_tests_for(answers))
    expected = {"lint", "secrets", "test", "data", "pipeline", *BUILT}
    if answers.get("cloud_target", "local") != "local":
        expected.add("infrastructure")
    assert run.results == dict.fromkeys(expected, "success"), run.output
    report = (run.artifacts / "report/build/report.md").read_text(encoding="utf-8")
    assert "### Gate: passed" in report
    assert (run.artifacts / "report/build/plots/index.html").is_file()
    assert (run.artifacts / "tests/tests.xml").is_file()
    assert (run.artifacts / "candidate/bundle.json").is_file()


@needs_act
@pytest.mark.slow
def test_a_failing_test_fails_the_job_test(real: Project, tmp_path: Path) -> None:
    plant_failing_test(real)
    run = really_integrate(real, tmp_path / "run")
    passed = {"lint", "secrets", "data", "pipeline", *BUILT}
    assert run.results == dict.fromkeys(passed, "success") | {"test": "failure"}, run.output


@needs_act
@pytest.mark.slow
def test_a_bad_row_fails_the_job_data(real: Project, tmp_path: Path) -> None:
    plant_bad_row(real)
    run = really_integrate(real, tmp_path / "run")
    passed = {"lint", "secrets", "test"}
    assert run.results == dict.fromkeys(passed, "success") | {"data": "failure"}, run.output
    assert "distance: greater_than_or_equal_to(0" in run.output

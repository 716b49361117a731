"""Real runs of a project's pipeline on Jenkins, without Jenkins."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ..combinations import first_pushes, own_tests_for
from ..conftest import Bake, Project
from ..image import BUILD, docker_is_there
from ..planting import plant_bad_row, plant_failing_test
from .runner import failed_stage, needs_runner, run


@needs_runner
@first_pushes("jenkins")
def test_a_first_push_is_integrated(bake: Bake, tmp_path: Path, answers: dict[str, str]) -> None:
    project = bake(**answers, init_git=True)
    result = run(project, tmp_path, "Jenkinsfile", dry=False, **BUILD, **own_tests_for(answers))
    if docker_is_there():
        assert result.returncode == 0, result.stdout
    else:  # there can be no image, but all that comes before it
        assert failed_stage(result) == "build-image", result.stdout
    assert "### Gate: passed" in project.read("build/report.md")


@needs_runner
@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "broken"), [(plant_failing_test, "test"), (plant_bad_row, "data")]
)
def test_a_planted_fault_fails_the_stage_that_is_there_for_it(
    bake: Bake, tmp_path: Path, plant: Callable[[Project], None], broken: str
) -> None:
    project = bake(ci_provider="jenkins", init_git=True, project_name="Planted")
    plant(project)
    result = run(project, tmp_path, "Jenkinsfile", dry=False, **BUILD)
    assert failed_stage(result) == broken, result.stdout

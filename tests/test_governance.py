"""What training leaves behind can be kept, and comes out again."""

import pytest
import yaml

from .conftest import Bake, Project, in_environment


def test_what_training_leaves_passes_the_hooks_of_a_commit(trained: Project) -> None:
    trained.succeeds("git", "add", "--all")
    try:
        in_environment(trained, "pre-commit", "run")
        trained.succeeds("make", "secrets")
    finally:
        trained.succeeds("git", "reset", "--quiet")


@pytest.mark.parametrize("problem_type", ["classification", "regression"])
def test_the_shipped_rules_are_those_whose_errors_were_counted(
    bake: Bake, problem_type: str
) -> None:
    project = bake(problem_type=problem_type)
    rules = yaml.safe_load(project.read("params.yaml"))["gate"]
    shipped = f"MARGIN, TOLERANCE = {rules['champion']['margin']}, {rules['slices']['tolerance']}\n"
    assert shipped in project.read("tests/simulation.py")


@pytest.mark.slow
def test_a_model_comes_out_of_its_commit_again(trained: Project) -> None:
    said = in_environment(trained, "python", "-m", "flight_delay", "reproduce", "1")
    assert "Its metrics came back" in said
    # skops keeps the time in its file, and addresses in memory.
    assert ("the same to the byte" in said) is (trained.answers.get("model_format") != "skops")
    assert in_environment(trained, "git", "worktree", "list").count("\n") == 1

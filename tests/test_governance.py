"""What training leaves behind can be kept, and comes out again."""

import pytest
import yaml

from .conftest import Bake, Project, in_environment
from .planting import commit


def test_what_training_leaves_passes_the_hooks_of_a_commit(trained: Project) -> None:
    trained.succeeds("git", "add", "--all")
    try:
        in_environment(trained, "pre-commit", "run")
        trained.succeeds("make", "secrets")
    finally:
        trained.succeeds("git", "reset", "--quiet")


def test_what_main_has_noted_is_taken_over_and_never_lost(bake: Bake) -> None:
    project = bake(init_git=True)
    ledger = project.path / "governance" / "promotions.jsonl"
    ledger.parent.mkdir()
    ledger.write_text("first\nsecond\n")
    card = project.path / "docs" / "model_card.md"
    card.write_text("of the champion\n")
    project.succeeds("git", "add", "governance", "docs")
    commit(project, "chore(model): note")

    ledger.write_text("first\n")
    for target in ("record", "ledger"):
        assert project.run("make", target, "MAIN=main").returncode != 0
    assert "would be lost" in project.run("make", "record").stdout

    project.succeeds("git", "checkout", "--quiet", "main~1", "--force")
    project.succeeds("make", "ledger", "MAIN=main")
    assert ledger.read_text() == "first\nsecond\n"
    # A release that fails before it writes cards would else bring back older ones.
    assert card.read_text() == "of the champion\n"
    project.succeeds("git", "checkout", "--quiet", "main", "--force")
    project.succeeds("make", "ledger", "MAIN=main~1")  # which has none


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

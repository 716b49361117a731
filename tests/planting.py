"""Faults for a project's CI to find."""

from .conftest import Project, in_environment

# What is left of a project's tests: a fault is found without the others, and sooner.
KEPT = {"test_conformance.py", "test_pipeline.py", "test_planted.py"}
FAILING_TEST = '''"""A test that was planted."""


def test_arithmetic() -> None:
    assert 1 + 1 == 3
'''
BAD_ROW = """
import pandas as pd
path = "data/sample/flights-2013.parquet"
flights = pd.read_parquet(path)
flights.loc[flights.index[0], "distance"] = -1
flights.to_parquet(path)
"""


def plant_failing_test(project: Project) -> None:
    """Commit a test that fails."""
    (project.path / "tests" / "test_planted.py").write_text(FAILING_TEST, encoding="utf-8")
    _keep_few_tests(project)
    commit(project, "test: expect too much")


def plant_bad_row(project: Project) -> None:
    """Commit a flight over a negative distance, among the rows that the pipeline collects."""
    in_environment(project, "python", "-c", BAD_ROW)
    _keep_few_tests(project)
    commit(project, "feat: new data")


def commit(project: Project, message: str) -> None:
    """Commit all that has changed in a project, and nothing that `make setup` has made."""
    author = ("-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.com")
    project.succeeds("git", "add", "--update")
    project.succeeds("git", "add", "tests")
    project.succeeds("git", *author, "commit", "--quiet", "--no-verify", "--message", message)


def _keep_few_tests(project: Project) -> None:
    for test in (project.path / "tests").glob("test_*.py"):
        if test.name not in KEPT:
            test.unlink()

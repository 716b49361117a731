"""What the tests of a project on GitHub share."""

import shutil

import pytest

from ..conftest import Bake, Project
from ..planting import commit
from .act import STAND_INS

OWN = "ada/flights"
NOTED = "chore(model): note what is in production [skip ci]"


@pytest.fixture
def wired(bake: Bake) -> Project:
    """A project whose Makefile does nothing but pass on what jobs pass on."""
    project = bake(ci_provider="github-actions", init_git=True)
    makefile = project.path / "Makefile"
    makefile.rename(makefile.with_name("real.mk"))
    shutil.copy(STAND_INS / "Makefile", makefile)
    (project.path / "dvc.lock").touch()
    project.succeeds("git", "remote", "add", "origin", f"https://github.com/{OWN}.git")
    # What jobs push goes here, where main is checked out.
    project.succeeds("git", "config", "receive.denyCurrentBranch", "ignore")
    project.succeeds("make", "pipeline", ARTIFACTS=str(project.path))
    project.succeeds("git", "add", "Makefile", "real.mk", "dvc.lock", "reports")
    commit(project, "test: pass on what jobs pass on")
    return project


def note(project: Project, ledger: str, entry: str) -> None:
    """Let main have an entry that a workflow has noted."""
    project.succeeds("git", "switch", "--quiet", "main")
    (project.path / "governance").mkdir()
    (project.path / "governance" / ledger).write_text(f"{entry}\n")
    project.succeeds("git", "add", "governance")
    commit(project, NOTED)

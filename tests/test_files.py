"""Real checkers on the files that no test of the project runs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import CONFIG, ROOT, Bake


def check(folder: Path, program: str, *arguments: str) -> None:
    """Run a checker on a file or folder, and fail with what it prints."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    result = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("where", ["project", "template"])
def test_workflows_are_valid_and_safe(bake: Bake, where: str) -> None:
    folder = bake(init_git=True).path if where == "project" else ROOT
    workflows = [str(path) for path in (folder / ".github" / "workflows").glob("*.yml")]
    assert workflows
    check(folder, "actionlint", *workflows)
    check(folder, "zizmor", "--offline", "--quiet", "--min-severity=medium", *workflows)
    check(folder, "check-jsonschema", "--builtin-schema=vendor.github-workflows", *workflows)


@pytest.mark.parametrize("target", CONFIG["cloud_target"])
def test_the_dockerfile_is_good(bake: Bake, target: str) -> None:
    check(bake(cloud_target=target, init_git=False).path, "hadolint", "Dockerfile")


def test_the_documentation_builds_without_warnings(tmp_path: Path) -> None:
    check(ROOT, "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site"))


def test_the_readmes_commands_exist(bake: Bake) -> None:
    for folder in (ROOT, bake().path):
        makefile = (folder / "Makefile").read_text(encoding="utf-8")
        readme = (folder / "README.md").read_text(encoding="utf-8")
        targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
        named = set(re.findall(r"^(?:\$ )?make ([a-z-]+)", readme, re.MULTILINE))
        assert named, f"{folder.name} names no command"
        if folder == ROOT:
            named -= {"setup", "train", "serve"}  # those of the generated project
        assert named <= targets

"""Projects follow the template: cruft applies to them what has changed in it."""

import json
import subprocess
import sys
from pathlib import Path

from .conftest import TEMPLATE, Project


def run(folder: Path, *command: str) -> str:
    result = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def commit(folder: Path, message: str) -> None:
    author = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    run(folder, "git", "add", "--all")
    run(folder, "git", *author, "commit", "--quiet", "--no-verify", "--message", message)


def test_a_new_question_filter_and_hook_reach_a_project_that_was_made_before(
    template: Path, tmp_path: Path
) -> None:
    run(template, "git", "init", "--quiet")
    commit(template, "first version")
    cruft = (sys.executable, "-m", "cruft")
    run(tmp_path, *cruft, "create", str(template), "--no-input", "--output-dir", str(tmp_path))
    project = Project(tmp_path / "flight-delay")
    own = project.path / "src" / "flight_delay" / "dataset.py"
    own.write_text(own.read_text("utf-8") + "\n# mine\n", encoding="utf-8")
    commit(project.path, "my change")

    config = template / "cookiecutter.json"
    questions = json.loads(config.read_text("utf-8"))
    questions |= {"region": "north", "__check_region": "{{ cookiecutter.region | shouted }}"}
    config.write_text(json.dumps(questions, indent=4), encoding="utf-8")
    extension = template / "template_extensions.py"
    extended = extension.read_text("utf-8").replace(
        "        super().__init__(environment)\n",
        "        super().__init__(environment)\n        environment.filters['shouted'] = str.upper\n",
    )
    extension.write_text(extended, encoding="utf-8")
    hook = template / "hooks" / "post_gen_project.py"
    hook.write_text(hook.read_text("utf-8") + "\n# changed\n", encoding="utf-8")
    readme = template / TEMPLATE.name / "README.md"
    readme.write_text(readme.read_text("utf-8") + "\nIn the {{ cookiecutter.region }}.\n", "utf-8")
    commit(template, "second version")

    run(project.path, *cruft, "update", "--skip-apply-ask")
    assert project.read("README.md").endswith("In the north.\n")
    assert own.read_text("utf-8").endswith("# mine\n")
    changed = run(project.path, "git", "status", "--porcelain").split()
    assert set(changed[1::2]) == {".cruft.json", "README.md"}

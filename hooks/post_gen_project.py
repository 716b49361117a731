"""Lays the chosen options over the project and makes it a git repository."""

import json
import shutil
import subprocess
from pathlib import Path

ANSWERS = json.loads({{ cookiecutter | answers | quoted }})
OPTIONS = Path("_options")


def overlay() -> None:
    """Copy `_options/<question>/<answer>/` over the project's root, for each question."""
    for question in sorted(OPTIONS.iterdir()):
        # The answer is looked up among the folders, never made a path: it may be anything.
        folders = {folder.name: folder for folder in question.iterdir()}
        chosen = folders.get(str(ANSWERS.get(question.name)))
        if chosen is None:
            continue
        for source in sorted(path for path in chosen.rglob("*") if path.is_file()):
            target = source.relative_to(chosen)
            if target.exists() and target.read_bytes() != source.read_bytes():
                raise SystemExit(f"{source} collides with {target}, which exists already.")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    shutil.rmtree(OPTIONS)


def git(*arguments: str) -> None:
    # The user's own hooks and signing keys are for the user's own commits.
    safe = ["-c", "core.hooksPath=/dev/null", "-c", "commit.gpgsign=false"]
    author = ["-c", f"user.name={ANSWERS['author_name']}", "-c", f"user.email={ANSWERS['author_email']}"]
    subprocess.run(["git", *safe, *author, *arguments], check=True, capture_output=True, text=True)


def first_commit() -> None:
    """Commit everything, where git is there; without it the project is as good."""
    if not ANSWERS["init_git"] or not shutil.which("git") or Path(".git").exists():
        return
    try:
        git("init", "--quiet")
        git("symbolic-ref", "HEAD", "refs/heads/main")
        git("add", "--all")
        git("commit", "--quiet", "--message", "feat: start from cookiecutter-mlops-loop")
    except subprocess.CalledProcessError as error:
        print(f"No first commit: {error.stderr.strip()}")


overlay()
first_commit()
print(f"""
The project is ready. Next:

    cd {ANSWERS['project_slug']}
    make setup
    make train
""")

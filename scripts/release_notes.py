"""Writes what the changelog says of a release, if its tag, the version and the changelog agree."""

import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOTES = ROOT / "build" / "release-notes.md"


class NotReadyError(Exception):
    """A release that must not be made, and why."""


def notes(tag: str, metadata: str, changelog: str) -> str:
    """Return the changelog's section of a version.

    Args:
        tag: the tag, such as v1.2.0.
        metadata: the content of pyproject.toml.
        changelog: the content of CHANGELOG.md.
    """
    version: str = tomllib.loads(metadata)["project"]["version"]
    if tag != f"v{version}":
        raise NotReadyError(f"the tag is {tag!r}, but pyproject.toml has the version {version}")
    sections: list[str] = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    found = dict(section.split("\n", 1) for section in sections)
    if found.get("[Unreleased]", "").strip():
        raise NotReadyError("CHANGELOG.md has changes that are Unreleased")
    dated = re.compile(rf"\[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d")
    for heading, content in found.items():
        if dated.fullmatch(heading) and content.strip():
            return content.strip() + "\n"
    raise NotReadyError(f"CHANGELOG.md says nothing under `## [{version}] - <date>`")


def main() -> None:
    files = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "CHANGELOG.md")
    )
    try:
        text = notes(os.environ.get("TAG", ""), *files)
    except NotReadyError as error:
        sys.exit(f"No release: {error}.")
    NOTES.parent.mkdir(exist_ok=True)
    NOTES.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

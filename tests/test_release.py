"""A release is made only if its tag, the version and the changelog agree."""

import pytest

from scripts.release_notes import NotReadyError, notes

METADATA = '[project]\nversion = "1.2.0"\n'
CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.0] - 2026-11-26

### Added

- Something.

## [1.1.0] - 2026-10-01

- Something else.
"""


def test_the_notes_are_the_section_of_the_version() -> None:
    assert notes("v1.2.0", METADATA, CHANGELOG) == "### Added\n\n- Something.\n"


@pytest.mark.parametrize(
    ("tag", "change", "reason"),
    [
        ("v1.1.0", ("", ""), "the tag is 'v1.1.0'"),
        ("1.2.0", ("", ""), "the tag is '1.2.0'"),
        ("", ("", ""), "the tag is ''"),
        ("v1.2.0", ("[1.2.0]", "[1.3.0]"), r"nothing under `## \[1.2.0\]"),
        ("v1.2.0", ("[1.2.0]", "[1x2.0]"), r"nothing under `## \[1.2.0\]"),
        ("v1.2.0", (" - 2026-11-26", ""), r"nothing under `## \[1.2.0\]"),
        ("v1.2.0", ("### Added\n\n- Something.\n", ""), r"nothing under `## \[1.2.0\]"),
        ("v1.2.0", ("[Unreleased]\n", "[Unreleased]\n\n- More.\n"), "are Unreleased"),
    ],
)
def test_what_does_not_agree_is_no_release(tag: str, change: tuple[str, str], reason: str) -> None:
    with pytest.raises(NotReadyError, match=reason):
        notes(tag, METADATA, CHANGELOG.replace(*change))

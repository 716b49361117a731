"""The parts of the cards that people write, in `docs/card_notes.md`."""

import re

from .. import paths
from ..errors import ProjectError

SECTIONS = ("Intended use", "Limits", "About the data")


class NotesError(ProjectError):
    """A part that people have to write is missing."""


def read_notes() -> dict[str, str]:
    """Return the text of each section. Raises NotesError for one that is missing or empty."""
    text = paths.CARD_NOTES.read_text(encoding="utf-8") if paths.CARD_NOTES.exists() else ""
    _, *parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    found = {
        title.strip(): part.strip() for title, part in zip(parts[::2], parts[1::2], strict=True)
    }
    missing = [title for title in SECTIONS if not found.get(title)]
    if missing:
        raise NotesError(
            f"{paths.CARD_NOTES} has nothing under {', '.join(f'“## {title}”' for title in missing)}. "
            "The cards need it from somebody who knows."
        )
    return found

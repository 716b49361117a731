"""Markdown, and pages for a browser that need no other file."""

import base64
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

STYLE = "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}" + (
    "td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}table{border-collapse:collapse}"
    "img{max-width:100%}"
)
PICTURE = re.compile(r'src="([^":]+\.png)"')


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table; what is in a cell stays in it."""
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def page(title: str, markdown: str, folder: Path = Path()) -> str:
    """Return an HTML page, with the pictures that the text names in it.

    Args:
        folder: where the pictures are.
    """

    def embedded(match: re.Match[str]) -> str:
        content = base64.b64encode((folder / match[1]).read_bytes()).decode()
        return f'src="data:image/png;base64,{content}"'

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return (
        f'<!doctype html><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style>{PICTURE.sub(embedded, body)}"
    )


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")

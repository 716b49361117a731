"""The cards say what was measured, and what people have written."""

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.cards.notes import SECTIONS, NotesError, read_notes
from {{ cookiecutter.package_name }}.cards.text import page, table
from {{ cookiecutter.package_name }}.cards.write import CardError, write_cards
from {{ cookiecutter.package_name }}.cli import app
from {{ cookiecutter.package_name }}.params import Params
from {{ cookiecutter.package_name }}.registry.decision import decide
from {{ cookiecutter.package_name }}.registry.promotion import promote
from {{ cookiecutter.package_name }}.schema import Features


def test_the_model_card_has_what_was_measured(workspace: Path, params: Params) -> None:
    promote(params, why="the first one")
    assert CliRunner().invoke(app, ["cards"]).exit_code == 0
    text = paths.MODEL_CARD.read_text(encoding="utf-8")
    manifest, digest = bundle.verify(paths.CANDIDATE)
    assert text.startswith(f"# Model card: {manifest.name} {manifest.version}\n")
    for name, value in manifest.metrics["model"].items():
        assert f"| {name} | {value:.4f} |" in text
    for name, (lower, upper) in manifest.evaluation.intervals.items():
        value = manifest.metrics["model"][name]
        assert lower <= upper
        assert f"| {name} | {value:.4f} | {lower:.4f} to {upper:.4f} |" in text
    for name, part in manifest.evaluation.slices.items():
        assert f"| {name} | {part.rows:,} | {part.value:.4f} |" in text
    for told in (digest, manifest.data.md5, manifest.code.sha256, "the first one"):
        assert told in text
    for name in Features.model_fields:
        assert f"| `{name}` |" in text


def test_the_data_card_has_each_column(workspace: Path, params: Params) -> None:
    decide(params)
    write_cards(params)
    text = paths.DATA_CARD.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in Features.model_fields)


def test_what_people_wrote_survives(workspace: Path, params: Params) -> None:
    decide(params)
    notes = paths.CARD_NOTES.read_text(encoding="utf-8")
    changed = notes.replace("## Limits\n", "## Limits\n\nNot on the moon.\n")
    paths.CARD_NOTES.write_text(changed, encoding="utf-8")
    for _ in range(2):
        write_cards(params)
        assert "Not on the moon." in paths.MODEL_CARD.read_text(encoding="utf-8")
    assert paths.CARD_NOTES.read_text(encoding="utf-8") == changed


def test_the_same_model_gives_the_same_card(workspace: Path, params: Params) -> None:
    decide(params)
    write_cards(params)
    files = [paths.MODEL_CARD, paths.DATA_CARD, *sorted(paths.CARD_PICTURES.iterdir())]
    before = [file.read_bytes() for file in files]
    write_cards(params)
    assert [file.read_bytes() for file in files] == before


def test_pictures_show_something_and_the_pages_need_no_other_file(
    workspace: Path, params: Params
) -> None:
    decide(params)
    write_cards(params)
    pictures = sorted(paths.CARD_PICTURES.glob("*.png"))
    assert len(pictures) >= 4
    for picture in pictures:
        image = np.asarray(Image.open(picture).convert("RGB")).astype(int)
        assert image.shape[1] >= 600
        coloured = image.max(axis=2) - image.min(axis=2) > 50
        assert coloured.sum() > 100, picture
    named = 0
    for card in (paths.MODEL_CARD, paths.DATA_CARD):
        html = card.with_suffix(".html").read_text(encoding="utf-8")
        assert not re.search(r'src="(?!data:)', html)
        named += html.count('src="data:image/png;base64,')
    assert named == len(pictures)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_part_that_nobody_wrote_is_asked_for(workspace: Path, section: str) -> None:
    notes = paths.CARD_NOTES.read_text(encoding="utf-8")
    paths.CARD_NOTES.write_text(notes.replace(f"## {section}\n", "## Other\n"), encoding="utf-8")
    with pytest.raises(NotesError, match=section):
        read_notes()


def test_there_is_no_card_before_the_gate_has_judged(workspace: Path, params: Params) -> None:
    paths.GATE_REPORT.unlink(missing_ok=True)
    with pytest.raises(CardError, match="make pipeline"):
        write_cards(params)


def test_text_in_a_card_is_neither_markup_nor_another_cell() -> None:
    markdown = table(("a", "b"), [("x|y", "<script>alert(1)</script>\nz")])
    assert len(markdown.splitlines()) == 3
    html = page("a <b>", markdown)
    assert "<script>" not in html
    assert "<td>x|y</td>" in html
    assert "<title>a &lt;b&gt;</title>" in html

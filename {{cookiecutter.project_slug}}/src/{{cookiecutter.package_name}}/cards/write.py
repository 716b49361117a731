"""Write both cards, as Markdown for the repository and as pages for a browser."""

import json
from pathlib import Path

import pandas as pd

from .. import bundle, paths
from ..errors import ProjectError
from ..params import Params
from ..registry import ledger
from . import quality
from .data_card import data_card
from .model_card import Rules, model_card
from .notes import read_notes
from .pictures import missing_values, rows_over_time, save, slice_bars
from .text import page


class CardError(ProjectError):
    """There is nothing to write about yet."""


def write_cards(params: Params) -> str:
    """Write the cards of the candidate and of the collected rows; say where they are.

    Raises CardError before the gate has judged the candidate, NotesError if people have not written
    their part, BundleError and LedgerError.
    """
    notes = read_notes()
    manifest, digest = bundle.verify(paths.CANDIDATE)
    verdict, rules = _verdict(digest)
    figures = quality.figures()
    if manifest.evaluation.slices:
        figures["slices"] = (slice_bars(manifest), "The main metric in each slice")
    pictures = save(figures, paths.CARD_PICTURES)
    text = model_card(manifest, digest, verdict, rules, notes, pictures)
    _write(paths.MODEL_CARD, text)

    rows = pd.read_parquet(paths.RAW)
    shown = {
        "rows_over_time": (rows_over_time(rows), "Rows and the mean of the target by week"),
        "missing_values": (missing_values(rows), "The share of missing values by column"),
    }
    _write(paths.DATA_CARD, data_card(rows, params, notes, save(shown, paths.CARD_PICTURES)))
    return f"{paths.MODEL_CARD} and {paths.DATA_CARD}, each as a page (.html) beside it"


def _verdict(digest: str) -> tuple[str, Rules]:
    """Return what the gate says of a bundle, and by which rules."""
    entries = [entry for entry in ledger.read() if entry.target.bundle_digest == digest]
    if entries:
        entry = entries[-1]
        sentence = (
            f"{entry.decision.capitalize()} on {entry.time:%Y-%m-%d} by {entry.who}: {entry.why}."
        )
        rules = next((list(e.rules) for e in reversed(entries) if e.rules), [])
        return sentence, rules
    report = json.loads(paths.GATE_REPORT.read_bytes()) if paths.GATE_REPORT.exists() else {}
    if report.get("bundle_digest") != digest:
        raise CardError("The gate has not judged the candidate yet: `make pipeline` lets it.")
    return ("It has passed." if report["passed"] else "It is blocked."), report["rules"]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    title = text.splitlines()[0].removeprefix("# ")
    path.with_suffix(".html").write_text(page(title, text, path.parent), encoding="utf-8")

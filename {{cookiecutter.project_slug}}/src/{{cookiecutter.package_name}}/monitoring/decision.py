"""Whether the model is trained again. The monitor's ledger remembers what was decided."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from .. import paths
from ..params import Monitoring, Retraining
from ..registry import chain
from ..registry.chain import Link
from .observation import Observation, has_drifted

Kind = Literal["keep", "retrain", "trained"]


class Decision(Link):
    """What was decided once a window was over, or what came of it.

    Attributes:
        start, end: of the newest window then.
        until: the last day of rows whose labels have had their time: a training takes them up to then.
        model: the version that is watched.
        reasons: what speaks for training again.
        note: for "keep", what speaks against it; for "trained", what came of it.
    """

    start: datetime
    end: datetime
    until: date
    model: str
    decision: Kind
    reasons: tuple[str, ...]
    note: str


def read() -> list[Decision]:
    """Return all decisions. Raises LedgerError if they are not as they were written."""
    return chain.read(paths.MONITOR_LEDGER, Decision)


def decide(seen: Sequence[Observation], model: str, settings: Monitoring) -> Decision | None:
    """Decide by the newest windows, and note it; None if there is nothing new to note.

    A window is decided on when it is over. If nothing is wrong then, labels that come later may
    still show that the model has become worse: this is decided on once more, and nothing else.

    Args:
        seen: the windows, the oldest first.
        model: the version that is watched.

    Raises LedgerError as `read` does.
    """
    before = read()
    newest = seen[-1].window
    reasons = [reason for reason in (_drift(seen, settings), _worse(seen, settings)) if reason]
    why_not = _why_not(reasons, before, seen[-1], model, settings.retraining)
    noted = {entry.decision for entry in before if entry.end >= newest.end}
    if noted and (why_not or noted != {"keep"}):
        return None
    return chain.append(
        paths.MONITOR_LEDGER,
        Decision,
        start=newest.start.isoformat(),
        end=newest.end.isoformat(),
        until=_until(seen).isoformat(),
        model=model,
        decision="keep" if why_not else "retrain",
        reasons=reasons,
        note=why_not,
    )


def wanted(decisions: Sequence[Decision], model: str) -> Decision | None:
    """Return the decision to train again that nothing has come of yet, if there is one.

    Args:
        decisions: all of them, the oldest first.
        model: the version that is watched. Once it is another one, whoever promoted that has trained.
    """
    acted = [entry for entry in decisions if entry.decision != "keep"]
    is_wanted = acted and acted[-1].decision == "retrain" and acted[-1].model == model
    return acted[-1] if is_wanted else None


def note_outcome(of: Decision, outcome: str) -> None:
    """Note what came of a decision to train again."""
    chain.append(
        paths.MONITOR_LEDGER,
        Decision,
        start=of.start.isoformat(),
        end=of.end.isoformat(),
        until=of.until.isoformat(),
        model=of.model,
        decision="trained",
        reasons=list(of.reasons),
        note=outcome,
    )


def _until(seen: Sequence[Observation]) -> date:
    """Return the last day that a training can take rows of: labels that come first may be of a kind."""
    days = [one.newest for one in seen if one.is_due and one.newest]
    return max(days, default=seen[-1].newest or seen[-1].window.end.date())


def _drift(seen: Sequence[Observation], settings: Monitoring) -> str:
    """Return what has drifted in each of the newest windows that have a verdict, if it is enough."""
    told = [one.unusual for one in seen if one.drifted is not None]
    told = told[-settings.retraining.consecutive :]
    if len(told) < settings.retraining.consecutive:
        return ""
    lasting = set.intersection(*(set(unusual) for unusual in told))
    by_least = {name: min(one[name] for one in told) for name in told[-1] if name in lasting}
    return has_drifted(by_least, settings.drift)


def _worse(seen: Sequence[Observation], settings: Monitoring) -> str:
    """Return how much worse the model is, if it is in each of the newest windows with a verdict."""
    told = [one.worse for one in seen if one.worse is not None][-settings.retraining.consecutive :]
    return told[-1] if len(told) == settings.retraining.consecutive and all(told) else ""


def _why_not(
    reasons: Sequence[str],
    before: Sequence[Decision],
    newest: Observation,
    model: str,
    settings: Retraining,
) -> str:
    if not reasons and newest.version not in ("", model):
        return f"{newest.version} has answered, not {model}: is the champion not deployed?"
    if not reasons:
        return f"nothing is wrong for {settings.consecutive} windows in a row"
    # Between ends of windows, so that a log that is gone through later gives the same decisions.
    last = max((entry.end for entry in before if entry.decision == "retrain"), default=None)
    cooldown = timedelta(hours=settings.cooldown_hours)
    if last and newest.window.end - last < cooldown:
        return f"the last retraining was for {last:%Y-%m-%d %H:%M}, less than {cooldown} before"
    return ""

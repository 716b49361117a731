"""Says what happens in the workplace as it happens, and remembers it for the page."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import click

from .. import paths
from ..evaluation import MAIN_METRIC
from ..monitoring.decision import Decision
from ..registry import chain
from ..registry.ledger import Entry
from .traffic import Traffic, Week
from .workplace import Alerts, LoopError, Workplace

Json = dict[str, Any]

PATIENCE = 300.0  # seconds that anything may take
MANY = 6  # columns that have drifted: no more are named


@dataclass(frozen=True)
class Event:
    """Something that has happened.

    Attributes:
        seconds: since the story began.
        week: that was asked about then; None before the first one.
    """

    seconds: float
    week: Week | None
    text: str


@dataclass
class Narrator:
    """Looks at what monitor, gate and alerts have written, again and again.

    Attributes:
        alerts: None where nothing evaluates them.
        seen: what the monitor has said last of each week, in order.
    """

    workplace: Workplace
    events: list[Event] = field(default_factory=list)
    traffic: Traffic | None = None
    alerts: Alerts | None = None
    seen: dict[datetime, Json] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)
    _said: set[str] = field(default_factory=set)
    _firing: set[str] = field(default_factory=set)

    def say(self, text: str) -> None:
        """Say something, with the time since the story began."""
        week = self.traffic.weeks[-1] if self.traffic and self.traffic.weeks else None
        event = Event(time.monotonic() - self._began, week, text)
        self.events.append(event)
        minutes, seconds = divmod(round(event.seconds), 60)
        click.echo(f"{minutes}:{seconds:02}  {text}")

    def wait(self, happens: Callable[[], bool], what: str) -> None:
        """Follow until something happens. Raises LoopError if it does not."""
        deadline = time.monotonic() + PATIENCE
        while not happens():
            self.follow()
            self.workplace.check_servers()
            if time.monotonic() > deadline:
                raise LoopError(f"{what}: that did not happen within {PATIENCE:.0f} seconds.")
            if self.traffic and self.traffic.is_over:
                raise LoopError(f"{what}: that did not happen before the rows came to an end.")
            time.sleep(0.5)
        self.follow()

    def decisions(self) -> list[Decision]:
        return chain.read(self.workplace.folder / paths.MONITOR_LEDGER, Decision)

    def promotions(self) -> list[Entry]:
        return chain.read(self.workplace.folder / paths.LEDGER, Entry)

    def judged(self, version: str) -> list[Week]:
        """Return the weeks that a version alone has answered, and whose labels have come."""
        weeks = self.traffic.weeks if self.traffic else []
        return [
            week
            for week in weeks
            if set(week.versions) == {version}
            and (window := self.seen.get(week.window.start))
            and window["is_due"]
            and window["quality"]
        ]

    def follow(self) -> None:
        """Say what is new."""
        self._follow_the_monitor()
        for entry in self.decisions():
            self._once(f"decision {entry.sequence}", _of_decision(entry))
        for promotion in self.promotions():
            self._once(f"gate {promotion.sequence}", _of_gate(promotion))
        before, self._firing = self._firing, self.alerts.firing() if self.alerts else set()
        for alert in sorted(self._firing - before):
            self.say(f"alert: {alert} fires")

    def _follow_the_monitor(self) -> None:
        report = self.workplace.folder / paths.MONITOR_REPORT
        if not self.traffic or not report.exists():
            return
        content = json.loads(report.read_text(encoding="utf-8"))
        for window in content["windows"]:
            start = datetime.fromisoformat(window["start"])
            week = self.traffic.week_of(start)
            if week is None:
                continue  # from before the first one
            if window["model"] != content["model"]:
                window["expected"] = None  # that is of the model that is watched now
            # What was known of it as long as the model that answered was watched, stays known.
            known = {name: value for name, value in window.items() if value is not None}
            self.seen[start] = self.seen.get(start, window) | known
            if window["drift"]:
                drifted = _shortened(list(window["unusual"])) or "no drift"
                self._once(f"drift {start}", f"monitor: {week}: {drifted}")
            if window["is_due"] and window["quality"]:
                self._once(f"quality {start}", f"labels: {week}: {_quality(window)}")

    def _once(self, key: str, text: str) -> None:
        if text and key not in self._said:
            self._said.add(key)
            self.say(text)


def _shortened(columns: list[str]) -> str:
    names = ", ".join(columns[:MANY])
    more = f" and {len(columns) - MANY} more" if len(columns) > MANY else ""
    return f"drift of {names}{more}" if columns else ""


def _quality(window: Json) -> str:
    value, expected = window["quality"][MAIN_METRIC], window["expected"]
    compared = f", {expected:.3f} expected" if expected is not None else ""
    worse = "; worse than chance explains" if window["worse"] else ""
    return f"{MAIN_METRIC} {value:.3f}{compared}{worse}"


def _of_decision(entry: Decision) -> str:
    if entry.decision == "retrain":
        return f"guard: train again, because of {'; '.join(entry.reasons)}"
    if entry.decision == "trained":
        return f"guard: {entry.note}"
    return f"guard: not yet: {entry.note}" if entry.reasons else ""


def _of_gate(entry: Entry) -> str:
    kept = sum(rule["passed"] for rule in entry.rules)
    rules = f", {kept} of {len(entry.rules)} rules hold" if entry.rules else ""
    return f"registry: {entry.target.version} {entry.decision}{rules}"

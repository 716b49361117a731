"""Which variables and secrets the CI has, and which it lacks."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from . import provider
from .settings import SETTINGS, Setting


@dataclass(frozen=True)
class Finding:
    setting: Setting
    state: Literal["set", "missing", "malformed"]

    @property
    def wrong(self) -> bool:
        """Whether something does not work because of it."""
        return self.state == "malformed" or (
            self.state == "missing" and self.setting.needed_for == "delivery"
        )


def examine() -> list[Finding]:
    """Look at each setting: in a job at its environment, elsewhere at what the CI says it has.

    Raises ProjectError if the CI cannot be asked.
    """
    values = os.environ if os.environ.get("CI") else provider.known()
    return [Finding(setting, _state(setting, values)) for setting in SETTINGS]


def _state(setting: Setting, values: Mapping[str, str]) -> Literal["set", "missing", "malformed"]:
    # The CI hands over an empty text for what is not set, and never tells what a secret is.
    if not values.get(setting.name):
        return "missing"
    fits = setting.secret or re.fullmatch(setting.pattern, values[setting.name])
    return "set" if fits else "malformed"

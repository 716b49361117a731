"""Choices that are tested together."""

import heapq
import itertools

import pytest

from .conftest import CONFIG, THE_SAME, ignoring

CHOICES = {key: value for key, value in CONFIG.items() if isinstance(value, list) and key[0] != "_"}
UNSUPPORTED = CONFIG["_unsupported"]

Combination = tuple[str, ...]


def supported(values: Combination) -> bool:
    """Whether the template takes all these choices together."""
    chosen = dict(zip(CHOICES, values, strict=True))
    return not any(
        all(chosen[key] in choices for key, choices in rule.items() if key != "reason")
        for rule in UNSUPPORTED
    )


def combinations(together: int) -> list[Combination]:
    """Return combinations in which every so many choices meet at least once."""
    candidates = [values for values in itertools.product(*CHOICES.values()) if supported(values)]
    covers = [set(itertools.combinations(enumerate(c), together)) for c in candidates]
    missing = set().union(*covers)
    found = []
    # The best comes first. What a candidate adds only gets less, so most need no second look.
    best = [(-len(cover), number) for number, cover in enumerate(covers)]
    while missing:
        number = heapq.heappop(best)[1]
        adds = -len(covers[number] & missing)
        if best and (adds, number) > best[0]:
            heapq.heappush(best, (adds, number))
            continue
        missing -= covers[number]
        found.append(candidates[number])
    return found


PAIRWISE = combinations(2)  # every pair of choices stands in one of them
FIRST_PUSHES = [dict(zip(CHOICES, values, strict=True)) for values in PAIRWISE]


def first_pushes(provider: str) -> pytest.MarkDecorator:
    """Give a test `answers`: the default ones, and those of each project of the pairwise set.

    Only the default project is among the slow tests; the others take hours. All have names of their
    own, so that their images do not take each other's place.
    """
    others = [
        pytest.param(
            answers | {"project_name": f"First Push {number}"},
            id="-".join(answers.values()),
            marks=pytest.mark.matrix,
        )
        for number, answers in enumerate(FIRST_PUSHES)
        if answers["ci_provider"] == provider
    ]
    own = {"ci_provider": provider, "project_name": f"First Push {provider}"}
    default = pytest.param(own, id="default", marks=[pytest.mark.slow, pytest.mark.long])
    return pytest.mark.parametrize("answers", [default, *others])


def own_tests_for(answers: dict[str, str]) -> dict[str, str]:
    """Return the settings by which the job `test` leaves out what another test has run for this kind.

    The default project runs few, and those of its kind leave out what knows nothing of the choices in
    which they differ: `make test` runs all of it. Other kinds run all, and have each choice among them.
    """
    if "cloud_target" not in answers:
        few = ("ci", "cli", "deployment", "schema")
        return {"PYTEST_ADDOPTS": " ".join(f"tests/test_{name}.py" for name in few)}
    kind = ("problem_type", "monitoring")
    if all(answers[question] == CHOICES[question][0] for question in kind):
        return {"PYTEST_ADDOPTS": " ".join(ignoring(*THE_SAME))}
    return {}

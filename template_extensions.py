"""Checks of the answers while they are typed, and filters that quote them in the files.

A private variable behind each question in cookiecutter.json, `__check_<question>`, runs a check.
Raising FailedHookException there ends the program with the message and status 1 before anything is
written; a hook would come too late.
"""

import json
import keyword
import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

LONGEST_TEXT = 200
LONGEST_NAME = 40

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[^\s@<>\"(),:;\\\[\]]+\.[^\s@<>\"(),:;\\\[\].]+")
REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")

# Control characters, line and paragraph separators, surrogates, unassigned code points.
FORBIDDEN_CATEGORIES = {"Cc", "Cn", "Cs", "Zl", "Zp"}
# They make text read otherwise than it is written, in source code too (CVE-2021-42574).
BIDI_CONTROLS = {chr(point) for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
DELIMITERS = ("{{", "{%", "{#")

TEMPLATE = Path(__file__).parent
# What the names of folders in the template are made of.
PATH_PARTS = ("{{cookiecutter.project_slug}}", "{{cookiecutter.package_name}}")

# Modules of requirements that are not called like their distribution.
MODULES = {
    "markdown-it-py": "markdown_it",
    "pyyaml": "yaml",
    "ruamel.yaml": "ruamel",
    "scikit-learn": "sklearn",
    "types-jsonschema": "jsonschema",
    "types-pyyaml": "yaml",
}
# Folders and modules that Python would find before the package, or instead of it.
RESERVED = {"src", "tests", "docs", "data", "models", "reports", "conftest"}


def refuse(question: str, answer: object, expected: str) -> FailedHookException:
    shown = str(answer)
    shown = ascii(shown) if len(shown) <= 60 else f"{shown[:60]!a}…"
    return FailedHookException(f"{question}: {shown} cannot be used. Expected {expected}.")


def checked_text(answer: Any, question: str) -> str:
    """Check an answer in free text."""
    text = str(answer)
    expected = f"one line of 1 to {LONGEST_TEXT} characters"
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise refuse(question, text, expected)
    if text != text.strip():
        raise refuse(question, text, f"{expected} that neither begins nor ends with a space")
    for character in text:
        forbidden = unicodedata.category(character) in FORBIDDEN_CATEGORIES
        if forbidden or character in BIDI_CONTROLS:
            raise refuse(question, text, f"{expected}, without {character!a}")
    refuse_template(text, question)
    return text


def refuse_template(text: str, question: str) -> None:
    """Refuse what cookiecutter would render: it does so with answers given on the command line."""
    for delimiter in DELIMITERS:
        if delimiter in text:
            raise refuse(question, text, f"a text without {delimiter}, which begins a template")


def checked_slug(answer: Any) -> str:
    """Check the name of the folder, the command and what runs in the cloud."""
    slug = str(answer)
    if len(slug) > LONGEST_NAME or not SLUG.fullmatch(slug):
        raise refuse(
            "project_slug",
            slug,
            f"at most {LONGEST_NAME} lower-case letters, digits and single dashes, "
            "a letter first, such as flight-delay",
        )
    return slug


def checked_package(answer: Any, requirements: dict[str, Any]) -> str:
    """Check the name of the Python package."""
    name = str(answer)
    if len(name) > LONGEST_NAME or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise refuse(
            "package_name",
            name,
            f"at most {LONGEST_NAME} lower-case letters, digits and underscores, "
            "a letter first, such as flight_delay",
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise refuse("package_name", name, "a name that is not a keyword of Python")
    if name in sys.stdlib_module_names or name in RESERVED:
        raise refuse("package_name", name, "a name that Python or the project does not use itself")
    if name in modules_of(requirements):
        raise refuse("package_name", name, "a name that none of the project's requirements has")
    return name


def modules_of(requirements: dict[str, Any]) -> set[str]:
    """Return the modules that the requirements install, those of every choice included."""
    modules = set()
    for requirement in texts_in(requirements):
        match = REQUIREMENT.match(requirement)
        assert match, requirement
        distribution = match.group().lower()
        modules.add(MODULES.get(distribution, distribution.replace("-", "_")))
    return modules


def texts_in(content: Any) -> Iterator[str]:
    """Give all texts in nested lists and dictionaries, but for the keys."""
    match content:
        case str():
            yield content
        case list():
            for item in content:
                yield from texts_in(item)
        case dict():
            yield from texts_in(list(content.values()))


def checked_email(answer: Any) -> str:
    """Check an e-mail address, roughly: whether it exists only a message can tell."""
    address = checked_text(answer, "author_email")
    if not EMAIL.fullmatch(address):
        raise refuse("author_email", address, "an address such as ada@example.com")
    return address


def checked_support(context: dict[str, Any], question: str) -> str:
    """Check that a choice goes with those before it, and return it."""
    for rule in context["_unsupported"]:
        refused = {key: choices for key, choices in rule.items() if key != "reason"}
        # What is asked later is not in the context yet, and comes with a check of its own.
        if question in refused and all(context.get(key) in refused[key] for key in refused):
            others = ", ".join(str(context[key]) for key in refused if key != question)
            expected = f"another one with {others}. {rule['reason']}"
            raise refuse(question, context[question], expected)
    return str(context[question])


def quoted(value: Any) -> str:
    """Quote a value so that TOML, YAML, JSON and Python all read it back alike."""
    return json.dumps(value, ensure_ascii=False)


def answers(context: dict[str, Any]) -> str:
    """Return the answers to the questions as JSON."""
    return json.dumps({key: value for key, value in context.items() if not key.startswith("_")})


def python_string(text: str) -> str:
    """Quote a text for Python, with the quotes that formatters prefer: those with fewer escapes."""
    double = quoted(text)
    if text.count('"') <= text.count("'"):
        return double
    inner = double[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


def markdown(text: str) -> str:
    """Escape what Markdown would take for markup."""
    return re.sub(r"([\\`*_<>\[\]~|$]|^[#+-]|&(?=#?\w+;))", r"\\\1", text)


@cache
def own_texts() -> frozenset[str]:
    """Return the texts in cookiecutter.json and the hooks, which cookiecutter is to render."""
    hooks = (hook.read_text(encoding="utf-8") for hook in (TEMPLATE / "hooks").glob("*.py"))
    config = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    return frozenset([*hooks, *texts_in(config)])


def is_own(source: str) -> bool:
    """Whether a text is a path of the template, or written in its configuration or its hooks."""
    if source in own_texts():
        return True
    for part in PATH_PARTS:
        source = source.replace(part, "")
    return not any(delimiter in source for delimiter in DELIMITERS)


class AnswerExtension(Extension):
    """Registers the checks and filters, and keeps answers from being rendered."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        # An update renders two versions of the template in one process: each needs its own module.
        sys.modules.pop(__name__, None)
        for function in (
            checked_text,
            checked_slug,
            checked_package,
            checked_email,
            checked_support,
            answers,
            quoted,
            python_string,
            markdown,
        ):
            environment.filters[function.__name__] = function

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Refuse to render a text that is not the template's own.

        Cookiecutter renders answers from the command line and from replay files as if they were
        defaults. The texts that the template itself asks for are known; others are answers.
        """
        if name is None and not is_own(source):
            refuse_template(source, "answer")
        return source

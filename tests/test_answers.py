"""Answers are refused while they are typed, or shown unchanged by every file."""

import ast
import tomllib
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter
from markdown_it import MarkdownIt

from scripts import make_support_matrix

from .conftest import CONFIG, ROOT, Bake, Project

# What a description, a name or a title may well contain.
FAITHFUL = {
    "quotes": """The "best" of 'both' worlds""",
    "more double quotes": '"a" "b" \'c',
    "apostrophe": "O'Brien's project",
    "backslashes": r"C:\new\table \" \' \\",
    "shell": "$(touch x) `touch x` ; touch x && $HOME | touch x",
    "markdown": "# *a* _b_ <b>c</b> [d](e) [/g] ~~f~~ &amp; $g$ | h",
    "yaml": "yes: [no, {null}] # - & * ! % @ ,",
    "braces": "{ } %s %(name)s {0} ${x} {x}",
    "path": "../escape /etc/passwd",
    "accents": "Łódź, Ünïcödé, ça marche",
    "CJK": "航班延误预测",
    "right to left": "تأخير الرحلات",
    "emoji": "Flights ✈️ 👩‍👩‍👧 🇳🇴",
    "only symbols": "---",
    "number": "1e5",
    "boolean": "true",
    "long": "x" * 200,
}
REFUSED_TEXTS = {
    "empty": "",
    "blank": "   ",
    "space at the end": "text ",
    "too long": "x" * 201,
    "300 characters": "x" * 300,
    "newline": "two\nlines",
    "carriage return": "two\rlines",
    "line separator": "two\u2028lines",
    "tab": "two\tcolumns",
    "null": "a\0b",
    "escape": "\x1b[31mred",
    "text direction": "abc\u202edef",
    "expression": "{{ 7*7 }}",
    "code": "{{ cycler.__init__.__globals__.os.system('touch executed') }}",
    "statement": "{% raw %}",
    "comment": "{# note #}",
    "private variable": "{{ cookiecutter._requirements }}",
}
REFUSED_SLUGS = [
    "",
    "Flight-Delay",
    "flight_delay",
    "flight--delay",
    "-flight",
    "flight-",
    "1st-flight",
    "flight delay",
    "../escape",
    "/escape",
    "a/b",
    ".",
    "x" * 41,
    "flüge",
    "a\n",
    "{{ 7*7 }}",
]
REFUSED_PACKAGES = [
    "",
    "Flights",
    "flight-delay",
    "1flights",
    "_flights",
    "../escape",
    "a.b",
    "flüge",
    "x" * 41,
    "class",
    "match",
    "json",
    "asyncio",
    "sklearn",
    "fastapi",
    "mlflow",
    "yaml",
    "pydantic_settings",
    "prometheus_client",
    "tests",
    "data",
    "a\n",
]
REFUSED_EMAILS = ["", "ada", "ada@", "@example.com", "ada@example", "a b@example.com", "a@b@c.com"]


@pytest.mark.parametrize("text", FAITHFUL.values(), ids=FAITHFUL.keys())
def test_a_text_is_shown_unchanged_by_every_file(bake: Bake, text: str) -> None:
    project = bake(
        project_name=text,
        project_slug="demo",
        description=text,
        author_name=text,
        init_git=False,
    )
    metadata = tomllib.loads(project.read("pyproject.toml"))["project"]
    assert metadata["description"] == metadata["authors"][0]["name"] == text
    assert constants(project)["TITLE"] == constants(project)["DESCRIPTION"] == text
    assert text in project.read("LICENSE")
    assert headings(project.read("README.md"))[0] == text
    assert not list(project.path.parent.rglob("x"))
    project.succeeds("ruff", "format", "--check", "--isolated", "--line-length=100", "src")


def constants(project: Project) -> dict[str, str]:
    """Return the constants of the package, without running it."""
    tree = ast.parse(project.read("src/demo/__init__.py"))
    return {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }


def headings(text: str) -> list[str]:
    """Return the headings of a Markdown text as a reader sees them."""
    tokens = MarkdownIt().parse(text)
    return [
        "".join(child.content for child in tokens[position + 1].children or [])
        for position, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


@pytest.mark.parametrize("question", ["project_name", "description", "author_name"])
@pytest.mark.parametrize("text", REFUSED_TEXTS.values(), ids=REFUSED_TEXTS.keys())
def test_a_text_that_cannot_be_shown_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(tmp_path, **{"project_slug": "demo", question: text})


@pytest.mark.parametrize("slug", REFUSED_SLUGS, ids=ascii)
def test_a_slug_that_is_no_name_for_a_folder_is_refused(tmp_path: Path, slug: str) -> None:
    refused(tmp_path, project_slug=slug, package_name="demo")


@pytest.mark.parametrize("package", REFUSED_PACKAGES, ids=ascii)
def test_a_package_that_cannot_be_imported_is_refused(tmp_path: Path, package: str) -> None:
    refused(tmp_path, package_name=package)


@pytest.mark.parametrize("email", REFUSED_EMAILS, ids=ascii)
def test_an_address_that_is_none_is_refused(tmp_path: Path, email: str) -> None:
    refused(tmp_path, author_email=email)


def refused(folder: Path, **answers: str) -> None:
    """Check that answers are refused with a message, and that nothing is left."""
    with pytest.raises(FailedHookException, match="cannot be used"):
        cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context=answers,
            output_dir=str(folder),
            default_config=True,
        )
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("name", "slug", "package"),
    [
        ("Flight Delay", "flight-delay", "flight_delay"),
        ("Žluťoučký kůň 2", "zlutoucky-kun-2", "zlutoucky_kun_2"),
        ("x" * 60, "x" * 40, "x" * 40),
    ],
)
def test_slug_and_package_follow_from_the_name(
    bake: Bake, name: str, slug: str, package: str
) -> None:
    project = bake(project_name=name, init_git=False)
    assert project.path.name == slug
    assert (project.path / "src" / package / "schema.py").is_file()


def test_every_question_has_a_prompt() -> None:
    questions = {key for key in CONFIG if not key.startswith("_")}
    assert set(CONFIG["__prompts__"]) == questions
    for question in questions:
        if isinstance(CONFIG[question], list):
            labels = set(CONFIG["__prompts__"][question]) - {"__prompt__"}
            assert labels == set(CONFIG[question])


def test_the_page_of_what_is_supported_is_written_from_the_table_of_the_check() -> None:
    assert make_support_matrix.PAGE.read_text(encoding="utf-8") == make_support_matrix.page(CONFIG)

"""The workflows of a project on GitHub: what checkers and rules find in them."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_cookies.plugin import Cookies

from ..ci import family, settings_of
from ..conftest import CONFIG, Project, render
from ..terraform import jobs_with_terraform
from ..test_files import check
from .act import JOBS

# Which jobs run Terraform: on AWS, an image is published without it.
DEPLOY = {"infrastructure", "staging", "production"}
TERRAFORM = {"aws": DEPLOY, "gcp": DEPLOY | {"release"}, "azure": DEPLOY | {"release"}}


@pytest.fixture(scope="session", params=CONFIG["cloud_target"])
def rendered(request: pytest.FixtureRequest, cookies_session: Cookies) -> Project:
    """A project for each target. Tests leave it as they found it."""
    return render(cookies_session, ci_provider="github-actions", cloud_target=request.param)


def workflows(project: Project) -> dict[str, dict[str, Any]]:
    """Return the workflows by the names of their files."""
    files = (project.path / ".github" / "workflows").glob("*.yml")
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def steps(project: Project) -> list[dict[str, Any]]:
    """Return the steps of all jobs and actions."""
    jobs = [job for workflow in workflows(project).values() for job in workflow["jobs"].values()]
    actions = [
        yaml.safe_load(file.read_text(encoding="utf-8"))["runs"]
        for file in (project.path / ".github" / "actions").glob("*/action.yml")
    ]
    return [step for found in (*jobs, *actions) for step in found.get("steps", [])]


def test_checkers_find_nothing(rendered: Project) -> None:
    github = rendered.path / ".github"
    found = [str(path) for path in sorted((github / "workflows").glob("*.yml"))]
    actions = [str(path) for path in sorted((github / "actions").glob("*/action.yml"))]
    assert shutil.which("shellcheck"), "actionlint would not look into scripts"
    check(rendered.path, "actionlint", *found)
    check(rendered.path, "zizmor", "--offline", "--quiet", "--min-severity=medium", ".")
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.github-workflows", *found)
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.github-actions", *actions)
    dependabot = str(github / "dependabot.yml")
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.dependabot", dependabot)


def test_actions_know_what_they_are_told(rendered: Project, tmp_path: Path) -> None:
    # actionlint knows actions by their major versions, and not by commits.
    for file in (rendered.path / ".github" / "workflows").glob("*.yml"):
        text = re.sub(r"@[0-9a-f]{40} # (v\d+)\S*", r"@\1", file.read_text(encoding="utf-8"))
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    check(tmp_path, "actionlint", *(str(path) for path in tmp_path.glob("*.yml")))


def test_jobs_have_the_names_of_all_providers(rendered: Project) -> None:
    infrastructure = {"infrastructure"} if family(rendered) != "local" else set()
    expected = {**JOBS, "integrate": JOBS["integrate"] | infrastructure}
    assert {name: set(found["jobs"]) for name, found in workflows(rendered).items()} == expected


def test_every_job_has_a_limit_and_no_rights_but_its_own(rendered: Project) -> None:
    for workflow in workflows(rendered).values():
        assert workflow["permissions"] == {}
        assert workflow["concurrency"]["group"]
        for name, job in workflow["jobs"].items():
            assert "permissions" in job, name
            if "uses" not in job:
                assert job["runs-on"] == "ubuntu-24.04", name
                assert job["timeout-minutes"] <= 120, name


def test_a_rollback_waits_for_jobs_of_a_delivery_and_not_for_its_approval(
    rendered: Project,
) -> None:
    deliver = workflows(rendered)["deliver"]
    assert deliver["concurrency"]["group"] == "deliver-${{ github.event_name }}"
    # What two of them would break, they do one after the other.
    held = {
        name: job["concurrency"] for name, job in deliver["jobs"].items() if "concurrency" in job
    }
    assert held == {name: name for name in ("release", "staging", "production")}


def test_the_jobs_have_the_python_of_the_image(rendered: Project) -> None:
    (setup,) = [s for s in steps(rendered) if s.get("uses", "").startswith("astral-sh/setup-uv@")]
    images = set(re.findall(r"^FROM python:([\d.]+)-", rendered.read("Dockerfile"), re.MULTILINE))
    assert images == {setup["with"]["python-version"]}
    updates = yaml.safe_load(rendered.read(".github/dependabot.yml"))["updates"]
    (docker,) = [update for update in updates if update["package-ecosystem"] == "docker"]
    (ignored,) = docker["ignore"]
    assert ignored["dependency-name"] == "python"


def test_a_job_says_how_to_repeat_it_with_what_people_have_told_it(rendered: Project) -> None:
    params = "train.seed=7 $(touch planted) $(shell touch planted)'\""
    in_ci = {"CI": "true", "MAKELEVEL": "0"}  # these tests may be run by make themselves
    told = {"PARAMS": params, "REASON": "", "VERSION": "3"}
    output = rendered.succeeds("make", "--dry-run", "retrain", "BASE=main", **in_ci, **told)
    line = re.search("^To repeat this elsewhere: .* FETCH_HEAD && (.*)$", output, re.MULTILINE)
    assert line
    assert shlex.split(line[1]) == [f"PARAMS={params}", "VERSION=3", "make", "retrain", "BASE=main"]
    assert not (rendered.path / "planted").exists()
    plain = rendered.succeeds("make", "--dry-run", "test", **in_ci)
    assert " FETCH_HEAD && make test" in plain


def test_no_input_gets_into_a_script_but_by_the_environment(rendered: Project) -> None:
    for step in steps(rendered):
        assert "${{" not in step.get("run", ""), step


def test_actions_are_pinned_by_commit(rendered: Project) -> None:
    for step in steps(rendered):
        if "uses" in step and not step["uses"].startswith("./"):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])
            if step["uses"].startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_a_forks_code_gets_neither_secrets_nor_a_sign_in(rendered: Project) -> None:
    for name, job in workflows(rendered)["integrate"]["jobs"].items():
        assert "secrets." not in str({key: job[key] for key in job if key != "steps"}), name
        for step in job["steps"]:
            signs_in = step.get("uses", "").startswith(("aws-", "google-", "azure/", "docker/"))
            if signs_in or step.get("run", "").startswith("az "):
                assert step["if"].startswith("env.OWN_CODE == 'true' && ")
            for value in step.get("env", {}).values():
                assert "secrets." not in value or "env.OWN_CODE == 'true' && " in value


def test_jobs_that_come_to_terraform_have_set_it_up(rendered: Project) -> None:
    jobs = {
        name: [
            line for step in job["steps"] for line in (step.get("uses") or step["run"]).splitlines()
        ]
        for workflow in workflows(rendered).values()
        for name, job in workflow["jobs"].items()
        if "steps" in job
    }
    assert jobs_with_terraform(rendered, jobs) == TERRAFORM.get(family(rendered), set())


def test_the_doctor_sees_all_settings(rendered: Project) -> None:
    settings = {setting.name for setting in settings_of(rendered)}
    job = workflows(rendered)["deliver"]["jobs"]["release"]
    (doctor,) = [step for step in job["steps"] if step.get("run") == "make ci-doctor"]
    seen = {name for name in job["env"] | doctor["env"] if not name.startswith("ARM_")}
    assert seen == settings

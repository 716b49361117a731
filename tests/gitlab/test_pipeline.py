"""The pipelines of a project on GitLab: what checkers and rules find in them."""

import json
import re
from pathlib import Path

import pytest
import yaml
from pytest_cookies.plugin import Cookies

from ..ci import family, settings_of
from ..conftest import CONFIG, Project, render
from ..terraform import jobs_with_terraform
from ..test_files import check
from .pipeline import (
    DELIVER,
    INTEGRATE,
    MONITOR,
    ROLLBACK,
    TRAIN,
    Pipeline,
    needs_runner,
    read,
    with_origin,
)

READERS, TRAINERS = {"data", "pipeline"}, {"train", "monitor"}
DEPLOYERS = {"release", "rollback", "staging", "production"}
IDENTITIES = {
    "aws": ("AWS_READ_ROLE_ARN", "AWS_TRAIN_ROLE_ARN", "AWS_DEPLOY_ROLE_ARN"),
    "gcp": ("GCP_READ_ACCOUNT", "GCP_TRAIN_ACCOUNT", "GCP_DEPLOY_ACCOUNT"),
    "azure": ("AZURE_TRAIN_CLIENT_ID", "AZURE_DEPLOY_CLIENT_ID"),
}
STAGES = ("integrate", "deliver", "train", "monitor")


@pytest.fixture(scope="module", params=CONFIG["cloud_target"])
def rendered(request: pytest.FixtureRequest, cookies_session: Cookies) -> Project:
    return render(cookies_session, ci_provider="gitlab-ci", cloud_target=request.param)


def expected_integrate(project: Project) -> set[str]:
    return INTEGRATE if family(project) == "local" else INTEGRATE | {"infrastructure"}


def test_files_are_valid(rendered: Project, tmp_path: Path) -> None:
    found = read(rendered)
    # The schema takes anything for what jobs extend: it sees that as a part of each of them.
    complete = tmp_path / "complete.yml"
    complete.write_text(yaml.safe_dump(found.settings | found.named()), encoding="utf-8")
    files = [".gitlab-ci.yml", *(f".gitlab/ci/{n}.yml" for n in STAGES), str(complete)]
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.gitlab-ci", *files)
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.renovate", "renovate.json")
    check(rendered.path, "shellcheck", ".gitlab/ci/functions.sh")


def test_scripts_of_jobs_are_good_shell(rendered: Project, tmp_path: Path) -> None:
    defaults = read(rendered).settings["default"]
    for name, job in read(rendered).named().items():
        # What the runner makes of a job: the lines one after the other, in one shell.
        lines = [*job.get("before_script", defaults["before_script"]), *job["script"]]
        script = tmp_path / f"{name}.sh"
        script.write_text("\n".join(["#!/bin/bash -e", *lines, ""]), encoding="utf-8")
        check(rendered.path, "shellcheck", "--external-sources", str(script))


def test_everything_that_a_pipeline_names_exists(rendered: Project) -> None:
    found = read(rendered)
    functions = re.findall(r"^(\w+)\(\) ", rendered.read(".gitlab/ci/functions.sh"), re.MULTILINE)
    targets = re.findall(r"^([a-z-]+):.*## ", rendered.read("Makefile"), re.MULTILINE)
    assert set(found.named()) == set().union(
        expected_integrate(rendered), DELIVER, ROLLBACK, TRAIN, MONITOR
    )
    for name, job in found.named().items():
        assert job["stage"] in found.settings["stages"], name
        needs = {n if isinstance(n, str) else n["job"] for n in job.get("needs", [])}
        assert needs | set(job.get("dependencies", [])) <= found.named().keys(), name
        for line in [*job.get("before_script", []), *job["script"]]:
            command, *arguments = line.split()
            assert command in (*functions, ".", "make", "python3", "touch", "unset"), (
                f"{name}: {line}"
            )
            if command == "make":
                named = {a for a in arguments if not re.search('[="/)]', a)}
                assert named and named <= set(targets), f"{name}: {line}"
            for path in re.findall(r"\.gitlab/\S+", line):
                assert (rendered.path / path).is_file(), f"{name}: {line}"


def test_release_follows_all_of_integrate(rendered: Project) -> None:
    release = read(rendered).job("release")
    assert set(release["needs"]) == expected_integrate(rendered) - {"build-image", "report"}


def test_identities_are_those_of_the_stages_and_given_to_no_other_job(rendered: Project) -> None:
    identities = IDENTITIES.get(family(rendered), ())
    text = "".join(rendered.read(f".gitlab/ci/{n}.yml") for n in STAGES)
    assert set(re.findall(r"\w+_(?:READ|TRAIN|DEPLOY)_\w+", text)) == set(identities)
    for name, job in read(rendered).named().items():
        lines = " ".join([*job.get("before_script", []), *job["script"]])
        mine = {"READ": READERS, "TRAIN": TRAINERS, "DEPLOY": DEPLOYERS}
        used = [i for i in identities if f'sign_in "${i}"' in lines]
        assert used == [i for i in identities if name in mine[i.split("_")[1]]], name
        assert bool(job.get("id_tokens")) == bool(used), name
        if family(rendered) == "kubernetes":
            assert ("sign_in" in lines) == (name in DEPLOYERS)


def test_jobs_that_come_to_terraform_have_set_it_up(rendered: Project) -> None:
    found = read(rendered)
    before = found.settings["default"]["before_script"]
    jobs = {n: [*j.get("before_script", before), *j["script"]] for n, j in found.named().items()}
    expected = {"infrastructure", "staging", "production"}
    if family(rendered) in ("gcp", "azure"):  # on AWS, an image is published without it
        expected |= {"release", "rollback"}
    has_terraform = family(rendered) in ("aws", "gcp", "azure")
    assert jobs_with_terraform(rendered, jobs) == (expected if has_terraform else set())


def test_no_text_of_others_gets_into_a_command_line(rendered: Project) -> None:
    safe = {"CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_COMMIT_BEFORE_SHA", "CI_COMMIT_SHA"}
    safe |= {"CI_DEFAULT_BRANCH"}
    safe |= set(IDENTITIES.get(family(rendered), ()))
    for name, job in read(rendered).named().items():
        for line in job["script"]:
            assert set(re.findall(r"\$\{?(\w+)", line)) <= safe, f"{name}: {line}"
            unquoted = re.sub(r'"[^"]*"', "", line)
            assert "$" not in unquoted, f"{name}: {line}"
            assert "$[[" not in line, f"{name}: inputs become part of the line"


def test_jobs_are_limited_in_time_and_deliver_and_train_one_at_a_time(pipeline: Pipeline) -> None:
    default = pipeline.settings["default"]
    assert default["timeout"] == "30 minutes" and default["interruptible"] is True
    assert re.search(r":[\w.-]*\d", default["image"]), "an image without a version"
    assert not {"always", "script_failure"} & set(default["retry"]["when"])
    assert default["cache"]["key"]["files"] == ["uv.lock", "pyproject.toml"]
    for name, job in pipeline.named().items():
        one_at_a_time = job["stage"] in ("deliver", "train", "monitor")
        assert ("resource_group" in job) == one_at_a_time, name
        assert job.get("interruptible", True) is not one_at_a_time, name
        assert job.get("artifacts", {"expire_in": ""}).keys() >= {"expire_in"}, name
        for service in job.get("services", []):
            assert re.search(r":\d", service["name"]), f"{name} has a service without a version"


def test_nothing_is_promoted_without_the_token_that_records_it(rendered: Project) -> None:
    assert [s.needed_for for s in settings_of(rendered) if s.name == "RETRAIN_TOKEN"] == [
        "delivery"
    ]
    jobs = read(rendered).named()
    for name in ("release", "rollback"):
        assert (
            jobs[name]["environment"] == jobs["record"]["environment"]
        )  # which it may be limited to
        targets = " ".join(jobs[name]["script"]).split()
        assert targets.index("ci-doctor") < targets.index(name)


def test_retraining_is_compared_with_what_it_began_with(pipeline: Pipeline) -> None:
    assert 'make setup retrain BASE="$CI_COMMIT_SHA"' in pipeline.job("train")["script"]


def test_people_see_results_in_the_merge_request(pipeline: Pipeline) -> None:
    reports = pipeline.job("test")["artifacts"]["reports"]
    assert reports["junit"] == "build/tests.xml"
    assert reports["coverage_report"]["path"] == "build/coverage.xml"
    regex = pipeline.job("test")["coverage"].strip("/")
    line = re.search(regex, "TOTAL     2345    123    95%\n", re.MULTILINE)
    assert line and line.group(1) == "95"
    assert pipeline.job("build-image")["artifacts"]["reports"]["cyclonedx"] == "build/sbom.json"
    assert pipeline.job("report")["artifacts"]["expose_as"]


def test_the_jobs_have_the_python_of_the_image(rendered: Project) -> None:
    images = re.findall(r"^FROM python:([\d.]+)-", rendered.read("Dockerfile"), re.MULTILINE)
    assert re.findall(r"-python([\d.]+)-", read(rendered).settings["default"]["image"]) == [
        images[0]
    ]
    assert set(images) == {images[0]}


def test_renovate_looks_into_every_file_of_the_pipeline(rendered: Project) -> None:
    config = json.loads(rendered.read("renovate.json"))
    (pattern,) = config["gitlabci"]["managerFilePatterns"]
    for include in yaml.safe_load(rendered.read(".gitlab-ci.yml"))["include"]:
        assert re.search(pattern.strip("/").replace("\\/", "/"), include["local"])
    has_terraform = any(path.suffix == ".tf" for path in rendered.files())
    assert ("terraform" in config["enabledManagers"]) == has_terraform


@needs_runner
def test_the_runner_lists_the_jobs(rendered: Project) -> None:
    output = with_origin(rendered).succeeds("gitlab-ci-local", "--list-csv")
    listed_jobs = re.findall(r"^([\w-]+);integrate;", output, re.MULTILINE)
    assert set(listed_jobs) == expected_integrate(rendered)
    assert not re.search(";(deliver|train);", output)

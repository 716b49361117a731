"""The pipelines of a project on Jenkins: what checkers and rules find in them."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from ..ci import family, settings_of
from ..conftest import CONFIG, Bake, Project
from ..test_files import check
from .conftest import IDENTITIES
from .runner import FILES, INTEGRATE, needs_runner, run

# What holds other stages, or starts another job.
FRAMES = {"integrate", "model", "approval", "deployment"}


def stages(project: Project, file: str) -> list[str]:
    return re.findall(r"\bstage\('(.+)'\)", project.read(file))


@needs_runner
@pytest.mark.parametrize("file", FILES.values())
def test_the_runner_takes_every_pipeline(rendered: Project, tmp_path: Path, file: str) -> None:
    result = run(rendered, tmp_path, file, dry=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
def test_groovy_finds_no_error(bake: Bake, tmp_path: Path) -> None:
    for target in CONFIG["cloud_target"]:
        project = bake(ci_provider="jenkins", cloud_target=target, init_git=False)
        for file in FILES.values():
            copy = tmp_path / target / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project.path / file, copy)
    options = ("--noserver", "--failon=error", "--path=.", "--files=**/*Jenkinsfile")
    check(tmp_path, "npm-groovy-lint", *options)


def test_stages_have_the_names_of_all_providers(rendered: Project) -> None:
    infrastructure = {"infrastructure"} if family(rendered) != "local" else set()
    found = {name: set(stages(rendered, file)) - FRAMES for name, file in FILES.items()}
    assert found == {
        "integrate": {*INTEGRATE, "deliver"} | infrastructure,
        "deliver": {"release", "record", "staging", "production"},
        "train": {"train", "propose"},
        "monitor": {"monitor", "record"},
    }


def test_groovy_puts_nothing_into_a_shell_line(rendered: Project) -> None:
    for file in FILES.values():
        for step in re.findall(r"(?<![.\w])sh\b(.{0,80})", rendered.read(file), re.DOTALL):
            assert re.match(r" '|\(\s*script: '", step), step
        assert 'script: "' not in rendered.read(file)


def test_everything_has_a_limit_and_runs_once_at_a_time(rendered: Project) -> None:
    for file in FILES.values():
        content = rendered.read(file)
        assert content.count("disableConcurrentBuilds(") == 1
        if "agent none" in content.split("stages {")[0] and file != "Jenkinsfile":
            # Here a person's word is waited for, so that each stage has its own limit.
            assert content.count("timeout(") == content.count("agent { label") + 1
        else:
            assert "timeout(" in content.split("stages {")[0]


def test_variables_of_the_folder_reach_every_stage_that_reads_one(rendered: Project) -> None:
    settings = {setting.name for setting in settings_of(rendered) if not setting.secret}
    reads = re.compile(rf"\b({'|'.join(settings | {'API_KEY_CREDENTIAL', 'IDENTITY'})})\b")
    for file in FILES.values():
        code = re.sub(r"//.*", "", rendered.read(file))
        pipeline, *parts = re.split(r"\bstage\('", code)
        # What the pipeline's own `environment` computes is computed outside of its options.
        assert not reads.search(pipeline)
        readers = [part for part in parts if reads.search(part)]
        assert readers
        for part in readers if "withFolderProperties()" not in pipeline else ():
            assert "withFolderProperties()" in part, part


def test_jobs_are_made_from_the_pipelines(rendered: Project, tmp_path: Path) -> None:
    jobs = [item["job"] for item in yaml.safe_load(rendered.read("jenkins/jobs.yaml"))]
    found = {
        job["name"]: job.get("script-path") or job["pipeline-scm"]["script-path"] for job in jobs
    }
    assert found == {f"flight-delay/{name}": file for name, file in FILES.items()}
    for job, name in zip(jobs[2:], ("train", "monitor"), strict=True):
        assert f"cron('{job['triggers'][0]['timed']}')" in rendered.read(FILES[name])
    check(
        rendered.path,
        "jenkins-jobs",
        "test",
        "jenkins/jobs.yaml",
        "--config-xml",
        "-o",
        str(tmp_path),
    )


def test_the_docs_name_every_job(rendered: Project) -> None:
    for name, file in FILES.items():
        assert re.search(
            rf"^\| `{name}` \| .* \| `{file}` \|$", rendered.read("docs/ci.md"), re.MULTILINE
        )
        if family(rendered) in IDENTITIES:
            assert re.search(
                rf"^\| \w+ \| .*`{name}`", rendered.read("docs/deploy.md"), re.MULTILINE
            )


def test_updates_are_configured(rendered: Project) -> None:
    terraform = family(rendered) not in ("local", "kubernetes")
    config = json.loads(rendered.read("renovate.json"))
    managers = set(config["enabledManagers"])
    assert managers >= {"pep621", "dockerfile"} | ({"terraform"} if terraform else set())
    assert [rule["matchPackageNames"] for rule in config["packageRules"] if "enabled" in rule] == [
        ["python"]
    ]
    check(rendered.path, "check-jsonschema", "--builtin-schema=vendor.renovate", "renovate.json")

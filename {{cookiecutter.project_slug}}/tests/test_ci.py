"""What the CI stands on: parameters that it sets, its report, the look at its own settings."""

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from {{ cookiecutter.package_name }} import params as settings
from {{ cookiecutter.package_name }} import paths
from {{ cookiecutter.package_name }}.ci import doctor, provider
from {{ cookiecutter.package_name }}.ci.report import ReportError, write_report
from {{ cookiecutter.package_name }}.ci.settings import SETTINGS
from {{ cookiecutter.package_name }}.cli import app
from {{ cookiecutter.package_name }}.registry.decision import decide

from .conftest import ROOT

DOCUMENTED = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "params.yaml", tmp_path))


def test_setting_a_parameter_changes_that_line_and_no_other(settings_file: Path) -> None:
    days = settings.read_params(settings_file).split.test_days
    before = settings_file.read_text(encoding="utf-8").splitlines()
    settings.set_params([f"split.test_days={days + 1}"], settings_file)
    after = settings_file.read_text(encoding="utf-8").splitlines()
    (changed,) = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert changed[1] == changed[0].replace(f"test_days: {days}", f"test_days: {days + 1}")
    assert settings.read_params(settings_file).split.test_days == days + 1


def test_a_training_by_the_calendar_can_be_told_of_yesterday(settings_file: Path) -> None:
    settings.set_params(["collect.end=yesterday"], settings_file)
    age = datetime.now(UTC).date() - settings.read_params(settings_file).collect.end
    assert age.days in (1, 2)  # midnight may have passed


def test_no_parameters_change_nothing(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings_file.read_bytes()
    monkeypatch.chdir(settings_file.parent)
    assert CliRunner().invoke(app, ["configure"], env={"PARAMS": ""}).exit_code == 0
    assert settings_file.read_bytes() == before


def test_a_text_stays_a_text(settings_file: Path) -> None:
    settings.set_params(["model_name=another-name"], settings_file)
    assert settings.read_params(settings_file).model_name == "another-name"
    settings.set_params(["model_name=2013"], settings_file)
    assert settings.read_params(settings_file).model_name == "2013"


@pytest.mark.parametrize(
    "wrong",
    [
        *("split.test_days", "split.test_days=many", "split.test_days=[", "split.days=3"),
        *("splt.days=3", "=3", "split=3"),
    ],
)
def test_what_is_no_setting_is_refused_and_nothing_is_changed(
    settings_file: Path, wrong: str
) -> None:
    before = settings_file.read_bytes()
    with pytest.raises(settings.ParamsError, match=re.escape(wrong.split("=")[0] or "=3")):
        settings.set_params(["train.seed=7", wrong], settings_file)
    assert settings_file.read_bytes() == before


def test_parameters_from_outside_are_never_run(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings_file.parent)
    for payload in ("$(touch ran)", "train.seed=$(touch ran)", "train.seed=1;touch ran"):
        result = CliRunner().invoke(app, ["configure"], env={"PARAMS": payload})
        assert result.exit_code == 1, result.output
    assert not Path("ran").exists()


@pytest.fixture(scope="module")
def judged(
    project: Path, params: settings.Params, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of the project as a repository of git and DVC, after the gate has judged."""
    copy = shutil.copytree(project, tmp_path_factory.mktemp("judged") / "project")
    shutil.copy(ROOT / "dvc.yaml", copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(copy)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{copy}/registry.db")
        decide(params)
        for command in (
            ["git", "init", "--quiet"],
            ["dvc", "init", "--quiet"],
            ["git", "add", "dvc.yaml", "params.yaml", "reports"],
            ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "start"],
        ):
            subprocess.run(command, check=True)
    return copy


@pytest.fixture
def repository(judged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that repository, as the working directory."""
    copy = shutil.copytree(judged, tmp_path / "project")
    monkeypatch.chdir(copy)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{copy}/registry.db")
    return copy


def test_the_report_has_the_verdict_and_what_has_changed(repository: Path) -> None:
    settings.set_params(["train.seed=7"])
    write_report("HEAD")
    text = Path("build/report.md").read_text(encoding="utf-8")
    assert "### Gate: passed" in text
    assert re.search(r"\| params.yaml +\| train.seed +\| \d+ +\| 7 ", text)
    assert "No metric has changed." in text
    assert "<table>" in Path("build/report.html").read_text(encoding="utf-8")
    assert Path("build/plots/index.html").is_file()


@pytest.mark.parametrize("base", [None, "0" * 40, "--upload-pack=touch ran"])
def test_without_a_commit_to_compare_with_the_report_says_so(
    repository: Path, base: str | None
) -> None:
    write_report(base)
    text = Path("build/report.md").read_text(encoding="utf-8")
    assert "There is no commit to compare with." in text
    assert not Path("ran").exists()


def test_a_blocked_candidate_is_reported_with_the_rule_that_failed(
    repository: Path, params: settings.Params
) -> None:
    gate = params.gate.model_copy(update={"minimum": {next(iter(_metrics(params))): 1e9}})
    decide(params.model_copy(update={"gate": gate}))
    write_report(None)
    text = Path("build/report.md").read_text(encoding="utf-8")
    assert "### Gate: blocked" in text
    assert "**failed**" in text


def _metrics(params: settings.Params) -> list[str]:
    return [*params.gate.minimum, *params.gate.maximum]


def test_there_is_no_report_before_the_gate_has_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReportError, match="make pipeline"):
        write_report(None)


def test_in_a_job_the_doctor_looks_at_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    missing = [finding for finding in doctor.examine() if finding.wrong]
    assert {finding.setting.needed_for for finding in missing} == {"delivery"}
    assert {finding.state for finding in missing} == {"missing"}

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    states = {finding.setting.name: finding.state for finding in doctor.examine()}
    assert states["MLFLOW_TRACKING_URI"] == "malformed"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.com")
    states = {finding.setting.name: finding.state for finding in doctor.examine()}
    assert states["MLFLOW_TRACKING_URI"] == "set"


def test_elsewhere_the_doctor_asks_the_provider_and_shows_no_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    values = {setting.name: "sesame" for setting in SETTINGS}
    monkeypatch.setattr(provider, "known", lambda: values)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1, "sesame is no address of a registry"
    assert "malformed" in result.output
    assert "sesame" not in result.output


def test_every_setting_is_documented_and_no_other() -> None:
    documented = DOCUMENTED.findall((ROOT / "docs" / "ci.md").read_text(encoding="utf-8"))
    assert documented == [setting.name for setting in SETTINGS]


def test_paths_that_the_makefile_keeps_are_those_of_the_pipeline() -> None:
    kept = re.search(r"^TRAINED := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert kept
    assert {paths.PARAMS.name, "dvc.lock", paths.METRICS.parent.name, "$(NOTED)"} == set(
        kept[1].split()
    )
    noted = re.search(r"^NOTED := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    cards = (paths.MODEL_CARD, paths.DATA_CARD, paths.CARD_PICTURES)
    assert noted
    assert {paths.LEDGER.parent.name, *(path.as_posix() for path in cards)} == set(noted[1].split())

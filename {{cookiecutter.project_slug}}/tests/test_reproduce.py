"""Whether a registered model comes out again."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from {{ cookiecutter.package_name }}.bundle import load
from {{ cookiecutter.package_name }}.cli import app
from {{ cookiecutter.package_name }}.params import Params
from {{ cookiecutter.package_name }}.registry.promotion import promote
from {{ cookiecutter.package_name }}.registry.reproduce import Reproduction


def test_a_model_of_code_that_no_commit_has_cannot_be_repeated(
    workspace: Path, params: Params
) -> None:
    promote(params)
    result = CliRunner().invoke(app, ["reproduce", "1"])
    assert result.exit_code == 1
    assert "Commit before `make train`" in result.output


@pytest.mark.parametrize(
    ("now", "succeeded"), [(0.7, True), (0.7 + 1e-9, True), (0.701, False), (float("nan"), False)]
)
def test_only_the_same_metrics_have_come_back(candidate: Path, now: float, succeeded: bool) -> None:
    outcome = Reproduction(load(candidate).manifest, {"a metric": (0.7, now)}, False, {})
    assert outcome.succeeded is succeeded

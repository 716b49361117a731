"""`make loop`: the story that a generated project tells of itself, from its beginning to its end."""

import re
import shutil

import pytest

from .conftest import Project

# What is said, in this order, whatever is said in between.
STORY = (
    r"training on the rows up to 2013-03-14",
    r"registry: (\S+) promoted, \d of \d rules hold",
    r"the service answers on http://127\.0\.0\.1:\d+",
    r"15 Mar–21 Mar is asked about",
    r"labels: 15 Mar–21 Mar: (roc_auc|mae) \d",
    r"monitor: .*: drift of .*temperature",
    r"guard: train again, because of drift of .*temperature",
    r"registry: (\S+) promoted, 9 of 9 rules hold",
    r"the service has taken \S+ over, while it answered",
    r"on these \d weeks, (roc_auc|mae) is (\S+); the first model would have had (\S+)",
    r"rolled back: \S+ answers again",
    r"rows were asked about, and not one request has failed",
)


@pytest.mark.slow
@pytest.mark.long
def test_the_loop_closes(project: Project) -> None:
    before = project.succeeds("git", "status", "--porcelain")
    said = project.succeeds("make", "loop")
    found = re.search(".*?".join(STORY), said, re.DOTALL)
    assert found, said
    first, _, second, metric, value, of_the_first = found.groups()
    assert first != second
    gained = float(value) - float(of_the_first)
    assert gained > 0 if metric == "roc_auc" else gained < 0
    page = project.read("build/loop/index.html")
    assert page.count("data:image/png;base64,") == 3
    assert f"The gate: {second} promoted" in page
    assert project.succeeds("git", "status", "--porcelain") == before


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("prometheus-alertmanager")),
    reason="Prometheus and Alertmanager are not installed here",
)
def test_alertmanager_starts_the_training_where_it_is_there(project: Project) -> None:
    """What the story before has said, if it ran with them."""
    logs = project.path / "build/loop/logs"
    if project.answers.get("monitoring") == "cloudwatch":
        assert not (logs / "alertmanager.log").exists()
        return
    assert (logs / "alertmanager.log").is_file()
    assert "RetrainingWanted" in project.read("build/loop/index.html")

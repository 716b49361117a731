"""Which jobs of a project on GitLab run after which event."""

import pytest

from .pipeline import DELIVER, INTEGRATE, MONITOR, ROLLBACK, TRAIN, Pipeline, listed

MAIN = {"CI_DEFAULT_BRANCH": "main", "CI_PROJECT_ID": "1", "CI_COMMIT_BRANCH": "main"}
BRANCH = MAIN | {"CI_COMMIT_BRANCH": "fix", "CI_PIPELINE_SOURCE": "push"}
PUSH = MAIN | {"CI_PIPELINE_SOURCE": "push"}
REQUEST = {
    "CI_DEFAULT_BRANCH": "main",
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_PROJECT_ID": "1",
    "CI_MERGE_REQUEST_PROJECT_ID": "1",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1",
}


@pytest.mark.parametrize(
    ("event", "jobs"),
    [
        (BRANCH, INTEGRATE),
        (BRANCH | {"DELIVER": "true"}, INTEGRATE),
        (BRANCH | {"CI_PIPELINE_SOURCE": "web"}, INTEGRATE),
        (BRANCH | {"CI_OPEN_MERGE_REQUESTS": "acme/flights!5"}, set()),
        (REQUEST, INTEGRATE),
        (REQUEST | {"DELIVER": "true"}, INTEGRATE),
        (REQUEST | {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}, set()),
        # The fork's own pipeline.
        (REQUEST | {"CI_PROJECT_ID": "2", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}, INTEGRATE),
        (PUSH, INTEGRATE),
        (PUSH | {"CI_OPEN_MERGE_REQUESTS": "acme/flights!5"}, INTEGRATE),
        (PUSH | {"DELIVER": "yes"}, INTEGRATE),
        (PUSH | {"DELIVER": "true"}, (INTEGRATE - {"build-image"}) | DELIVER),
        (MAIN | {"CI_PIPELINE_SOURCE": "schedule", "DELIVER": "true"}, TRAIN),
        (MAIN | {"CI_PIPELINE_SOURCE": "web"}, TRAIN),
        (MAIN | {"CI_PIPELINE_SOURCE": "schedule", "MONITOR": "true"}, MONITOR),
        (BRANCH | {"CI_PIPELINE_SOURCE": "web", "MONITOR": "true"}, INTEGRATE),
        (MAIN | {"CI_PIPELINE_SOURCE": "web", "ROLLBACK_REASON": "late"}, ROLLBACK),
        (BRANCH | {"CI_PIPELINE_SOURCE": "web", "ROLLBACK_REASON": "late"}, INTEGRATE),
        (MAIN | {"CI_PIPELINE_SOURCE": "trigger"}, TRAIN),
        (MAIN | {"CI_PIPELINE_SOURCE": "api"}, TRAIN),
        ({"CI_DEFAULT_BRANCH": "main", "CI_COMMIT_TAG": "v1", "CI_PIPELINE_SOURCE": "push"}, set()),
    ],
)
def test_events_start_what_they_should(
    pipeline: Pipeline, event: dict[str, str], jobs: set[str]
) -> None:
    started = pipeline.started(**event)
    assert set(started) == jobs
    assert started.get("production", "manual") == "manual"
    assert started.get("report", "always") == "always"
    assert started.get("record", "always") == "always"
    assert set(started.values()) <= {"on_success", "manual", "always"}
    for name in started:  # GitLab refuses a pipeline that lacks what a job needs
        for need in listed(pipeline.job(name).get("needs")):
            if isinstance(need, str) or not need.get("optional"):
                assert (need if isinstance(need, str) else need["job"]) in started, name


def test_what_is_merged_is_cancelled_by_nothing_and_a_branch_by_its_next_commit(
    pipeline: Pipeline,
) -> None:
    merged = pipeline.workflow(**PUSH)
    assert merged and merged["auto_cancel"] == {"on_new_commit": "none"}
    for event in (BRANCH, REQUEST):
        rule = pipeline.workflow(**event)
        assert rule and "auto_cancel" not in rule
    assert pipeline.settings["workflow"]["auto_cancel"] == {"on_new_commit": "interruptible"}

{% set family = cookiecutter.cloud_target.split("-")[0] %}
"""The variables and secrets of the CI: the one list of them.

`make ci-doctor` goes by it, and docs/ci.md explains it.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Setting:
    """A variable of the CI, or a secret.

    Attributes:
        needed_for: what does not work without it; None for an optional one.
        pattern: a regular expression that its whole value matches.
    """

    name: str
    purpose: str
    needed_for: Literal["delivery", "retraining", "stored data"] | None = None
    secret: bool = False
    pattern: str = r"(?s).+"


COMMON = (
{% if cookiecutter.ci_provider == "github-actions" %}
    Setting(
        "DELIVER",
        "`true`: what is merged into main is delivered; `staging`: no further than that",
        pattern="true|staging|false",
    ),
{% else %}
    Setting("DELIVER", "`true`: what is merged into main is delivered", pattern="true|false"),
{% endif %}
    Setting(
        "MLFLOW_TRACKING_URI",
        "the shared registry, by which the gate knows the champion",
        needed_for="delivery",
        pattern=r"https?://.+|databricks.*",
    ),
    Setting("MLFLOW_TRACKING_USERNAME", "who signs in there"),
    Setting("MLFLOW_TRACKING_PASSWORD", "and with what", secret=True),
{% if cookiecutter.cloud_target in ("local", "kubernetes", "gcp-cloud-run") %}
    Setting("API_KEY", "a key of the service, for trying what was deployed", secret=True),
{% endif %}
    Setting(
        "PREDICTION_LOG_URL",
        "where the service keeps its predictions: the monitor looks at them every day",
    ),
{% if cookiecutter.ci_provider == "github-actions" %}
    Setting("RETRAIN_PARAMS", "what the monthly training sets: `collect.end=yesterday`"),
{% endif %}
    Setting("RETRAIN_MODE", "`direct`: a passed model goes to main", pattern="direct|request"),
    Setting(
        "RETRAIN_TOKEN",
        "may push what was trained and noted, and ask for merges",
{% if cookiecutter.ci_provider != "github-actions" %}
        needed_for="delivery",
{% endif %}
        secret=True,
    ),
{% if cookiecutter.ci_provider == "jenkins" %}
    Setting("TRAIN_JOB_URL", "the job `train`, which the monitor starts", pattern="https?://.+"),
{% elif cookiecutter.ci_provider == "gitlab-ci" %}
    Setting("REPORT_TOKEN", "may write notes on merge requests", secret=True),
{% endif %}
)

{% include "ci/settings/" ~ family ~ ".py" %}


SETTINGS = COMMON + PLATFORM

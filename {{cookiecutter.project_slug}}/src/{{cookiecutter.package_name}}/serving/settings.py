{% set hosting = cookiecutter._hosting.get(cookiecutter.cloud_target, {}) %}
"""The service's settings, from the environment or `.env`. `.env.example` explains each."""

from pathlib import Path
from typing import Literal

{% set aliased = hosting.get("port") or hosting.get("model_dir") or hosting.get("model_uri") %}
from pydantic import {{ "AliasChoices, " if aliased }}Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..errors import ProjectError
from ..paths import CHAMPION


class SettingsError(ProjectError):
    """A variable has a value that cannot be used."""


class Settings(BaseSettings):
    """Every field can be set by the environment variable of its name."""

{% if aliased %}
    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", populate_by_name=True, protected_namespaces=()
    )
{% else %}
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", protected_namespaces=())
{% endif %}

    host: str = "127.0.0.1"
{% if hosting.get("port") %}
    port: int = Field(
        8080,
        ge=1,
        le=65535,
        validation_alias=AliasChoices("{{ hosting.get("port") }}", "PORT"),
    )
{% else %}
    port: int = Field(8080, ge=1, le=65535)
{% endif %}
    management_port: int | None = Field(None, ge=1, le=65535)  # none: the same
    workers: int = Field(1, ge=1)

{% if hosting.get("model_dir") %}
    model_dir: Path = Field(
        CHAMPION, validation_alias=AliasChoices("{{ hosting.get("model_dir") }}", "MODEL_DIR")
    )
{% else %}
    model_dir: Path = CHAMPION
{% endif %}
    # Where to fetch the model from instead.
{% if hosting.get("model_uri") %}
    model_uri: str = Field("", validation_alias=AliasChoices("{{ hosting.get("model_uri") }}", "MODEL_URI"))
{% else %}
    model_uri: str = ""
{% endif %}
    model_digest: str | None = Field(None, pattern="^([0-9a-f]{64})?$")
    model_reload_seconds: float = Field(0, ge=0)  # 0: never
    omp_num_threads: int = Field(1, ge=1)

    api_keys: SecretStr = SecretStr("")  # separated by commas
{% if hosting.get("largest_body") %}
    # More than this would not get through to the service.
    max_body_bytes: int = Field(1_000_000, ge=1, le={{ "{:_}".format(hosting.get("largest_body")) }})
{% else %}
    max_body_bytes: int = Field(1_000_000, ge=1)
{% endif %}
    max_instances: int = Field(1_000, ge=1)
    request_timeout_seconds: float = Field(10, gt=0)

    batch_max_rows: int = Field(256, ge=1)
    batch_max_wait_ms: float = Field(5, ge=0)
    queue_max_requests: int = Field(1_000, ge=1)

    prediction_log_url: str = "data/prediction-log"  # empty: no log
    prediction_log_flush_seconds: float = Field(5.0, ge=0)  # 0: before the answer
    prediction_log_queue: int = Field(20_000, ge=1)

    access_log: Literal["errors", "all", "none"] = "errors"
    log_sample: float = Field(0.01, ge=0, le=1)  # of the rows
    log_error_messages: bool = False
{% if cookiecutter.monitoring == "cloudwatch" %}

    environment: str = Field("local", pattern="^[!-~]+$")
    metrics_seconds: float = Field(60, ge=0)  # 0: before the answer
{% endif %}

    def keys(self) -> tuple[bytes, ...]:
        """The API keys; none means that every caller is welcome."""
        keys = self.api_keys.get_secret_value().split(",")
        return tuple(key.strip().encode() for key in keys if key.strip())


def read_settings() -> Settings:
    """Read the settings. Raises SettingsError with each wrong variable and the reason."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"  {str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("\n".join(["Wrong settings (see .env.example):", *wrong])) from error

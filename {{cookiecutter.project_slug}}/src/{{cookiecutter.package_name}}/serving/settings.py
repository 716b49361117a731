"""The service's settings, from the environment or `.env`. `.env.example` explains each."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..errors import ProjectError
from ..paths import CHAMPION


class SettingsError(ProjectError):
    """A variable has a value that cannot be used."""


class Settings(BaseSettings):
    """Every field can be set by the environment variable of its name."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", protected_namespaces=())

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)

    model_dir: Path = CHAMPION
    model_digest: str | None = Field(None, pattern="^[0-9a-f]{64}$")

    api_keys: SecretStr = SecretStr("")  # separated by commas
    max_body_bytes: int = Field(1_000_000, ge=1)
    max_instances: int = Field(1_000, ge=1)

    prediction_log_url: str = "data/prediction-log"  # empty: no log
    prediction_log_flush_seconds: float = Field(5.0, gt=0)
    prediction_log_queue: int = Field(10_000, ge=1)

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

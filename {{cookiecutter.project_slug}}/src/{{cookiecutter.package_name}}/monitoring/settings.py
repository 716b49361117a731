"""The monitor's own settings, from the environment or `.env`."""

from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..serving.settings import SettingsError

Where = Literal["here", "ci", "nowhere"]


class MonitorSettings(BaseSettings):
    """Each field is set by the environment variable of its name."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

{% if cookiecutter.monitoring == "cloudwatch" %}
    environment: str = Field("local", pattern="^[!-~]+$")  # that is looked at
    monitor_log_group: str = ""  # where the numbers go; empty: nowhere
{% else %}
    monitor_host: str = "127.0.0.1"
    monitor_port: int = Field(9108, ge=1, le=65535)
{% endif %}
    monitor_interval_seconds: float = Field(300, gt=0)
    retrain: Where = "nowhere"
{% if cookiecutter.monitoring == "prometheus-grafana" %}
    # Whether Alertmanager asks for a training that is wanted, instead of the monitor by itself.
    retrain_on_alert: bool = False
{% endif %}


def read_monitor_settings() -> MonitorSettings:
    """Read the settings. Raises SettingsError with what is wrong."""
    try:
        return MonitorSettings()
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("\n".join(wrong)) from error

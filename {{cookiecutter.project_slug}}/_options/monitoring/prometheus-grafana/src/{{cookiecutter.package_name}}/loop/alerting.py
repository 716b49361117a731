"""A real Prometheus and a real Alertmanager on this machine, where they are installed."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from ..client import ClientError, fetch
from ..ports import free_port
from .workplace import Workplace

PROMETHEUS = Path("monitoring/prometheus/prometheus.yml")
ALERTMANAGER = Path("monitoring/alertmanager/alertmanager.yml")
SECOND = "1s"  # how often is asked and judged, where a week takes seconds


@dataclass(frozen=True)
class Prometheus:
    url: str

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire; none while it starts."""
        try:
            alerts = fetch(f"{self.url}/api/v1/alerts", {})["data"]["alerts"]
        except ClientError:
            return set()
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that an expression has now. Raises ClientError if it is none."""
        answer = fetch(f"{self.url}/api/v1/query?{urlencode({'query': expression})}", {})
        series: list[dict[str, Any]] = answer["data"]["result"]
        return series


@contextmanager
def watching(
    work: Workplace, service: int, monitor: int, say: Callable[[str], None]
) -> Iterator[Prometheus | None]:
    """Run both with the rules of `monitoring/`, by the ports of service and monitor.

    Yields None where one of them is not installed.
    """
    prometheus = shutil.which("prometheus")
    alertmanager = shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")
    if not prometheus or not alertmanager:
        say("Prometheus and Alertmanager are not installed: the monitor starts trainings by itself")
        yield None
        return
    ports = {"service:8080": service, "monitor:9108": monitor, "alertmanager:9093": free_port()}
    port = free_port()
    config = _rewritten(work.folder / PROMETHEUS, ports)
    config["global"] = {"scrape_interval": SECOND, "evaluation_interval": SECOND}
    _write(work.folder / PROMETHEUS, config)
    config = _rewritten(work.folder / ALERTMANAGER, ports)
    config["route"] |= {"group_wait": SECOND, "group_interval": SECOND}
    _write(work.folder / ALERTMANAGER, config)
    with ExitStack() as programs:
        programs.enter_context(
            work.running(
                "alertmanager",
                alertmanager,
                f"--config.file={ALERTMANAGER}",
                "--storage.path=alertmanager",
                f"--web.listen-address=127.0.0.1:{ports['alertmanager:9093']}",
                "--cluster.listen-address=",
            )
        )
        programs.enter_context(
            work.running(
                "prometheus",
                prometheus,
                f"--config.file={PROMETHEUS}",
                "--storage.tsdb.path=prometheus",
                f"--web.listen-address=127.0.0.1:{port}",
            )
        )
        say("Prometheus and Alertmanager watch it, with the rules of monitoring/")
        yield Prometheus(f"http://127.0.0.1:{port}")


def _rewritten(file: Path, ports: dict[str, int]) -> dict[str, Any]:
    """Return a configuration with the addresses that the services have on this machine."""
    text = file.read_text(encoding="utf-8")
    for address, port in ports.items():
        text = text.replace(address, f"127.0.0.1:{port}")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

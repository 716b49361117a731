"""Where a release answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


def unsigned(method: str, url: str, body: bytes) -> Mapping[str, str]:
    """Return the headers that an endpoint asks for which lets everyone in: none."""
    return {}


@dataclass(frozen=True)
class Endpoint:
    """Where a release can be asked.

    Attributes:
        predict: the URL that takes instances and gives predictions.
        ready: the URL that says whether it is ready; None where callers cannot reach it.
        headers: gives the headers that sign a request, from its method, URL and body.
        public: where it answers afterwards, if `predict` is for the time of the deployment only.
    """

    predict: str
    ready: str | None = None
    headers: Callable[[str, str, bytes], Mapping[str, str]] = unsigned
    public: str | None = None


def service(url: str) -> Endpoint:
    """Return the endpoint of a service whose own routes callers reach."""
    return Endpoint(f"{url}/predict", f"{url}/health/ready")

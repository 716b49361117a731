"""Stands for a machine's Docker in tests of deployments{{ ", and for a registry" if cookiecutter.cloud_target != "local" }}."""

import hashlib
import json
import subprocess
from dataclasses import dataclass, field, replace
{% if cookiecutter.cloud_target == "local" %}
from pathlib import Path
{% endif %}
from typing import Any

from {{ cookiecutter.package_name }}.deployment.release import Release

Image = dict[str, Any]  # what `docker image inspect` says of one


def image_with(release: Release) -> Image:
    """Return an image as `make image` builds it."""
    version = release.manifest.version
    labels = {"org.opencontainers.image.version": version, "model.digest": release.digest}
    identity = hashlib.sha256(f"{version} {release.digest}".encode()).hexdigest()
    return {"Id": f"sha256:{identity}", "Config": {"Labels": labels}, "RepoDigests": []}


class RefusedError(Exception):
    """Docker's own words."""


@dataclass
class Machine:
    """Takes the place of `docker._run`, and notes what it is asked.

    Attributes:
        images: by name.
{% if cookiecutter.cloud_target != "local" %}
        registry: what other machines can pull, by its digest.
{% endif %}
        typed: what it got on its standard input.
    """

    images: dict[str, Image] = field(default_factory=dict)
{% if cookiecutter.cloud_target != "local" %}
    registry: dict[str, Image] = field(default_factory=dict)
{% endif %}
    asked: list[tuple[str, ...]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)

    def __call__(
        self, *arguments: str, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        self.asked.append(arguments)
        if stdin:
            self.typed.append(stdin)
        command, *rest = arguments
        try:
            printed = getattr(self, f"_{command}")(*rest)
        except RefusedError as error:
            return subprocess.CompletedProcess(arguments, 1, "", str(error))
        return subprocess.CompletedProcess(arguments, 0, printed or "", "")

    def did(self, command: str) -> list[tuple[str, ...]]:
        return [arguments for arguments in self.asked if arguments[0] == command]

    def another(self) -> "Machine":
        """Return a machine that has no images yet."""
        return replace(self, images={}, asked=[], typed=[])

    def _named(self, name: str) -> Image:
        if name not in self.images:
            raise RefusedError(f"Error: No such image: {name}")
        return self.images[name]

    def _image(self, inspect: str, name: str) -> str:
        return json.dumps([self._named(name)])

    def _tag(self, name: str, other: str) -> None:
        self.images[other] = self._named(name)

{% if cookiecutter.cloud_target == "local" %}
    def _container(self, inspect: str, name: str) -> str:
        raise RefusedError(f"Error: No such container: {name}")

    def _run(self, *_: str) -> None:
        pass

    def _save(self, output: str, name: str) -> None:
        content = json.dumps({"name": name, "image": self._named(name)})
        Path(output.removeprefix("--output=")).write_text(content, encoding="utf-8")

    def _load(self, given: str) -> str:
        content = json.loads(Path(given.removeprefix("--input=")).read_text(encoding="utf-8"))
        self.images[content["name"]] = content["image"]
        return f"Loaded image: {content['name']}\n"
{% else %}
    def _login(self, *_: str) -> None:
        pass

    def _push(self, tag: str) -> None:
        image = self._named(tag)
        repository, _, _ = tag.rpartition(":")
        digest = hashlib.sha256(image["Id"].encode()).hexdigest()
        self.registry[f"{repository}@sha256:{digest}"] = image
        image["RepoDigests"].append(f"{repository}@sha256:{digest}")

    def _pull(self, quiet: str, reference: str) -> None:
        if reference not in self.registry:
            raise RefusedError(f"manifest for {reference} not found: manifest unknown")
        # Machines keep images in different ways, and so have different ids for the same one.
        _, _, digest = reference.partition("@")
        self.images[reference] = {**self.registry[reference], "Id": digest}
{% endif %}

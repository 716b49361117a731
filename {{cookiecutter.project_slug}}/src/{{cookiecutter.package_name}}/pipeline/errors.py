"""What stops the pipeline."""

from ..errors import ProjectError


class StageError(ProjectError):
    """A stage cannot go on."""

"""What people are meant to read when something goes wrong."""


class ProjectError(Exception):
    """An error with a message that says what is wrong and what to do; needs no traceback."""

"""The example row that the schema's fields describe."""

from typing import Any

from .schema import Features, Target


def example_instance() -> dict[str, Any]:
    """Return the example of a request's row, as JSON has it.

    Raises ValueError if a field has no example, or the examples make no valid row.
    """
    instance = {name: _example(name, field) for name, field in Features.model_fields.items()}
    return Features.model_validate(instance, strict=False).model_dump(mode="json")


def example_label() -> Any:
    """Return the example of the target."""
    (name, field), *_ = Target.model_fields.items()
    return _example(name, field)


def _example(name: str, field: Any) -> Any:
    if not field.examples:
        raise ValueError(f"`{name}` in schema.py needs an example: Field(examples=[…])")
    return field.examples[0]

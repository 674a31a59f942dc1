"""Plain data, as YAML and JSON give it: what a value is, in words that the type checker understands."""

from collections.abc import Iterable
from typing import Any, TypeGuard


def is_mapping(value: object) -> TypeGuard[dict[Any, Any]]:
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def is_several(value: object) -> TypeGuard[Iterable[Any]]:
    """A list, or what becomes one in JSON."""
    return isinstance(value, (list, tuple, set, frozenset))

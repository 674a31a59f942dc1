"""What differs between two dumps, by JSON Pointer, in the way of `src/replay/changes.ts`."""

import marshal
from typing import Any

from .plain import is_list, is_mapping

# (what was, what is); None where there is nothing.
Differences = dict[str, tuple[Any, Any]]


_LEAVES = frozenset((str, int, float, bool))
# In this form, what is the same is written the same, wherever it came from.
_MARSHAL_VERSION = 2


def differences(before: Any, after: Any) -> Differences:
    """Mappings are taken apart to their leaves, and lists whose items all have a name; other lists are whole."""
    found: Differences = {}
    _compare("", before, after, found)
    return found


def identical(one: Any, other: Any) -> bool:
    """Whether two dumps are surely the same, which C finds out at once; False: that takes a closer look."""
    if one is other:
        return True
    # What is equal may still differ: True and 1.
    if type(one) is not type(other) or one != other:
        return False
    if type(one) in _LEAVES:
        return True
    try:
        return marshal.dumps(one, _MARSHAL_VERSION) == marshal.dumps(other, _MARSHAL_VERSION)
    except ValueError:
        return False


def _compare(pointer: str, before: Any, after: Any, found: Differences) -> None:
    left, right = _parts(before), _parts(after)
    if left is None or right is None:
        if not same(before, after):
            found[pointer] = (before, after)
        return
    for key in left if left.keys() == right.keys() else {**left, **right}:
        was, is_now = left.get(key), right.get(key)
        if not identical(was, is_now):
            _compare(f"{pointer}/{_escape(key)}", was, is_now, found)


def _parts(value: Any) -> dict[str, Any] | None:
    if value is None:
        return {}
    if is_mapping(value):
        return value
    if is_list(value) and value:
        named = {item["name"]: item for item in value if is_mapping(item) and isinstance(item.get("name"), str)}
        return named if len(named) == len(value) else None
    return None


def same(one: Any, other: Any) -> bool:
    """Null, absent and an empty mapping are equal; numbers compare by value, and a boolean is none."""
    if is_mapping(one) or is_mapping(other):
        left, right = one or {}, other or {}
        return is_mapping(left) and is_mapping(right) and all(same(left.get(key), right.get(key)) for key in {**left, **right})
    if is_list(one) and is_list(other):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def overlap(one: str, other: str) -> bool:
    """Whether a pointer is the other, or above it or below it."""
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def holds(value: Any, pointer: str) -> Any:
    """What is at a pointer; None where there is nothing."""
    for token in pointer.split("/")[1:]:
        parts = _parts(value)
        value = None if parts is None else parts.get(token.replace("~1", "/").replace("~0", "~"))
    return value


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")

"""What differs between two dumps, by JSON Pointer, in the way of `src/replay/changes.ts`."""

from typing import Any

from .plain import is_list, is_mapping

# (what was, what is); None where there is nothing.
Differences = dict[str, tuple[Any, Any]]


_LEAVES = frozenset((str, int, float, bool))


def differences(before: Any, after: Any) -> Differences:
    """Mappings are taken apart to their leaves, and lists whose items all have a name; other lists are whole."""
    found: Differences = {}
    _compare("", before, after, found)
    return found


def _compare(pointer: str, before: Any, after: Any, found: Differences) -> None:
    if before is after or (type(before) in _LEAVES and type(before) is type(after) and before == after):
        return
    if is_mapping(before) and is_mapping(after) and repr(before) == repr(after):
        # What looks equal is equal, which C finds out at once; True and 1 don't look it.
        return
    left, right = _parts(before), _parts(after)
    if left is not None and right is not None:
        for key in {**left, **right}:
            _compare(f"{pointer}/{_escape(key)}", left.get(key), right.get(key), found)
    elif not same(before, after):
        found[pointer] = (before, after)


def _parts(value: Any) -> dict[str, Any] | None:
    if value is None:
        return {}
    if is_mapping(value):
        return {str(key): item for key, item in value.items()}
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

"""What a spec carries beside what its dump shows: excluded fields such as `merged_profile`, private and stray attributes."""

from typing import Any

from .dstack_api import Dstack
from .frames import type_of
from .plain import is_list, is_mapping, is_several


def of(dstack: Dstack, spec: Any) -> dict[str, Any]:
    """Plain data by JSON Pointer. Attributes of the class's own, such as a cached property that was read, don't count."""
    found: dict[str, Any] = {}
    _search(dstack, "", spec, found, set())
    return found


def plain(dstack: Dstack, value: Any) -> Any:
    """A value as JSON has it; what JSON has no words for as Python's `repr`."""
    if value is None or isinstance(value, (str, int, float)):
        # Not the value itself: an enum is a string, and a policy's own class may do anything.
        return value if type(value) in _LEAVES else plain(dstack, getattr(value, "value", None))
    try:
        if dstack.is_model(value):
            return dstack.dump(value)
        if is_mapping(value):
            return {str(key): plain(dstack, item) for key, item in value.items()}
        if is_several(value):
            return [plain(dstack, item) for item in value]
        return repr(value)
    except BaseException:
        return f"<{type(value).__name__}>"


_LEAVES = frozenset((str, int, float, bool, type(None)))


def _search(dstack: Dstack, pointer: str, value: Any, found: dict[str, Any], seen: set[int]) -> None:
    if dstack.is_model(value):
        if id(value) not in seen:
            seen.add(id(value))
            _search_model(dstack, pointer, value, found, seen)
    elif is_mapping(value):
        for key, item in value.items():
            if type(item) not in _LEAVES:
                _search(dstack, f"{pointer}/{key}", item, found, seen)
    elif is_list(value):
        for index, item in enumerate(value):
            if type(item) not in _LEAVES:
                _search(dstack, f"{pointer}/{index}", item, found, seen)


def _search_model(dstack: Dstack, pointer: str, model: Any, found: dict[str, Any], seen: set[int]) -> None:
    cls = type_of(model)
    fields = dstack.shown_fields(cls)
    values: dict[str, Any] = model.__dict__
    for name, item in values.items():
        if item is None:
            continue
        shown = fields.get(name)
        if shown:
            if type(item) not in _LEAVES:
                _search(dstack, f"{pointer}/{name}", item, found, seen)
        elif shown is False or not hasattr(cls, name):
            found[f"{pointer}/{name}"] = plain(dstack, item)
    private: Any = dstack.private_attributes(model)
    if private:
        for name, item in private.items():
            found[f"{pointer}/{name}"] = plain(dstack, item)

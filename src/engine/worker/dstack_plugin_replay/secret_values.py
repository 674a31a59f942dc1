"""The values of a sample that no report may show."""

from typing import Any

from .plain import is_list, is_mapping

_KEYS = frozenset(("env", "registry_auth", "ssh_key"))
# What holds nothing, passed over quickly: most of a spec.
_LEAVES = frozenset((type(None), bool, str, int, float))


def collect(value: Any, into: dict[str, None], placeholders: frozenset[str]) -> None:
    """Adds the leaves below every key `env`, `registry_auth` and `ssh_key` of plain data (in `env`, of `K=V` the V).

    `placeholders` are values that the tool filled in itself, and so no secrets.
    """
    _search(value, into, placeholders, set())


def _search(value: Any, into: dict[str, None], placeholders: frozenset[str], seen: set[int]) -> None:
    # YAML's aliases can make a value contain itself.
    if id(value) in seen:
        return
    if is_mapping(value):
        seen.add(id(value))
        for key, item in value.items():
            if key in _KEYS:
                _leaves(item, into, placeholders, key == "env", set())
            elif type(item) not in _LEAVES:
                _search(item, into, placeholders, seen)
    elif is_list(value):
        seen.add(id(value))
        for item in value:
            if type(item) not in _LEAVES:
                _search(item, into, placeholders, seen)


def _leaves(value: Any, into: dict[str, None], placeholders: frozenset[str], env: bool, seen: set[int]) -> None:
    if id(value) in seen:
        return
    if is_mapping(value):
        seen.add(id(value))
        for item in value.values():
            _leaves(item, into, placeholders, False, seen)
    elif is_list(value):
        seen.add(id(value))
        for item in value:
            if env and isinstance(item, str):
                # A name alone has no value to hide.
                _add(item.partition("=")[2], into, placeholders)
            else:
                _leaves(item, into, placeholders, env, seen)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        _add(str(value), into, placeholders)


def _add(text: str, into: dict[str, None], placeholders: frozenset[str]) -> None:
    if text and text not in placeholders:
        into[text] = None

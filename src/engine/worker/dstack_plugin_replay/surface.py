"""Whether the parse of a spec still is what it was: what it leans on, looked at before and after plugins are loaded."""

import sys
from types import FunctionType
from typing import Any

# Whose modules and classes are looked at.
_PACKAGES = frozenset(("dstack", "pydantic", "pydantic_core"))
# Of Python's own: what models are made of, and what their validators call.
_STANDARD = frozenset(
    (
        *("abc", "builtins", "collections", "copy", "datetime", "enum", "functools", "ipaddress", "itertools", "json"),
        *("json.decoder", "json.encoder", "math", "numbers", "operator", "os", "pathlib", "posixpath", "re", "string"),
        *("time", "types", "typing", "urllib.parse", "uuid", "warnings"),
    )
)


class Surface:
    """The contents of dstack's and pydantic's modules and classes and of some of Python's modules, and the code of functions."""

    def __init__(self) -> None:
        """Looks at it as it is now, which takes 5 to 10 ms."""
        # Views of what is there at any time.
        self._spaces: list[Any] = []
        self._functions: list[FunctionType] = []
        for name, module in list(sys.modules.items()):
            ours = name.partition(".")[0] in _PACKAGES
            if ours or name in _STANDARD:
                space = vars(module)
                self._spaces.append(space.values())
                if ours:
                    self._take_below(name, space)
        self._were = self._now()
        self._code = [function.__code__ for function in self._functions]

    def altered(self) -> bool:
        """Whether anything was replaced, added or taken away since. Costs about 2 ms."""
        # Lists compare by identity first, and all of it at C's speed.
        try:
            return self._now() != self._were or [function.__code__ for function in self._functions] != self._code
        except Exception:
            return True

    def _now(self) -> list[list[Any]]:
        return [[*space] for space in self._spaces]

    def _take_below(self, module: str, space: dict[str, Any]) -> None:
        for value in space.values():
            if type(value) is FunctionType:
                self._functions.append(value)
            elif isinstance(value, type) and value.__module__ == module:
                members = vars(value).values()
                self._spaces.append(members)
                self._functions += [member for member in members if type(member) is FunctionType]

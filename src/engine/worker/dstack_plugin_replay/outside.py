"""What plugins import from outside their own sources: imported once in the supervisor, so that no child has to do it again.

The first child of a request that will have several says what that was. Only what leaves nothing behind but its modules may be
imported in the supervisor, which has to stay able to fork.
"""

import os
import sys
from importlib import import_module
from typing import Any

from .frames import Author
from .isolation import traces


class Watched:
    """The process before the plugins are loaded."""

    def __init__(self, modules: list[str]) -> None:
        """`modules`: those that the supervisor has."""
        self._modules = frozenset(modules)
        self._traces = traces()

    def imported(self, author: Author) -> list[str]:
        """The modules that the supervisor may import, in the order in which their imports began."""
        clean = traces() == self._traces
        folders = tuple(os.path.join(os.path.realpath(path), "") for path in _folders())
        found: list[str] = []
        for name, module in list(sys.modules.items()):
            # Where something else left its traces, dstack's own modules are still known to leave none.
            if name in self._modules or not (clean or name.partition(".")[0] == "dstack"):
                continue
            spec: Any = getattr(module, "__spec__", None)
            file = getattr(spec, "origin", None)
            if spec is None or spec.name != name or not isinstance(file, str):
                continue
            if os.path.realpath(file).startswith(folders) and author.file(file) is None:
                found.append(name)
        return found


def preload(modules: list[str]) -> None:
    """Imports them, as far as that goes."""
    for name in modules:
        try:
            import_module(name)
        except BaseException:
            # The child that needs it will say why.
            return


def _folders() -> set[str]:
    """Where packages are installed, and the standard library: nobody edits what is there."""
    import sysconfig

    return {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}

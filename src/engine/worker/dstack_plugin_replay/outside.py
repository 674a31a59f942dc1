"""What plugins import from outside their own sources: imported once in the supervisor, so that no child has to do it again.

A child says what that was. Only what leaves nothing behind but its modules may be imported in the supervisor, which has to stay
able to fork. It is kept in the environment for as long as the plugins' own files are what they were.
"""

import json
import os
import sys
from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from typing import Any, TypedDict

from .file_state import state_of
from .frames import Author
from .isolation import traces
from .plain import is_list, is_mapping
from .schemas import built_when_used


class Learned(TypedDict):
    """What plugins imported when they were loaded."""

    # Those that the supervisor may import, in the order in which their imports began.
    modules: list[str]
    # The plugins' own files, each with what tells that it was changed.
    files: dict[str, list[int]]


class Watched:
    """The process before the plugins are loaded."""

    def __init__(self, modules: list[str]) -> None:
        """`modules`: those that the supervisor has."""
        self._modules = frozenset(modules)
        self._traces = traces()

    def imported(self, author: Author) -> Learned:
        """What was imported since."""
        clean = traces() == self._traces
        folders = _folders()
        found: Learned = {"modules": [], "files": {}}
        for name, module in list(sys.modules.items()):
            if name in self._modules:
                continue
            spec: Any = getattr(module, "__spec__", None)
            file = getattr(spec, "origin", None)
            if spec is None or spec.name != name or not isinstance(file, str):
                continue
            own = author.file(file)
            if own is not None:
                found["files"][own] = state_of(own)
            # Where something else left its traces, dstack's own modules are still known to leave none.
            elif (clean or _is_of_dstack(name)) and os.path.realpath(file).startswith(folders):
                found["modules"].append(name)
        return found


class Memory:
    """What was learned in the environment that this process runs in."""

    def __init__(self) -> None:
        self._file = os.path.join(sys.prefix, "outside.json")

    def recall(self, plugins: list[str]) -> list[str] | None:
        """The modules that these plugins imported; None where that isn't known, or one of their files was changed since."""
        try:
            with open(self._file, encoding="utf-8") as file:
                kept: Any = json.load(file)
            modules, files = kept["modules"], kept["files"]
            if kept["plugins"] != plugins or not is_list(modules) or not is_mapping(files):
                return None
            names = [str(name) for name in modules]
            folders = _folders()
            tops = {name.partition(".")[0] for name in names}
            current = all(state_of(path) == state for path, state in files.items())
            return names if current and all(_is_installed(top, folders) for top in tops) else None
        except Exception:
            # Whatever is there, it isn't what was kept.
            return None

    def keep(self, plugins: list[str], learned: Learned) -> None:
        """Where nothing can be written, it is learned again."""
        beside = f"{self._file}.{os.getpid()}"
        try:
            with open(beside, "w", encoding="utf-8") as file:
                json.dump({"plugins": plugins, **learned}, file)
            os.replace(beside, self._file)
        except OSError:
            pass


def preload(modules: list[str]) -> None:
    """Imports them, as far as that goes."""
    try:
        for of_dstack, names in groupby(modules, _is_of_dstack):
            # Its client brings more models than a replay needs. Those of other packages are built as they always are.
            with built_when_used() if of_dstack else nullcontext():
                for name in names:
                    import_module(name)
    except BaseException:
        # The child that needs it will say why.
        return


def _is_of_dstack(module: str) -> bool:
    return module.partition(".")[0] == "dstack"


def _is_installed(top: str, folders: tuple[str, ...]) -> bool:
    """Whether a package is where nobody edits anything."""
    spec = find_spec(top)
    return spec is not None and spec.origin is not None and os.path.realpath(spec.origin).startswith(folders)


def _folders() -> tuple[str, ...]:
    """Where packages are installed, and the standard library: nobody edits what is there."""
    import sysconfig

    paths = dict.fromkeys(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return tuple(os.path.join(os.path.realpath(path), "") for path in paths)

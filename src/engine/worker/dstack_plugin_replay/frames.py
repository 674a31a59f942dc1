"""Which frames of a traceback are the author's, and what they say."""

import os
import sys
from opcode import opmap
from types import FrameType, TracebackType
from typing import Any, NamedTuple, cast

from .protocol import PolicyPlace

# Folders below a project that hold other people's code.
_FOREIGN = frozenset(("site-packages", "dist-packages", "node_modules", ".venv", "venv", ".tox", ".nox"))


_RAISES = frozenset(opmap[name] for name in ("RAISE_VARARGS", "RERAISE") if name in opmap)


class Place(NamedTuple):
    file: str
    line: int


class Author:
    """Knows what lies below the target's root and is the author's own."""

    def __init__(self, root: str) -> None:
        self._root = os.path.join(os.path.realpath(root), "")
        self._prefix = os.path.join(os.path.realpath(sys.prefix), "")
        self._known: dict[str, str | None] = {}

    def file(self, name: str) -> str | None:
        """The real path of an author's file, or None for anybody else's."""
        if name not in self._known:
            self._known[name] = self._judge(name)
        return self._known[name]

    def _judge(self, name: str) -> str | None:
        if name.startswith("<"):
            return None
        path = os.path.realpath(name)
        if not path.startswith(self._root):
            return None
        if path.startswith(self._prefix) and self._prefix.startswith(self._root):
            return None
        return None if _FOREIGN.intersection(path[len(self._root) :].split(os.sep)) else path

    def frames(self, traceback: TracebackType | None) -> list[tuple[FrameType, Place]]:
        """The author's frames, outermost first."""
        found: list[tuple[FrameType, Place]] = []
        while traceback is not None:
            frame = traceback.tb_frame
            path = self.file(frame.f_code.co_filename)
            if path is not None:
                found.append((frame, Place(path, traceback.tb_lineno)))
            traceback = traceback.tb_next
        return found

    def deepest(self, error: BaseException) -> Place | None:
        """Where in the author's code an exception comes from; for a SyntaxError, the file that has it."""
        if isinstance(error, SyntaxError) and error.filename is not None and error.lineno is not None:
            path = self.file(error.filename)
            if path is not None:
                return Place(path, error.lineno)
        frames = self.frames(error.__traceback__)
        return frames[-1][1] if frames else None

    def place_of_last(self, error: BaseException) -> tuple[Place | None, bool]:
        """Where the last frame of a traceback is, None for other people's code, and whether its instruction is a raise."""
        last = error.__traceback__
        traceback = last
        while traceback is not None:
            # Code without a file, such as what a dataclass generates, is its caller's.
            if not traceback.tb_frame.f_code.co_filename.startswith("<"):
                last = traceback
            traceback = traceback.tb_next
        if last is None:
            return None, False
        code = last.tb_frame.f_code
        path = self.file(code.co_filename)
        raises = 0 <= last.tb_lasti < len(code.co_code) and code.co_code[last.tb_lasti] in _RAISES
        return None if path is None else Place(path, last.tb_lineno), raises

    def traceback(self, error: BaseException) -> str:
        """The traceback as Python prints it, with nothing but the author's frames; their files are relative to the project."""
        import linecache
        import traceback

        stack = traceback.StackSummary()
        for frame, place in self.frames(error.__traceback__):
            line = linecache.getline(place.file, place.line).strip()
            stack.append(traceback.FrameSummary(self._shown(place.file), place.line, frame.f_code.co_name, line=line))
        head = ["Traceback (most recent call last):\n"] if stack else []
        return "".join([*head, *stack.format(), *self._last_lines(error)]).rstrip("\n")

    def _last_lines(self, error: BaseException) -> list[str]:
        if isinstance(error, SyntaxError):
            import traceback

            try:
                said = traceback.TracebackException(type(error), error, None)
                path = self.file(said.filename)
                if path is not None:
                    said.filename = self._shown(path)
                return list(said.format_exception_only())
            except BaseException:
                pass
        return [headline(error)]

    def _shown(self, file: str) -> str:
        """An author's file as the user should read it: relative to the project, whatever the machine."""
        return file[len(self._root) :].replace(os.sep, "/")

    def policy(self, error: BaseException, policy_class: type[Any]) -> PolicyPlace | None:
        """The policy that an exception came out of, with the author's line that it came from."""
        owner: type[Any] | None = None
        traceback = error.__traceback__
        while traceback is not None:
            this: Any = traceback.tb_frame.f_locals.get("self")
            if isinstance(this, policy_class):
                owner = type_of(this)
                break
            traceback = traceback.tb_next
        if owner is None:
            return None
        place = self.deepest(error)
        return {
            "name": class_name(owner),
            "file": None if place is None else place.file,
            "line": None if place is None else place.line,
        }


def type_of(value: Any) -> type[Any]:
    return cast("type[Any]", type(value))


def class_name(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def words(value: object) -> str:
    """`str(value)`, whatever `value` does about it."""
    try:
        return str(value)
    except BaseException as error:
        return f"<{type(value).__name__} whose __str__ raises {type(error).__name__}>"


def headline(error: BaseException) -> str:
    """`KeyError: 'team'`, as the last line of a traceback says it."""
    said = words(error)
    name = type(error).__name__
    return f"{name}: {said}" if said else name

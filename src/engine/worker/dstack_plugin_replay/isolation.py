"""Whether a replay left its process as it found it, so that the next ones are as if it hadn't been.

What can be put back exactly is put back. After anything else the process is given up, and the rest is replayed in a fresh one.
"""

import json
import locale
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from .dstack_api import Dstack
from .plain import is_mapping

# What dstack, pydantic and this worker lean on, and what people patch.
_MODULES = ("builtins", "datetime", "json", "json.decoder", "json.encoder", "os", "time")
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE")
_SIGNALS = [int(getattr(signal, name)) for name in _NAMES if hasattr(signal, name)]
# Below `signal.getsignal`, which makes an enum of what this gives and takes twenty times as long.
_handler_of: Callable[[int], Any] = import_module("_signal").getsignal


class Altered(NamedTuple):
    """What a replay left altered, in words, and whether the process is no good any more."""

    what: list[str]
    beyond_repair: bool


class _State(NamedTuple):
    what: str
    read: Callable[[], Any]
    # Puts back what was read; None: nothing can.
    put: Callable[[Any], object] | None


class Guard:
    """The process as it was when the plugins were loaded. What they altered while they were, the server would have as well."""

    def __init__(self, dstack: Dstack, outputs: tuple[int, int]) -> None:
        """`outputs` are private copies of the descriptors 1 and 2."""
        self._folder = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
        self._inputs = (os.dup(0), *outputs)
        self._umask = os.umask(0o77)
        os.umask(self._umask)
        self._states = [
            _State("the working directory", _working_directory, self._return),
            _State("the standard descriptors", _descriptors, self._reopen),
            _State("the locale", _locale, _put_locale),
            _State("sys.path", lambda: list(sys.path), _put_path),
            _State("an alarm", lambda: signal.getitimer(signal.ITIMER_REAL)[0] > 0, _end_alarm),
            _State("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
            _State("sys.stdin, sys.stdout or sys.stderr", _streams, None),
            _State("signal handlers", _handlers, None),
            _State("logging", _logging, None),
            _State("limits of the process", _limits, None),
            _State("threads that go on", _threads, None),
            _State("processes that go on", _has_children, None),
        ]
        self._read = [state.read() for state in self._states]
        self._environment = dict(os.environ)
        self._raw_environment = dict(_raw_environment())
        modules = [sys.modules[name] for name in _MODULES if name in sys.modules]
        things = [*modules, json.JSONDecoder, json.JSONEncoder, *dstack.patchable()]
        self._names = [thing.__name__ for thing in things]
        # Views that show what is there now, and what was there.
        self._spaces: list[Any] = [vars(thing) for thing in things]
        self._were = [dict(space) for space in self._spaces]
        self._values = [space.values() for space in self._spaces]
        self._values_were = [list(space.values()) for space in self._were]

    def patched(self) -> bool:
        """Whether what dstack and this worker lean on was replaced, so that nothing can be told from calling it again."""
        # All of it compares by identity first, and at C's speed; values alone take half the time that they take with their names.
        try:
            return [[*values] for values in self._values] != self._values_were and self._spaces != self._were
        except Exception:
            return True

    def check(self) -> Altered:
        """Compares, puts back what can be put back, and says what was altered. Costs about 0.1 ms."""
        what: list[str] = []
        beyond_repair = False
        # Before the others: they call what may have been replaced.
        if self.patched():
            for name, space, was in zip(self._names, self._spaces, self._were, strict=True):
                what += [f"{name}.{attribute}" for attribute in _differing(space, was)]
            return Altered(what, True)
        for state, was in zip(self._states, self._read, strict=True):
            now = _attempt(state.read)
            if now != was:
                what.append(state.what)
                put = state.put
                if put is None or _attempt(lambda put=put, was=was: put(was)) is _FAILED or _attempt(state.read) != was:
                    beyond_repair = True
        if os.umask(self._umask) != self._umask:
            what.append("the umask")
        raw = _raw_environment()
        if (not raw or raw != self._raw_environment) and (environment := dict(os.environ)) != self._environment:
            # Names alone: a value may be a secret.
            what.append(f"os.environ ({', '.join(_differing(environment, self._environment))})")
            os.environ.clear()
            os.environ.update(self._environment)
        return Altered(what, beyond_repair)

    def _return(self, _: object) -> None:
        os.fchdir(self._folder)

    def _reopen(self, _: object) -> None:
        for descriptor, copy in enumerate(self._inputs):
            os.dup2(copy, descriptor)


def traces() -> list[Any]:
    """What the import of a module may leave in its process beside modules, to compare."""
    modules = [sys.modules[name] for name in _MODULES if name in sys.modules]
    reads: list[Callable[[], Any]] = [
        *(_working_directory, _descriptors, _locale, _streams, _handlers, _logging, _limits, _threads, _has_children),
        *(lambda: list(sys.path), lambda: dict(os.environ), sys.getrecursionlimit, _open_files, _tasks),
        *(lambda module=module: {**vars(module)} for module in modules),
    ]
    return [_attempt(read) for read in reads]


_FAILED = object()


def _attempt(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Exception:
        return _FAILED


def _differing(now: Any, was: dict[str, Any]) -> list[str]:
    missing = object()
    return sorted(str(key) for key in {**was, **now} if _differs(now.get(key, missing), was.get(key, missing)))


def _differs(now: object, was: object) -> bool:
    if now is was:
        return False
    try:
        return bool(now != was)
    except Exception:
        return True


def _raw_environment() -> dict[Any, Any]:
    """What `os.environ` holds, undecoded: quicker to compare than what it shows."""
    raw: object = getattr(os.environ, "_data", None)
    return raw if is_mapping(raw) else {}


def _working_directory() -> tuple[int, int]:
    here = os.stat(".")
    return here.st_dev, here.st_ino


def _descriptors() -> list[tuple[int, int]]:
    stats = [os.fstat(descriptor) for descriptor in (0, 1, 2)]
    return [(stat.st_dev, stat.st_ino) for stat in stats]


def _locale() -> str:
    return locale.setlocale(locale.LC_ALL)


def _put_locale(was: str) -> None:
    locale.setlocale(locale.LC_ALL, was)


def _end_alarm(_: object) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)


def _put_path(was: list[str]) -> None:
    sys.path[:] = was


def _streams() -> list[tuple[int, bool]]:
    streams: list[Any] = [sys.stdin, sys.stdout, sys.stderr]
    return [(id(stream), stream is not None and stream.closed) for stream in streams]


def _handlers() -> list[Any]:
    return [_handler_of(number) for number in _SIGNALS]


def _logging() -> tuple[Any, ...]:
    root = logging.getLogger()
    return list(root.handlers), root.level, root.manager.disable, logging.getLogger("dstack").level


def _limits() -> list[tuple[int, int]]:
    import resource

    kinds = (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
    return [resource.getrlimit(kind) for kind in kinds]


def _threads() -> set[int]:
    # The event loop's own threads wait for the next policy.
    return {id(thread) for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}


def _open_files() -> list[str]:
    return sorted(os.listdir("/dev/fd"))


def _tasks() -> int:
    """Threads that Python knows nothing of count as well, where the system says how many there are."""
    return len(os.listdir("/proc/self/task")) if sys.platform.startswith("linux") else threading.active_count()


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True

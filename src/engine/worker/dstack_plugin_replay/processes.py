"""Ends children with all that they left behind."""

import os
import signal
import sys
from typing import Any

# Signals that end a process that doesn't expect them, and that nobody has a reason to send to the supervisor.
HARMLESS = tuple(
    getattr(signal, name) for name in ("SIGALRM", "SIGPROF", "SIGUSR1", "SIGUSR2", "SIGVTALRM") if hasattr(signal, name)
)

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_libc: Any = None


def adopt_orphans() -> None:
    """On Linux, makes this process the parent of whatever its children leave, so that it can be found and ended."""
    global _libc
    if sys.platform.startswith("linux"):
        import ctypes

        _libc = ctypes.CDLL(None, use_errno=True)
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent: int) -> None:
    """In a child: ends it when its parent ends, however that comes about."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def end_orphans() -> None:
    """Kills every child of this process and all that these leave in turn. Call it where no child is wanted any more."""
    for _ in range(100):
        children = _children()
        if not children:
            return
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            except (ProcessLookupError, ChildProcessError):
                pass


def remove(folder: str) -> None:
    """Removes a folder, also where its files may not be entered or written."""
    import shutil

    def retry(act: Any, path: str, error: object) -> None:
        try:
            os.chmod(os.path.dirname(path), 0o700)
            os.chmod(path, 0o700)
            act(path)
        except OSError:
            pass

    shutil.rmtree(folder, onerror=retry)


def _children() -> list[int]:
    if not sys.platform.startswith("linux"):
        return []
    own = os.getpid()
    try:
        with open(f"/proc/self/task/{own}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return _children_by_parent(own)


def _children_by_parent(own: int) -> list[int]:
    """The same where the kernel doesn't list children (CONFIG_PROC_CHILDREN)."""
    found: list[int] = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    parent = file.read().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if parent == str(own):
                found.append(int(name))
    return found

"""Where a child hangs: it prints the stacks of its threads when it is asked to, even in the middle of a loop or a system call."""

import faulthandler
import os
import re
import select
import signal
import time

from . import descriptors
from .frames import Author
from .protocol import PolicyPlace

# Not used by Python, dstack or its libraries.
_ASK = getattr(signal, "SIGUSR2", None)
# The stacks come in pieces, and there may be something between them on a busy machine.
_SECONDS = 1.0
_SILENCE = 0.25
# The outermost frame of the main thread, which is the last one.
_END = re.compile(rb" in _run_module_as_main\n$")
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ')


def offer(descriptor: int) -> None:
    """In the child, once: `descriptor` gets the stacks."""
    if _ASK is not None:
        # In C, so it works while a policy holds the interpreter; and no handler of Python's that a policy could see or replace.
        faulthandler.register(_ASK, file=descriptor, all_threads=True)


def ask(pid: int, descriptor: int) -> str:
    """In the supervisor: the stacks of a child; empty where it doesn't answer."""
    if _ASK is None:
        return ""
    text = b""
    until = time.monotonic() + _SECONDS
    try:
        _signal(pid, _ASK)
    except ProcessLookupError:
        return ""
    while (wait := until - time.monotonic()) > 0 and not _END.search(text):
        if not select.select([descriptor], [], [], min(wait, _SILENCE) if text else wait)[0]:
            break
        data = descriptors.read(descriptor)
        if not data:
            break
        text += data
    return text.decode("utf-8", "replace")


def _signal(pid: int, number: int) -> None:
    """To the thread that runs, where that can be: its frames stand still as long as it answers by itself.

    Any other would read them while they come and go, which can end the process in the middle of the answer.
    """
    running = _running_thread(pid)
    if running is not None:
        try:
            import ctypes

            if ctypes.CDLL(None).tgkill(pid, running, number) == 0:
                return
        except (ImportError, OSError, AttributeError):
            # A Python without it, or a C library.
            pass
    os.kill(pid, number)


def _running_thread(pid: int) -> int | None:
    """The thread of a process that runs, or else waits for a disk, as far as the system tells."""
    found: dict[str, int] = {}
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/stat", encoding="ascii", errors="replace") as file:
                found.setdefault(file.read().rpartition(")")[2].split()[0], int(thread))
    except (OSError, ValueError, IndexError):
        return None
    return found.get("R", found.get("D"))


def place(author: Author, stacks: str) -> PolicyPlace | None:
    """The author's innermost line in the first thread that has one, named by the class of the outermost."""
    for thread in re.split(r"^(?:Current t|T)hread .*$", stacks, flags=re.M):
        found = [match for match in map(_FRAME.match, thread.splitlines()) if match and author.file(match[1])]
        if found:
            hook = found[-1]
            return {"name": _name(hook[1], int(hook[2])), "file": author.file(found[0][1]), "line": int(found[0][2])}
    return None


def _name(file: str, line: int) -> str:
    """`module.Class` of a line; without a class, the module."""
    import ast

    module = _module(file)
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return module
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.lineno <= line <= (node.end_lineno or 0):
            return f"{module}.{node.name}"
    return module


def _module(file: str) -> str:
    folder, name = os.path.split(file)
    parts = [] if name == "__init__.py" else [name.removesuffix(".py")]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    return ".".join(parts) or name

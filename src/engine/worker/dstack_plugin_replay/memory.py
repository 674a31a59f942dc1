"""What a replay may allocate, so that a policy that allocates without end ends neither the machine nor the worker."""

import os
import sys
from types import TracebackType

# Above what the process has when its plugins are loaded.
ALLOWED = 2 << 30
WORDS = "2 GiB"


class MemoryLimit:
    """Holds while a policy runs; the worker's own part of a replay may take what it needs.

    On Linux alone: elsewhere the kernel limits nothing of what counts.
    """

    def __init__(self) -> None:
        self._limits: tuple[int, int] | None = None
        if sys.platform.startswith("linux"):
            import resource

            with open("/proc/self/statm", encoding="ascii") as file:
                data = int(file.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
            soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
            if soft == resource.RLIM_INFINITY or soft > data + ALLOWED:
                self._limits = (soft, hard)
                self._during = (data + ALLOWED, hard)

    def __enter__(self) -> "MemoryLimit":
        self._set(True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._set(False)

    def _set(self, on: bool) -> None:
        if self._limits is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_DATA, self._during if on else self._limits)


def volunteer() -> None:
    """Where memory runs out all the same, the kernel ends this process first."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:
        pass


def ran_out(peak: int) -> bool:
    """Whether a process that died had about as much memory as it may have, in bytes: libraries abort where none is left."""
    return sys.platform.startswith("linux") and peak > ALLOWED * 9 // 10

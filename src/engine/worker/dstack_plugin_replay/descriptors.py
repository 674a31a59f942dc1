"""Reading, writing and moving descriptors, below Python's file objects."""

import fcntl
import os

_CHUNK = 1 << 18


def away(descriptor: int) -> int:
    """Moves a descriptor to where nobody stumbles over it, and keeps it from being inherited."""
    try:
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 500)
    except OSError:
        # The limit of open files is lower than that.
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


def read(descriptor: int) -> bytes | None:
    """What there is; empty: the other end is closed; None: nothing for now."""
    try:
        return os.read(descriptor, _CHUNK)
    except BlockingIOError:
        return None


def write(descriptor: int, data: bytes) -> None:
    """Writes all of it, however long that takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]

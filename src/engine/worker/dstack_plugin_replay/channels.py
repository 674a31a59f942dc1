"""The private descriptors by which a child tells the supervisor, in the words that `batch.py` lists."""

import os
import sys
from typing import NamedTuple

from . import descriptors

# The exit code of a child whose private descriptors a plugin closed.
CUT_OFF = 71


class Channels(NamedTuple):
    """The child's private descriptors: a plugin that closes or replaces 1 and 2 doesn't reach them."""

    answers: int
    output: int
    errors: int
    marker: bytes
    # Whose they are.
    process: int

    def say(self, *lines: bytes) -> None:
        self._write(self.answers, b"".join(line + b"\n" for line in lines))

    def mark(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            # The plugin may have put anything in the place of these.
            try:
                stream.flush()
            except BaseException:
                pass
        self._write(self.output, self.marker)
        self._write(self.errors, self.marker)

    def _write(self, descriptor: int, data: bytes) -> None:
        # A policy may have forked and let the copy return into here.
        if os.getpid() != self.process:
            os._exit(0)
        try:
            descriptors.write(descriptor, data)
        except OSError:
            os._exit(CUT_OFF)

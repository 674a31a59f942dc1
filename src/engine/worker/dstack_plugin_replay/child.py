"""A forked child under watch: its life, its answers and output as they come, its limits, and its end."""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from . import descriptors, memory, processes, stacks
from .capture import Capture
from .channels import CUT_OFF, Channels
from .errand import BUG, End, Limits, OnLine

# Bytes at a time, of the 64 KiB that a pipe holds.
_MUCH = 1 << 13

# What the time at each of the things that a child may be at is put down to.
_STAGES = {"start": "read", "read": "read", "load": "load", "chain": "load", "replay": "replay"}


class Child:
    """One child, from its fork to its end."""

    def __init__(self, work: Callable[[Channels], None], private: tuple[int, ...]) -> None:
        """Forks. The work is all that the child does; `private` are descriptors that it must not have."""
        answers, output, errors, asked = os.pipe(), os.pipe(), os.pipe(), os.pipe()
        # Nothing can guess it, and so nothing can write it by accident.
        marker = b"\0" + os.urandom(16).hex().encode() + b"\n"
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _live(parent, private, answers[1], output[1], errors[1], asked[1], marker, work)
        for pipe in (answers, output, errors, asked):
            os.close(pipe[1])
            os.set_blocking(pipe[0], False)
        self._answers = answers[0]
        self._output = Capture(marker)
        self._errors = Capture(marker)
        self._streams = {output[0]: self._output, errors[0]: self._errors}
        self._asked = asked[0]
        self.pipes = (answers[0], output[0], errors[0], asked[0])
        self._unread = bytearray()
        self._closed = False
        self._finished = False
        self._status: int | None = None
        self._peak = 0
        self._timed_out = False
        self._writes_much = False
        self._at: tuple[Any, ...] = ("start",)
        # Seconds that it took to read samples, to load the plugins, and to replay.
        self._spent: dict[str, float] = {"read": 0.0, "load": 0.0, "replay": 0.0}

    def begin(self, on_line: OnLine, limits: Limits) -> None:
        """From here on it is under watch, and its time is limited."""
        self._on_line = on_line
        self._limits = limits
        self._since = time.monotonic()
        self._deadline = self._since + limits.load

    def sources(self) -> list[int]:
        """The descriptors that wake whoever waits for it.

        What it writes to its output is read with its answers, or once in a while; where it writes much, as it comes.
        """
        return [self._answers, *self._streams] if self._writes_much else [self._answers]

    def patience(self) -> float:
        """Seconds until it has taken too long."""
        return max(0.0, self._deadline - time.monotonic())

    def look(self, readable: set[int]) -> bool:
        """Takes what there is of it. True: it has come to its end, or has taken too long; then `finish` is called next."""
        heard = False
        if self._answers in readable:
            heard = True
            self._read_answers()
        for stream in list(self._streams):
            if (stream in readable or not readable) and self._drain(stream):
                heard = True
        self._timed_out = not heard and self.patience() == 0.0
        return self._finished or self._closed or self._timed_out or self._gone()

    def finish(self, alone: bool) -> End:
        """Ends it, and says how it ended. `alone`: there is no other child, so that whatever is left must go, too."""
        cut_off = False
        where = ""
        try:
            if self._closed and not self._finished:
                cut_off = not self._wait_briefly()
            if self._timed_out:
                where = stacks.ask(self.pid, self._asked)
        finally:
            self._end(alone)
        # What was written before the end is still in the pipes.
        self._read_answers()
        for stream in list(self._streams):
            while self._drain(stream):
                pass
        for pipe in self.pipes:
            os.close(pipe)
        how = "finished" if self._finished else "timed-out" if self._timed_out else "died"
        status = self._status or 0
        cut_off = cut_off or os.waitstatus_to_exitcode(status) == CUT_OFF
        text = "file descriptors were closed that the policies hadn't opened" if cut_off else _cause(status)
        return End(
            how, self._at, text, status, _unclaimed(self._output), _unclaimed(self._errors), self._peak, self._spent, where
        )

    def drop(self) -> None:
        """Ends it, where nobody wants to know more of it."""
        try:
            # It may not have a group of its own yet.
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._end(alone=False)
        for pipe in self.pipes:
            os.close(pipe)

    def _end(self, alone: bool) -> None:
        """Kills the child and its process group; on Linux also whatever else was left, be it by this child or by another."""
        processes.kill_group(self.pid)
        if self._status is None:
            self._reap(0)
        if alone:
            processes.end_orphans()

    def _gone(self) -> bool:
        if self._status is None:
            self._reap(os.WNOHANG)
        return self._status is not None

    def _reap(self, options: int) -> None:
        pid, status, usage = os.wait4(self.pid, options)
        if pid:
            self._status = status
            # In KiB, but on macOS in bytes.
            self._peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def _wait_briefly(self) -> bool:
        """A child that closed its answers is about to end; its own exit code tells more than being killed."""
        until = time.monotonic() + 0.5
        while not self._gone() and time.monotonic() < until:
            time.sleep(0.002)
        return self._gone()

    def _read_answers(self) -> None:
        while not self._closed:
            data = descriptors.read(self._answers)
            if data is None:
                return
            self._closed = not data
            searched = len(self._unread)
            self._unread += data
            if self._unread.find(b"\n", searched) >= 0:
                *lines, self._unread = self._unread.split(b"\n")
                for line in lines:
                    self._line(bytes(line))

    def _line(self, line: bytes) -> None:
        tag, on_line = line[:1], self._on_line
        if tag == b"r":
            self._begin(("read", int(line[2:])), self._limits.read)
        elif tag == b"l":
            self._piece()
            self._begin(("load",), self._limits.load)
        elif tag == b"a":
            _, sample, context = line.split(b" ")
            self._begin(("replay", int(sample), int(context)), self._limits.replay)
        elif tag == b"e":
            self._account()
            self._finished = True
        elif tag == b"c":
            self._begin(("chain",), self._limits.load)
        elif tag == b"d":
            # What the plan wrote counts; the apply writes the same again.
            planned, applied = self._piece(), self._piece()
            on_line(line, planned[0] or applied[0], planned[1] or applied[1])
        elif tag == b"o":
            loaded = self._piece()
            self._piece()
            on_line(line, *loaded)
        elif tag == b"p":
            on_line(line, *self._piece())
        else:
            on_line(line, [], [])

    def _begin(self, at: tuple[Any, ...], seconds: float) -> None:
        self._account()
        self._at = at
        self._deadline = self._since + seconds

    def _account(self) -> None:
        """Puts the time since it was asked last down to what the child was at."""
        now = time.monotonic()
        self._spent[_STAGES[self._at[0]]] += now - self._since
        self._since = now

    def _piece(self) -> tuple[list[str], list[str]]:
        """What was written up to the marker that comes next: it was written before the line, so it is in the pipe by now."""
        for stream, capture in list(self._streams.items()):
            while not capture.finished and self._drain(stream):
                pass
        output, errors = self._output.finished, self._errors.finished
        return (output.pop(0) if output else [], errors.pop(0) if errors else [])

    def _drain(self, stream: int) -> bool:
        """Reads once from a stream. False: there is nothing more for now."""
        data = descriptors.read(stream)
        if data:
            self._writes_much = len(data) >= _MUCH
            self._streams[stream].feed(data)
            return True
        if data is not None:
            del self._streams[stream]
        return False


def _unclaimed(capture: Capture) -> list[str]:
    """Where a replay ended its process in its second phase, what the first wrote is finished but nobody's yet."""
    return [line for piece in [*capture.finished, capture.rest()] for line in piece]


def _live(
    parent: int,
    private: tuple[int, ...],
    answers: int,
    output: int,
    errors: int,
    asked: int,
    marker: bytes,
    work: Callable[[Channels], None],
) -> NoReturn:
    """The child's life, from the fork to its end. Nothing of it returns into the supervisor's code."""
    code = BUG
    try:
        os.setsid()
        for each in (signal.SIGTERM, signal.SIGHUP, *processes.HARMLESS):
            signal.signal(each, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        processes.die_with(parent)
        memory.volunteer()
        for descriptor in private:
            os.close(descriptor)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(output, 1)
        os.dup2(errors, 2)
        away = descriptors.away
        stacks.offer(away(asked))
        work(Channels(away(answers), away(output), away(errors), marker, os.getpid()))
        code = 0
    except BaseException:
        # What it says goes where the supervisor shows it.
        import traceback

        traceback.print_exc()
    finally:
        # Not `sys.exit`: threads that a plugin left would be waited for.
        os._exit(code)


def _cause(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = f"signal {number}"
        return f"the process was killed by {name}"
    return f"the process ended with exit code {os.WEXITSTATUS(status)}"

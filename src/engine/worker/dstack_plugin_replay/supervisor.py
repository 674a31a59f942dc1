"""The worker's first process: imports dstack once, forks a child for each batch, and passes the answers on.

It never runs a plugin's code and never starts a thread, so that it can fork at any time.
"""

import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from . import descriptors, dstack_rest, openapi, processes, updates, versions
from .batch import Channels
from .child import Child, End, Limits
from .dstack_api import Dstack, TooOld, import_dstack
from .normalise import normalise
from .protocol import encode
from .replays import Replays


def main(requests: int, answers: int, folder: str | None) -> NoReturn:
    """Serves requests until their end. `folder` is the temporary one, which is removed then."""
    requests, answers = descriptors.away(requests), descriptors.away(answers)
    try:
        dstack = import_dstack()
    except BaseException as error:
        _broken(answers, error)
    python = ".".join(str(part) for part in sys.version_info[:3])
    ready = {"type": "ready", "dstack": dstack.version, "python": python, "pydantic": dstack.pydantic}
    descriptors.write(answers, encode(ready) + b"\n")
    processes.adopt_orphans()
    # What is there now is never garbage: children needn't look at it, nor copy the pages that it is on.
    gc.collect()
    gc.freeze()
    Supervisor(dstack, requests, answers, folder).serve()


def _broken(answers: int, error: BaseException) -> NoReturn:
    import traceback

    too_old = isinstance(error, TooOld)
    text = str(error) if too_old else f"dstack can't be imported: {type(error).__name__}: {error}"
    answer = {"type": "broken", "tooOld": too_old, "text": text, "traceback": traceback.format_exc()}
    descriptors.write(answers, encode(answer) + b"\n")
    os._exit(1)


class Supervisor:
    def __init__(self, dstack: Dstack, requests: int, answers: int, folder: str | None) -> None:
        self._dstack = dstack
        self._requests = requests
        self._answers = answers
        self._folder = folder
        self._unread = bytearray()
        self._searched = 0
        self._queue: list[bytes] = []
        self._child: Child | None = None
        # The children's processes must not outlive this one.
        for each in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, self._on_signal)
        # A policy may signal whoever started it.
        for each in processes.HARMLESS:
            signal.signal(each, signal.SIG_IGN)

    def serve(self) -> NoReturn:
        while True:
            while not self._queue:
                self._receive()
            request = json.loads(self._queue.pop(0))
            match request["do"]:
                case "normalise":
                    self.say(encode(normalise(self._dstack, request)))
                case "openapi":
                    self._describe(request["id"])
                case "versions":
                    self.say(encode(versions.compare(request)))
                case "updates":
                    self.say(encode(updates.judge(self._dstack, request)))
                case _:
                    self._dstack.enable(request["plugins"])
                    Replays(self, self._dstack, request).run()

    def _describe(self, number: int) -> None:
        self._dstack.enable([dstack_rest.NAME])

        def work(channels: Channels) -> None:
            channels.say(b"x " + encode(openapi.document(self._dstack)), b"e")

        found: list[bytes] = []
        end = self.fork(work, lambda line, printed, logs: found.append(line[2:]), Limits(60, 60, 60))
        if not found:
            raise RuntimeError("\n".join([end.text, *end.logs]))
        self.say(b'{"type":"openapi","id":%d,"document":' % number + found[0] + b"}")

    def say(self, line: bytes) -> None:
        try:
            descriptors.write(self._answers, line + b"\n")
        except OSError:
            # The parent is gone.
            self._end()

    def _receive(self) -> None:
        """Reads from the parent, once. Its end is the end of all."""
        try:
            data = descriptors.read(self._requests)
        except OSError:
            data = b""
        if not data:
            self._end()
        self._unread += data
        while True:
            end = self._unread.find(b"\n", self._searched)
            if end < 0:
                self._searched = len(self._unread)
                return
            self._queue.append(bytes(self._unread[:end]))
            del self._unread[: end + 1]
            self._searched = 0

    def _on_signal(self, number: int, frame: object) -> None:
        self._end()

    def _end(self) -> NoReturn:
        if self._child is not None:
            processes.kill_group(self._child.pid)
        processes.end_orphans()
        if self._folder is not None:
            processes.remove(self._folder)
        os._exit(0)

    def fork(
        self, work: Callable[[Channels], None], on_line: Callable[[bytes, list[str], list[str]], None], limits: Limits
    ) -> End:
        """Runs `work` in a child of its own, and returns when all of it is gone."""
        self._child = Child(work, (self._requests, self._answers), limits)
        try:
            return self._child.watch(on_line, self._requests, self._receive)
        finally:
            self._child = None

"""The worker's first process: imports dstack once, forks a child for each batch, and passes the answers on.

It never runs a plugin's code and never starts a thread, so that it can fork at any time.
"""

import gc
import json
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable
from typing import NoReturn

from . import descriptors, dstack_rest, offer, openapi, outside, processes, updates, versions
from .ahead import Ahead
from .channels import Channels
from .child import Child
from .dstack_api import Dstack, TooOld, import_dstack
from .errand import End, Errand, Limits
from .normalise import normalise
from .protocol import ReplayRequest, encode
from .reading import Part
from .reads import Reads
from .replays import Replays, lanes, offer_of_a_child
from .share import Task

# How often to look whether a child is gone: processes that it left behind may keep its pipes open.
_LOOK_SECONDS = 0.05
# How long the answers of busy children are left to gather: to wake for each would take the processor from them.
_GATHER_SECONDS = 0.006
# How long there is nothing new before anything is done ahead of need: the parent still shows results.
_CALM_SECONDS = 0.1


def main(requests: int, answers: int, folder: str | None, plain: bool) -> NoReturn:
    """Serves requests until their end. `folder` is the temporary one, which is removed then. `plain`: one child at a time,
    and nothing left for later.

    The garbage collector is off when this is called, and on when dstack is imported.
    """
    requests, answers = descriptors.away(requests), descriptors.away(answers)
    try:
        dstack = import_dstack(plain)
    except BaseException as error:
        _broken(answers, error)
    python = ".".join(str(part) for part in sys.version_info[:3])
    ready = {"type": "ready", "dstack": dstack.version, "python": python, "pydantic": dstack.pydantic}
    descriptors.write(answers, encode(ready) + b"\n")
    processes.adopt_orphans()
    # What is there now is never garbage: children needn't look at it, nor copy the pages that it is on.
    gc.freeze()
    gc.enable()
    Supervisor(dstack, requests, answers, folder, plain).serve()


def _broken(answers: int, error: BaseException) -> NoReturn:
    import traceback

    too_old = isinstance(error, TooOld)
    text = str(error) if too_old else f"dstack can't be imported: {type(error).__name__}: {error}"
    answer = {"type": "broken", "tooOld": too_old, "text": text, "traceback": traceback.format_exc()}
    descriptors.write(answers, encode(answer) + b"\n")
    os._exit(1)


class Supervisor:
    def __init__(self, dstack: Dstack, requests: int, answers: int, folder: str | None, plain: bool) -> None:
        self._dstack = dstack
        self._requests = requests
        self._answers = answers
        self._folder = folder
        # None: nothing is done ahead of need.
        self._memory = None if plain else outside.Memory()
        # The plugins of the request at hand, and those whose imports from outside were imported here.
        self._plugins: list[str] = []
        self._ready: list[str] | None = None
        self._reads = Reads()
        # How many children may run at a time.
        self._lanes = 1 if plain else lanes()
        # Modules that are imported before the next child is forked.
        self._outside: list[str] | None = None
        self._unread = bytearray()
        self._searched = 0
        self._queue: list[bytes] = []
        # Lines for the parent that weren't written yet.
        self._unsaid: list[bytes] = []
        # The children that there are, each with what waits for its end.
        self._children: dict[Child, Task] = {}
        # Children that wait for a request.
        self._ahead = Ahead(dstack, self._reads)
        # The children's processes must not outlive this one.
        for each in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, self._on_signal)
        # A policy may signal whoever started it.
        for each in processes.HARMLESS:
            signal.signal(each, signal.SIG_IGN)

    def serve(self) -> NoReturn:
        while True:
            self._flush()
            self._wait()
            request = json.loads(self._queue.pop(0))
            match request["do"]:
                case "normalise":
                    self.say(encode(normalise(self._dstack, request)))
                case "openapi":
                    self._describe(request["id"])
                case "offer":
                    offer.keep(request["offerCache"], offer_of_a_child(self, self._dstack))
                    self.say(encode({"type": "offer", "id": request["id"]}))
                case "versions":
                    self.say(encode(versions.compare(request)))
                case "updates":
                    self.say(encode(updates.judge(self._dstack, request)))
                case _:
                    self._get_ready(request["plugins"])
                    self._ahead.begin(request)
                    Replays(self, self._dstack, request, self._lanes, self._reads).run()
                    self._flush()
                    self._catch_up()

    def _wait(self) -> None:
        """Until there is a request. What is expected to come is got ready meanwhile."""
        if not self._queue and not select.select([self._requests], [], [], _CALM_SECONDS)[0]:
            self._ahead.fork((self._requests, self._answers))
        while not self._queue:
            self._receive()

    def _describe(self, number: int) -> None:
        self._dstack.enable([dstack_rest.NAME])

        def work(channels: Channels) -> None:
            channels.say(b"x " + encode(openapi.document(self._dstack)), b"e")

        found: list[bytes] = []

        def on_line(line: bytes, printed: list[str], logs: list[str]) -> None:
            found.append(line[2:])

        end = self.fork(Errand(work, on_line, Limits(60, 60, 60)))
        if not found:
            raise RuntimeError("\n".join([end.text, *end.logs]))
        self.say(b'{"type":"openapi","id":%d,"document":' % number + found[0] + b"}")

    def say(self, line: bytes) -> None:
        """Has a line written to the parent, with others that come at the same time."""
        self._unsaid.append(line)

    def _flush(self) -> None:
        if not self._unsaid:
            return
        lines = b"\n".join(self._unsaid) + b"\n"
        self._unsaid.clear()
        try:
            descriptors.write(self._answers, lines)
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
        # Those that wait end with what they wait for.
        for child in self._children:
            processes.kill_group(child.pid)
        processes.end_orphans()
        if self._folder is not None:
            processes.remove(self._folder)
        os._exit(0)

    def fork(self, errand: Errand) -> End:
        """Runs an errand in a child of its own, and returns when all of it is gone."""
        ends: list[End] = []

        def task() -> Task:
            ends.append((yield errand))

        self.run([task()], 1, busy=False)
        return ends[0]

    def run(self, tasks: Iterable[Task], lanes: int, busy: bool) -> None:
        """Runs tasks to their end, the errands of as many of them at a time as there are lanes. They start in their order.

        `busy`: they have a lot to say.
        """
        waiting = deque(tasks)
        while waiting or self._children:
            while waiting and len(self._children) < lanes:
                self._go_on(waiting.popleft(), None)
            if self._children:
                if busy:
                    time.sleep(_GATHER_SECONDS)
                self._watch()
                self._flush()

    def _get_ready(self, plugins: list[str]) -> None:
        self._dstack.enable(plugins)
        self._plugins = plugins
        if self._memory is not None and self._ready != plugins:
            self._outside = self._memory.recall(plugins)
            self._ready = None if self._outside is None else plugins

    def expect(self, request: ReplayRequest, parts: list[Part]) -> None:
        """What the next request will most likely be, and the parts of it that begin at once."""
        if self._memory is not None:
            self._ahead.expect(request, parts)

    def is_ready(self) -> bool:
        """Whether children find imported what the plugins import from outside, as far as that is known."""
        return self._memory is None or self._ready == self._plugins

    def learn(self, learned: outside.Learned, soon: bool) -> None:
        """What a child saw is kept. `soon`: it is imported before the next child is forked, or once there is nothing to do."""
        if self._memory is None:
            return
        if not self.is_ready():
            self._memory.keep(self._plugins, learned)
        if soon:
            self._outside, self._ready = learned["modules"], self._plugins

    def _catch_up(self) -> None:
        if self._outside:
            gc.disable()
            outside.preload(self._outside)
            gc.freeze()
            gc.enable()
        self._outside = None

    def _go_on(self, task: Task, end: End | None) -> None:
        try:
            errand = next(task) if end is None else task.send(end)
        except StopIteration:
            return
        self._catch_up()
        child = None if errand.order is None else self._ahead.claim(errand.order)
        if child is None:
            pipes = [pipe for child in self._children for pipe in child.pipes]
            child = Child(errand.work, (self._requests, self._answers, *pipes, *self._ahead.descriptors))
        child.begin(errand.on_line, errand.limits)
        self._children[child] = task

    def _watch(self) -> None:
        """Waits until there is something of a child, or of the parent, and deals with it."""
        sources = [self._requests, *(source for child in self._children for source in child.sources())]
        patience = min(child.patience() for child in self._children)
        readable = set(select.select(sources, [], [], min(patience, _LOOK_SECONDS))[0])
        if self._requests in readable:
            self._receive()
        for child in list(self._children):
            if child.look(readable):
                end = child.finish(alone=len(self._children) == 1 and not self._ahead.descriptors)
                task = self._children.pop(child)
                self._go_on(task, end)

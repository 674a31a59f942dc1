"""What was read of samples, kept from one request to the next for as long as nothing but the plugins' own code changes."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from . import unseen
from .dstack_api import Dstack
from .file_state import state_of
from .protocol import ReplayRequest, SampleAnswer, SampleRequest, encode
from .samples import Sample, Spec
from .walk import Start


class Known(NamedTuple):
    """A sample that was read before, and its answers but for the numbers of the request and of the sample."""

    sample: Sample
    answers: list[bytes]


class _Kept(NamedTuple):
    request: SampleRequest
    # What tells that the file was changed.
    state: list[int]
    read: bytes


class Reads:
    """Of a worker, in its first process: children find there what others have read."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        # In a child that waits for a request, by file.
        self._ready: dict[str, Known] = {}
        self._env: dict[str, str] = {}
        self._request: ReplayRequest | None = None

    def begin(self, request: ReplayRequest) -> None:
        """Forgets what a request can't use any more."""
        if not request.get("unchanged", False) or request["env"] != self._env:
            self._kept.clear()
        self._env = request["env"]
        self._request = request if request.get("again", False) else None

    def keep(self, number: int, read: bytes) -> None:
        """What a child read of a sample of the request that was begun, all of whose contexts can be replayed."""
        if self._request is not None:
            sample = self._request["samples"][number]
            try:
                self._kept[sample["file"]] = _Kept(sample, state_of(sample["file"]), read)
            except OSError:
                # It was read a moment ago. Next time it isn't there.
                pass

    def get_ready(self, dstack: Dstack, files: Iterable[str]) -> None:
        """In a child that waits: takes apart what was read of these files, and parses a spec for each phase."""
        for file in files:
            kept = self._kept.get(file)
            if kept is not None:
                ready = self._ready[file] = unpack(kept.read)
                for spec in ready.sample.specs.values():
                    plan, walk = (dstack.parse(ready.sample.kind, spec.submitted) for _ in range(2))
                    spec.ready.extend((Start(plan), Start(walk, dstack.dump(walk), unseen.of(dstack, walk))))

    def find(self, request: SampleRequest) -> Known | None:
        file = request["file"]
        kept = self._kept.get(file)
        if kept is None or kept.request != request:
            return None
        try:
            return (self._ready.get(file) or unpack(kept.read)) if state_of(file) == kept.state else None
        except OSError:
            return None


def pack(sample: Sample) -> bytes:
    """Plain data as a line without its end."""
    specs = {str(context): (spec.submitted, spec.before) for context, spec in sample.specs.items()}
    return encode([sample.kind, sample.answers, specs])


def unpack(line: bytes) -> Known:
    kind, listed, specs = json.loads(line)
    answers: list[SampleAnswer] = listed
    sample = Sample(kind, answers, {int(context): Spec(submitted, before, []) for context, (submitted, before) in specs.items()})
    numbers = ("id", "sample")
    return Known(sample, [encode({key: answer[key] for key in answer if key not in numbers}) for answer in answers])

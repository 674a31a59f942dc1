"""What was read of samples, kept from one request to the next for as long as nothing but the plugins' own code changes."""

import json
from typing import NamedTuple

from .file_state import state_of
from .protocol import ReplayRequest, SampleAnswer, SampleRequest, encode
from .samples import Sample, Spec


class _Kept(NamedTuple):
    request: SampleRequest
    # What tells that the file was changed.
    state: list[int]
    read: bytes


class Reads:
    """Of a worker, in its first process: children find there what others have read."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
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

    def find(self, request: SampleRequest) -> Sample | None:
        kept = self._kept.get(request["file"])
        if kept is None or kept.request != request:
            return None
        try:
            return unpack(kept.read) if state_of(request["file"]) == kept.state else None
        except OSError:
            return None


def pack(sample: Sample) -> bytes:
    """Plain data as a line without its end."""
    specs = {str(context): list(spec) for context, spec in sample.specs.items()}
    return encode([sample.kind, sample.answers, specs])


def unpack(line: bytes) -> Sample:
    kind, answers, specs = json.loads(line)
    listed: list[SampleAnswer] = answers
    return Sample(kind, listed, {int(context): Spec(*spec) for context, spec in specs.items()})

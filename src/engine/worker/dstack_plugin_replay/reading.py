"""A child's first task: the samples of its part, from their files or from what was read of them before."""

from typing import Any

from . import offer, samples, server_way
from .channels import Channels
from .dstack_api import Dstack
from .protocol import ReplayRequest, ValidSample, encode
from .reads import Reads, pack

# Which contexts of which samples to replay, by their numbers in the request.
Part = dict[int, list[int]]


def samples_of(dstack: Dstack, request: ReplayRequest, part: Part, reads: Reads, channels: Channels) -> dict[int, samples.Sample]:
    """All samples of a part, by their numbers in the request. Each answer is told as soon as it is there."""
    read = _known(request, part, reads, channels)
    for number, contexts in part.items():
        if number not in read:
            read[number] = _read(dstack, request, number, contexts, channels)
    return read


def _known(request: ReplayRequest, part: Part, reads: Reads, channels: Channels) -> dict[int, samples.Sample]:
    """Those that were read before."""
    known: dict[int, samples.Sample] = {}
    lines: list[bytes] = []
    for number, contexts in part.items():
        found = None if number == offer.SAMPLE else reads.find(request["samples"][number])
        if found is not None:
            numbers = b's %d {"id":%d,"sample":%d,' % (number, request["id"], number)
            lines += [numbers + answer[1:] for answer in found.answers]
            known[number] = found.sample._replace(specs={context: found.sample.specs[context] for context in contexts})
    channels.say(*lines)
    return known


def _read(dstack: Dstack, request: ReplayRequest, number: int, contexts: list[int], channels: Channels) -> samples.Sample:
    channels.say(b"r %d" % number)
    if number == offer.SAMPLE:
        return _read_offer(dstack, request, channels)
    sample = request["samples"][number]
    # The numbers of the contexts stay those of the request.
    chosen: Any = {**sample, "contexts": [sample["contexts"][context] for context in contexts]}
    found = samples.read(dstack, request["id"], number, chosen, request["env"])
    lines: list[bytes] = []
    for answer in found.answers:
        if answer["type"] == "sample":
            lines.append(b"s %d " % number + encode(answer))
        else:
            if answer["context"] is not None:
                answer["context"] = contexts[answer["context"]]
            at = -1 if answer["context"] is None else answer["context"]
            lines.append(b"i %d %d " % (number, at) + encode(answer))
    read = samples.Sample(found.kind, found.answers, {contexts[context]: spec for context, spec in found.specs.items()})
    if request.get("again", False) and len(read.specs) == len(sample["contexts"]):
        lines.append(b"k %d " % number + pack(read))
    channels.say(*lines)
    return read


def _read_offer(dstack: Dstack, request: ReplayRequest, channels: Channels) -> samples.Sample:
    submitted = request.get("offer", {})
    try:
        before = server_way.without_policies(dstack, "run", submitted)
    except Exception:
        # That the server would refuse it is no affair of the plugin's.
        before = submitted
    answer: ValidSample = {
        "id": request["id"],
        "sample": offer.SAMPLE,
        "type": "sample",
        "kind": "run",
        "configurationType": "task",
        "secrets": [],
    }
    channels.say(b"s %d " % offer.SAMPLE + encode(answer))
    return samples.Sample("run", [answer], {0: samples.Spec(submitted, before, [])})

"""What a forked child does: it reads the samples, loads the plugins, and replays.

It tells the supervisor by lines of a letter and what belongs to it:

    r SAMPLE                     this sample is read next
    s SAMPLE JSON                the sample's answer
    k SAMPLE JSON                what was read of the sample, where more requests will follow
    i SAMPLE CONTEXT JSON        the answer to a sample, or one context of it (else -1), that can't be replayed
    l                            the plugins are loaded next
    m JSON                       their own files, and what they imported beside them, where that was asked for
    p JSON                       they didn't load: what dstack said; the child ends
    c                            they are asked for their policies next
    o JSON                       the plugins' names, and the chain of policies
    a SAMPLE CONTEXT             this is replayed next
    h JSON                       it sends this to the plugin service; null: that has come to an end
    d SAMPLE CONTEXT JSON        its answer
    x JSON                       the answer to another errand
    e                            the end

and by a marker in both output streams after the samples, after the plugins, after they were asked for their policies, after each
plan, and after each replay.
"""

import io
import logging
import os
import sys

from . import endings, loading, offer, samples, server_checks, server_way
from .chain import Chain, ask
from .channels import Channels
from .dstack_api import Dstack
from .errand import Order
from .frames import Author
from .isolation import Guard
from .loop import Loop
from .memory import MemoryLimit
from .outside import Watched
from .protocol import Context, Fact, Replay, ReplayRequest, encode
from .reading import Part, samples_of
from .reads import Reads
from .replaying import Replay as Replaying
from .replaying import Surroundings
from .service import Service, reach
from .surface import Surface


def run(dstack: Dstack, order: Order, reads: Reads, channels: Channels, surface: Surface | None) -> None:
    """Replays. `reads`: what others have read. `surface`: what the specs that are ready there were parsed by; None: none are."""
    request, part, asks = order
    modules = list(sys.modules)
    _settle(dstack, channels)
    # All samples are read before any plugin has had a chance to change what reads them.
    read = samples_of(dstack, request, part, reads, channels)
    channels.mark()
    service = reach(dstack, request, lambda exchange: channels.say(b"h " + encode(exchange)))
    channels.say(b"l")
    watched = Watched(modules) if request.get("learns") else None
    loaded = loading.load(dstack, request["plugins"])
    channels.mark()
    if loaded.error is not None or loaded.warnings:
        channels.say(b"p " + encode(loading.said_of(loaded)))
        return
    author = Author(request["root"])
    if watched is not None:
        channels.say(b"m " + encode(watched.imported(author)))
    chain = Chain([])
    if asks:
        channels.say(b"c")
        chain = ask(dstack, author)
    channels.mark()
    channels.say(b"o " + encode({"plugins": loaded.plugins, "policies": chain.described}))
    if surface is not None and surface.altered():
        # The server parses when the plugins are loaded.
        for sample in read.values():
            for spec in sample.specs.values():
                spec.ready.clear()
    _replay_all(dstack, request, part, read, chain, author, service, channels)
    channels.say(b"e")


def probe(dstack: Dstack, request: ReplayRequest, plugin: str, examine: bool, channels: Channels) -> None:
    """Finds out what is wrong with one plugin: loads it alone, or does what dstack does step by step."""
    _settle(dstack, channels)
    author = Author(request["root"])
    channels.mark()
    reach(dstack, request, lambda exchange: None)
    channels.say(b"l")
    if examine:
        found = loading.examine(dstack, author, plugin)
    else:
        found = loading.problem(dstack, author, plugin, loading.load(dstack, [plugin]))
    channels.say(b"x " + encode(found), b"e")


def build_offer(dstack: Dstack, channels: Channels) -> None:
    channels.say(b"x " + encode(offer.build(dstack)._asdict()), b"e")


def _blocked_update(dstack: Dstack, around: Surroundings, spec: samples.Spec, who: Context) -> list[Fact]:
    """Whether a service that was submitted before there was a plugin can't be updated in place any more."""
    checks = dstack.server_checks
    changed = None if checks is None else server_checks.with_new_commands(spec.submitted)
    if checks is None or changed is None:
        return []
    try:
        running = dstack.parse("run", spec.before)
        if checks.refuses_update(running, dstack.parse("run", server_way.without_policies(dstack, "run", changed))) is not None:
            return []
        after = Replaying(around, "run", changed, who, []).plan_alone().judged.after
        refusal = None if after is None else checks.refuses_update(running, dstack.parse("run", after))
    except Exception:
        # The changed spec has faults of its own.
        return []
    return [] if refusal is None else [server_checks.blocked_update(refusal)]


def _replay_all(
    dstack: Dstack,
    request: ReplayRequest,
    part: Part,
    read: dict[int, samples.Sample],
    chain: Chain,
    author: Author,
    service: Service | None,
    channels: Channels,
) -> None:
    memory = MemoryLimit()
    around = Surroundings(dstack, author, chain, Loop(), memory, None if service is None else service.recorder)
    guard = Guard(dstack, (channels.output, channels.errors))
    answered: list[bytes] = []
    for number in part:
        sample = read[number]
        for context, spec in sample.specs.items():
            at = b"a %d %d" % (number, context)
            # One write for the answer and for what comes next, so that the supervisor wakes once.
            channels.say(*answered, at)
            logged = None if service is None else service.logged()

            def planned(seconds: float, at: bytes = at) -> bool:
                channels.mark()
                if seconds > request["timeout"] / 10:
                    # The limit is one for each phase.
                    channels.say(at)
                return not guard.patched()

            # `dstack offer` is replayed as whoever the first sample is.
            who = request["samples"][max(number, 0)]["contexts"][context]
            replay = Replaying(around, sample.kind, spec.submitted, who, spec.ready)
            if number == offer.SAMPLE:
                replayed = replay.plan_alone()
                channels.mark()
            else:
                replayed = replay.run(planned)
            judged, error = replayed.judged, replayed.error
            facts = [*replayed.facts]
            updatable = dstack.server_checks is not None and number != offer.SAMPLE and judged.outcome == "accepted"
            if updatable and not guard.patched():
                facts += _blocked_update(dstack, around, spec, who)
            altered = guard.check()
            facts += endings.of_alteration(altered)
            if error is not None:
                facts += endings.of_error(error, judged.policy)
            if isinstance(error, MemoryError):
                judged = judged._replace(message=endings.with_limit(str(judged.message)))
            answer: Replay = {
                # What each answer has of its own stands first: the rest is often that of the last request.
                "id": request["id"],
                "milliseconds": round(replayed.seconds * 1000, 3),
                "type": "replay",
                "sample": number,
                "context": context,
                "outcome": judged.outcome,
                "message": judged.message,
                "before": spec.before,
                "after": judged.after,
                "policy": judged.policy,
                "steps": replayed.steps,
                "facts": facts,
                "reached": replayed.reached,
                "traceback": judged.traceback,
            }
            if service is not None:
                answer["exchanges"] = replayed.exchanges
                logs = logged, service.logged()
                if logs[0] is not None and logs[1] is not None:
                    answer["serviceLog"] = logs[0], logs[1]
            answered = [b"d %d %d " % (number, context) + encode(answer, dstack.quick_json)]
            channels.mark()
            if altered.beyond_repair or isinstance(error, MemoryError):
                # The supervisor has the rest replayed in another process.
                channels.say(*answered)
                return
    channels.say(*answered)


class _Lines(logging.Formatter):
    """`LEVEL logger.name: message`, as the server's own lines but without the time, which would differ in every run."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")


def _settle(dstack: Dstack, channels: Channels) -> None:
    # From here on no bytecode is written: the target's tree stays as it was.
    sys.dont_write_bytecode = True
    _configure_logging(dstack, channels)


def _configure_logging(dstack: Dstack, channels: Channels) -> None:
    """As `dstack server` does it (`configure_logging`): dstack and plugins from INFO on, everybody else from the root's level."""
    # Line by line, so that what a policy printed before it ended the process is seen. New ones, since the old ones know about the
    # files that 1 and 2 were before.
    sys.stdout = sys.__stdout__ = _text(1)
    sys.stderr = sys.__stderr__ = _text(2)
    handler = logging.StreamHandler(_text(channels.errors))
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(dstack.root_log_level)
    logging.getLogger("dstack").setLevel(os.environ.get("DSTACK_SERVER_LOG_LEVEL", "INFO").upper())


def _text(descriptor: int) -> io.TextIOWrapper:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)

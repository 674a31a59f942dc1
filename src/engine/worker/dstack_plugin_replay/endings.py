"""What a replay did to its process, as facts."""

from . import memory
from .isolation import Altered
from .protocol import Fact, PolicyPlace

# At most so many names of what was altered: one who patches all of `os` needn't read all of it.
_SHOWN = 5


def of_error(error: BaseException, place: PolicyPlace | None) -> list[Fact]:
    """Of what a policy raised: whether the server would end, or memory ran out."""
    if isinstance(error, SystemExit):
        return [fact("exited", "sys.exit", place)]
    if isinstance(error, KeyboardInterrupt):
        return [fact("exited", "KeyboardInterrupt", place)]
    if isinstance(error, MemoryError):
        return [fact("out-of-memory", memory.WORDS, place)]
    return []


def with_limit(message: str) -> str:
    return f"{message}; this tool lets a replay take {memory.WORDS}"


def of_alteration(altered: Altered) -> list[Fact]:
    if not altered.what:
        return []
    more = len(altered.what) - _SHOWN
    shown = altered.what[:_SHOWN] + ([f"{more} more"] if more > 0 else [])
    return [fact("alters-process", ", ".join(shown))]


def of_death(text: str, peak: int, killed: bool) -> list[Fact]:
    """Of a process that ended by itself: `text` says how, `peak` is the memory that it had, in bytes."""
    if killed and memory.ran_out(peak):
        return [fact("out-of-memory", memory.WORDS)]
    return [fact("exited", text)]


def fact(code: str, text: str, place: PolicyPlace | None = None) -> Fact:
    file, line = (None, None) if place is None else (place["file"], place["line"])
    return {"code": code, "policy": None, "file": file, "line": line, "path": None, "text": text}

"""What a child is forked for, and how it ended."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from .channels import Channels
from .protocol import ReplayRequest
from .reading import Part

# The exit code of a child over an error that came out of the worker's own code.
BUG = 70

OnLine = Callable[[bytes, list[str], list[str]], None]


class Limits(NamedTuple):
    """Seconds that a child may take for reading a sample, for loading the plugins, and for a replay."""

    read: float
    load: float
    replay: float


class Order(NamedTuple):
    """A part of a request. `asks`: whether to ask for the chain of policies before."""

    request: ReplayRequest
    part: Part
    asks: bool


class Errand(NamedTuple):
    """What a child is forked for. Every answer is handed to `on_line` with what was written up to it."""

    work: Callable[[Channels], None]
    on_line: OnLine
    limits: Limits
    # The same for a child that waits, which does no other work.
    order: Order | None = None


class End(NamedTuple):
    """How a child ended, and what it was at: `("read", sample)`, `("load",)` or `("replay", sample, context)`."""

    how: Literal["finished", "died", "timed-out"]
    at: tuple[Any, ...]
    # Such as `the process ended with exit code 3`.
    text: str
    status: int
    printed: list[str]
    logs: list[str]
    # The most memory that it had at a time, in bytes.
    peak: int
    # Seconds by stage, as far as it got: `read`, `load`, `replay`.
    spent: dict[str, float]
    # Of its threads, where it timed out.
    stacks: str = ""

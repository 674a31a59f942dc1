"""The dummy task of `dstack offer`, built by dstack's own code once and kept: its import takes seconds."""

import json
import os
from typing import Any, NamedTuple

from .dstack_api import Dstack
from .protocol import JsonObject

# The number of the built-in sample.
SAMPLE = -1


class Offer(NamedTuple):
    """The spec as the server gets it, or why there is none."""

    spec: JsonObject | None
    missing: str | None


def kept(path: str | None) -> Offer | None:
    """What was kept, if it can be read."""
    if path is None:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            data: Any = json.load(file)
        return Offer(data["spec"], data["missing"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(path: str | None, offer: Offer) -> None:
    """Nobody ever sees half of the file. Where it can't be written, it is built again."""
    if path is None:
        return
    new = f"{path}.{os.getpid()}.new"
    try:
        with open(new, "w", encoding="utf-8") as file:
            json.dump(offer._asdict(), file)
        os.replace(new, path)
    except OSError:
        pass


def build(dstack: Dstack) -> Offer:
    """In a process of its own. `dstack offer` without arguments, from a folder without profiles."""
    try:
        spec = dstack.cli.offer_spec()
    except (ImportError, AttributeError) as error:
        return Offer(None, f"dstack {dstack.version} has no builder for the spec of `dstack offer` ({error})")
    except (Exception, SystemExit) as error:
        return Offer(None, f"dstack {dstack.version} can't build the spec of `dstack offer`: {type(error).__name__}: {error}")
    return Offer(dstack.dump(spec), None)

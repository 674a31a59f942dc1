"""A child's side of a run with a plugin service: where `rest_plugin` finds it, what is said to it, and how long its log is."""

import os
from collections.abc import Callable
from typing import NamedTuple

from .dstack_api import Dstack
from .exchanges import Recorder
from .protocol import Exchange, ReplayRequest


class Service(NamedTuple):
    recorder: Recorder
    # The file that its output goes to.
    log: str | None

    def logged(self) -> int | None:
        """The bytes in its log by now."""
        return size_of(self.log)


def reach(dstack: Dstack, request: ReplayRequest, on_sent: Callable[[Exchange | None], None]) -> Service | None:
    """Before the plugins are loaded: they may ask for the service's place, or keep functions of `requests`, while they are."""
    service = request.get("service")
    if service is None or dstack.rest is None:
        return None
    os.environ[dstack.rest.uri_variable] = service["url"]
    return Service(Recorder(dstack.rest, service["url"], on_sent), service["log"])


def size_of(log: str | None) -> int | None:
    try:
        return None if log is None else os.stat(log).st_size
    except OSError:
        return None

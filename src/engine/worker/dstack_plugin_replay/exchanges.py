"""What `rest_plugin` and the plugin service say to each other, as it was on the wire.

`requests` is asked at two places: around `Session.send`, which returns when the body has come to its end and all redirects were
followed, and around `HTTPAdapter.send`, which returns with the head of each answer: that is known where the body breaks off.
"""

import codecs
import threading
import time
from collections.abc import Callable
from typing import Any

from .dstack_rest import RestPlugin
from .frames import words
from .protocol import Exchange, ExchangeError, Phase, Redirect

# Of a body, this much is shown.
SHOWN_BYTES = 1 << 20


class _Hop:
    """A request that was sent, and the head of its answer."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.response: Any = None


class _Underway(threading.local):
    """The hops of the exchange that this thread is in, else None."""

    hops: list[_Hop] | None = None


class Recorder:
    """Records, from its making on, what goes to one service. Policies run in threads, one after the other."""

    def __init__(self, rest: RestPlugin, url: str, on_sent: Callable[[Exchange | None], None]) -> None:
        """`on_sent` is told of each exchange before it begins, for it may never end, and of None after it."""
        self._requests = rest.requests
        self._below = _as_sent(rest.requests, url)
        self._on_sent = on_sent
        self._underway = _Underway()
        # None: what is said now is asked for to compare.
        self._phase: Phase | None = None
        self._recorded: list[Exchange] = []
        self._wrap_session()
        self._wrap_adapter()

    def begin(self, phase: Phase) -> None:
        self._phase = phase
        self._recorded = []

    def end(self) -> list[Exchange]:
        """What was said in the phase that ends here."""
        self._phase = None
        recorded, self._recorded = self._recorded, []
        return recorded

    def _wrap_session(self) -> None:
        session: Any = self._requests.sessions.Session
        send = session.send

        def recording(this: Any, request: Any, **options: Any) -> Any:
            # A redirect is followed by the same function, within itself.
            phase = self._phase
            if phase is None or self._underway.hops is not None or not str(request.url).startswith(self._below):
                return send(this, request, **options)
            hops: list[_Hop] = []
            self._underway.hops = hops
            error: BaseException | None = None
            self._on_sent(_exchange(self._requests, phase, request, hops, None, 0))
            started = time.perf_counter()
            try:
                return send(this, request, **options)
            except BaseException as raised:
                error = raised
                raise
            finally:
                seconds = time.perf_counter() - started
                self._underway.hops = None
                self._on_sent(None)
                self._recorded.append(_exchange(self._requests, phase, request, hops, error, seconds))

        session.send = recording

    def _wrap_adapter(self) -> None:
        adapter: Any = self._requests.adapters.HTTPAdapter
        send = adapter.send

        def recording(this: Any, request: Any, *arguments: Any, **options: Any) -> Any:
            hops = self._underway.hops
            if hops is None:
                return send(this, request, *arguments, **options)
            hop = _Hop(request)
            hops.append(hop)
            hop.response = send(this, request, *arguments, **options)
            return hop.response

        adapter.send = recording


def unfinished(exchange: Exchange, seconds: float) -> Exchange:
    """An exchange that was going on when its process was ended."""
    error: ExchangeError = {"kind": "timeout", "text": f"no end of the answer after {seconds:g} s"}
    return {**exchange, "error": error, "milliseconds": seconds * 1000}


def _as_sent(requests: Any, url: str) -> str:
    """The beginning of what is below a URL, written as `requests` writes it."""
    below = url.rstrip("/") + "/"
    try:
        return str(requests.Request("POST", below).prepare().url)
    except Exception:
        # Then nothing is ever sent.
        return below


def _exchange(
    requests: Any, phase: Phase, request: Any, hops: list[_Hop], error: BaseException | None, seconds: float
) -> Exchange:
    last = hops[-1] if hops else _Hop(request)
    response = last.response
    return {
        "phase": phase,
        "url": str(request.url),
        "request": _text(request.body),
        "status": None if response is None else int(response.status_code),
        "headers": [] if response is None else _headers(response),
        "body": None if response is None or error is not None else _text(response.content),
        "error": None if error is None else _error(requests, error),
        "redirects": [_redirect(hop.response) for hop in hops[:-1] if hop.response is not None],
        "method": str(last.request.method),
        "milliseconds": round(seconds * 1000, 3),
        "refused": None,
    }


def _text(body: bytes | str | None) -> str:
    if isinstance(body, bytes):
        # What is cut in the middle of a character is no fault of the body's.
        whole = len(body) <= SHOWN_BYTES
        return codecs.getincrementaldecoder("utf-8")("replace").decode(body[:SHOWN_BYTES], final=whole)
    return body or ""


def _headers(response: Any) -> list[tuple[str, str]]:
    # `response.headers` joins those of one name; the standard library's message has them as they came.
    message = getattr(getattr(response.raw, "_original_response", None), "msg", None)
    return [(str(name), str(value)) for name, value in (response.headers if message is None else message).items()]


def _redirect(response: Any) -> Redirect:
    return {"status": int(response.status_code), "location": response.headers.get("location")}


def _error(requests: Any, error: BaseException) -> ExchangeError:
    found = requests.exceptions
    # In the middle of a body, a wait that is too long and a lost connection are raised as each other's classes.
    causes = [type(cause).__name__ for cause in (error, *error.args)]
    if isinstance(error, found.Timeout) or "ReadTimeoutError" in causes:
        return {"kind": "timeout", "text": words(error)}
    if isinstance(error, found.ConnectionError) or "ProtocolError" in causes or "InvalidChunkLength" in causes:
        return {"kind": "connection", "text": words(error)}
    return {"kind": "other", "text": words(error)}

"""Little plugin services on loopback, in threads of the test's process: real sockets, and answers as bytes."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """A request that a test answers as it likes."""

    protocol_version = "HTTP/1.1"

    def json(self, value: Any, status: int = 200, **headers: str) -> None:
        self.reply(json.dumps(value).encode(), status, **{"Content_Type": "application/json", **headers})

    def reply(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        server: Any = self.server
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server.service.asked.append((self.command, self.path, self.body))
        server.service.answer(self)

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        pass

    @property
    def asked(self) -> Any:
        return json.loads(self.body)


class Service:
    def __init__(self, server: ThreadingHTTPServer, answer: Callable[[Handler], None]) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.answer = answer
        # Method, path and body of each request.
        self.asked: list[tuple[str, str, bytes]] = []


def free_port() -> int:
    """A port that nobody listens at, for now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def accepts(request: Handler) -> None:
    request.json({"spec": request.asked["spec"], "error": None})


@contextmanager
def serving(answer: Callable[[Handler], None] = accepts) -> Iterator[Service]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    # A client that left before the end is no news.
    # Type checkers don't know that a method may be replaced on an instance, nor of the attribute that the handler finds there.
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    service = Service(server, answer)
    server.service = service  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()

"""Request bodies, limited in size and time."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from anyio import fail_after
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

LARGEST = 1024 * 1024
"""Bytes. What dstack sends is a few thousand."""

LONGEST = 5
"""Seconds that a body may take to arrive; dstack itself gives up after 8 without an answer."""


class LimitedRequest(Request):
    """A request whose body is refused where it is too long, too slow or no JSON."""

    _read: bytes | None = None

    async def body(self) -> bytes:
        if self._read is None:
            try:
                with fail_after(LONGEST):
                    self._read = await self._limited()
            except TimeoutError:
                raise HTTPException(408, f"The body took longer than {LONGEST} s") from None
        return self._read

    async def json(self) -> Any:
        try:
            return json.loads(await self.body(), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            # Of what Python says only the place: the rest may quote the body.
            at = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
            raise HTTPException(422, f"The body isn't JSON{at}") from None

    async def _limited(self) -> bytes:
        pieces: list[bytes] = []
        size = 0
        # Counted, since a chunked body announces no length; and to its end, though nothing more is
        # kept, since a client that is still sending may never read the answer.
        async for piece in self.stream():
            size += len(piece)
            if size <= LARGEST:
                pieces.append(piece)
        if size > LARGEST:
            raise HTTPException(413, f"The body is larger than {LARGEST} bytes")
        return b"".join(pieces)


class LimitedRoute(APIRoute):
    """A route that reads its request as LimitedRequest."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def limited(request: Request) -> Response:
            return await handler(LimitedRequest(request.scope, request.receive))

        return limited


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} isn't JSON")

"""What the service logs: JSON Lines on standard output, without secrets."""

import json
import logging
import sys
import time
import traceback
from datetime import datetime, timezone
from typing import Any

from pydantic import ValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .secrets import Secrets

logger = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """One JSON object a line, with what was given as `extra={"fields": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1]:
            entry["traceback"] = described(record.exc_info[1])
        return json.dumps(entry, default=str)


def log_as_json() -> None:
    """Sends everything that is logged, uvicorn's lines too, to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # A warning of pydantic's quotes the value that it is about.
    logging.captureWarnings(False)


def described(error: BaseException, secrets: Secrets | None = None) -> str:
    """A traceback that shows no secret.

    What an exception says may quote the spec. Without knowing its secrets, the classes and the
    lines of code are all that can be shown; pydantic quotes values in parts, so it never speaks.
    """
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(parts) < 10:
        frames = "".join(traceback.format_tb(cause.__traceback__))
        words = type(cause).__name__
        if isinstance(cause, ValidationError):
            words += f": {reasons(cause.errors(include_input=False, include_url=False))}"
        elif secrets is not None:
            words += f": {cause}"
        parts.insert(0, frames + (words if secrets is None else secrets.hide(words)))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n\n".join(parts)


def reasons(errors: Any) -> str:
    """The first of pydantic's reasons, as `place: words`, without the values that they are about."""
    lines = [f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}" for error in errors]
    return "; ".join(lines[:5]) + ("; …" if len(lines) > 5 else "")


class RequestLog:
    """A line for each request, but for health checks that went well.

    The application adds to `request.state.log` who asked for what and how it ended. Whatever else
    is raised is answered here, so that nobody else logs it together with the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        fields: dict[str, Any] = {"method": scope["method"][:20], "path": scope["path"][:200]}
        scope.setdefault("state", {})["log"] = fields

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields["status"] = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:
            fields["outcome"] = "disconnected"
        except Exception as error:
            fields |= {"outcome": "failed", "traceback": described(error)}
            if "status" not in fields:
                await JSONResponse({"detail": "The service failed"}, 500)(scope, receive, watch)
        fields["ms"] = round((time.perf_counter() - started) * 1000, 1)
        status: int = fields.get("status", 0)
        if scope["path"] == "/healthz" and status == 200:
            return
        logger.log(_level(status), "request", extra={"fields": fields})


def _level(status: int) -> int:
    if status >= 500:
        return logging.ERROR
    return logging.WARNING if status >= 400 else logging.INFO

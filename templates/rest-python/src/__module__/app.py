"""The endpoints that dstack's `rest_plugin` calls.

They answer 200 with the spec where it is accepted, changed or not, and 200 with `error` and the
spec as it was sent where a policy rejects it. Anything else (malformed requests, broken policies)
is an HTTP error, and dstack then applies nothing.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from anyio import fail_after, to_thread
from dstack.plugins import ApplyPolicy
from dstack.plugins.builtin.rest_plugin import (
    FleetSpecRequest,
    FleetSpecResponse,
    GatewaySpecRequest,
    GatewaySpecResponse,
    RunSpecRequest,
    RunSpecResponse,
    VolumeSpecRequest,
    VolumeSpecResponse,
)
from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from .body import LimitedRoute
from .chain import Failed, Rejected, apply
from .log import RequestLog, described, reasons
from .merge import merge
from .secrets import Secrets

PATIENCE = 7.0
"""Seconds that the policies have together; dstack gives up after 8."""


def create_app(policies: Iterable[ApplyPolicy]) -> FastAPI:
    """The service, with the policies in the order in which they run."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.router.route_class = LimitedRoute
    app.add_middleware(RequestLog)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(HTTPException, _http_error)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/apply_policies/on_run_apply")
    async def on_run_apply(asked: RunSpecRequest, request: Request) -> JSONResponse:
        return await _answer(policies, "run", asked, RunSpecResponse, request)

    @app.post("/apply_policies/on_fleet_apply")
    async def on_fleet_apply(asked: FleetSpecRequest, request: Request) -> JSONResponse:
        return await _answer(policies, "fleet", asked, FleetSpecResponse, request)

    @app.post("/apply_policies/on_volume_apply")
    async def on_volume_apply(asked: VolumeSpecRequest, request: Request) -> JSONResponse:
        return await _answer(policies, "volume", asked, VolumeSpecResponse, request)

    @app.post("/apply_policies/on_gateway_apply")
    async def on_gateway_apply(asked: GatewaySpecRequest, request: Request) -> JSONResponse:
        return await _answer(policies, "gateway", asked, GatewaySpecResponse, request)

    return app


@dataclass(frozen=True)
class _Answer:
    """The spec that goes back, and the reason for which it is rejected."""

    spec: Any
    error: str | None = None


async def _answer(
    policies: Iterable[ApplyPolicy],
    kind: str,
    asked: Any,
    response_model: type[BaseModel],
    request: Request,
) -> JSONResponse:
    sent = (await request.json())["spec"]
    log: dict[str, Any] = request.state.log
    log |= {"kind": kind, "user": asked.user[:200], "project": asked.project[:200]}
    log |= {"name": _name_of(sent)}
    try:
        with fail_after(PATIENCE):
            # As in the dstack server, policies run beside the event loop: they may take a while.
            answer = await to_thread.run_sync(
                _decide, policies, asked, sent, response_model, abandon_on_cancel=True
            )
    except TimeoutError:
        log["outcome"] = "timed-out"
        return JSONResponse({"detail": f"The policies took longer than {PATIENCE:g} s"}, 503)
    if isinstance(answer, Failed):
        log |= {"outcome": "failed", "traceback": described(answer.error, Secrets(sent))}
        return JSONResponse({"detail": "A policy failed; the log of the service says how"}, 500)
    if answer.error is not None:
        log |= {"outcome": "rejected", "reason": Secrets(sent).hide(answer.error)}
    else:
        log["outcome"] = "unchanged" if answer.spec is sent else "modified"
    return JSONResponse({"spec": answer.spec, "error": answer.error})


def _decide(
    policies: Iterable[ApplyPolicy], asked: Any, sent: Any, response_model: type[BaseModel]
) -> _Answer | Failed:
    """What goes back to dstack. Nothing is raised: a thread's SystemExit would end the service."""
    try:
        before = _dump(asked.spec)
        outcome = apply(policies, asked.user, asked.project, asked.spec)
        if isinstance(outcome, Failed):
            return outcome
        if isinstance(outcome, Rejected):
            return _Answer(sent, outcome.message)
        spec = merge(sent, before, _dump(outcome.spec))
        # dstack refuses an answer that it can't parse; here the log says which policy's value it is.
        # A copy, since dstack's models write into what they parse.
        response_model.model_validate({"spec": deepcopy(spec)})
        return _Answer(spec)
    except BaseException as error:
        return Failed(error)


def _dump(spec: BaseModel) -> Any:
    # Policies may assign what doesn't fit the field; pydantic's warning about it quotes the value.
    return spec.model_dump(mode="json", warnings=False)


def _name_of(sent: Any) -> str | None:
    name = sent.get("run_name") or sent["configuration"].get("name")
    return name if name is None else str(name)[:200]


async def _refused(request: Request, error: Exception) -> Response:
    """422 for what isn't a request of dstack's; FastAPI's own answer would quote it, secrets too."""
    assert isinstance(error, RequestValidationError)
    reason = Secrets(error.body).hide(reasons(error.errors()))
    request.state.log |= {"outcome": "malformed", "reason": reason}
    return JSONResponse({"detail": reason}, 422)


async def _http_error(request: Request, error: Exception) -> Response:
    """No such path or method, or a body that isn't read to its end."""
    assert isinstance(error, HTTPException)
    request.state.log |= {"outcome": "malformed", "reason": error.detail}
    return await http_exception_handler(request, error)

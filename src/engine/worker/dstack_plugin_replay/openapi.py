"""The OpenAPI document of a plugin service, for people who write one in a language that dstack has no models for."""

from .dstack_api import Dstack
from .dstack_openapi import Endpoint, endpoints, schemas
from .protocol import JsonObject

_ABOUT = """\
The endpoints that dstack's builtin `rest_plugin` calls at `DSTACK_PLUGIN_SERVICE_URI` for each plan and each apply. A service
changes the spec, leaves it as it is, or rejects it, and answers each of the three with status 200.

To accept, answer with the spec that dstack is to go on with, and `error` null or left out. To reject, answer with the spec as it
came, and in `error` the reason for the user, which may not be empty. dstack puts `Apply request rejected: ` before it.

Any other status is a failure of the service: dstack then refuses what the user applies, and tells nobody what the body said.

Specs are described as dstack writes them. Send every field back that you were sent, also those that this document doesn't know: a
newer dstack may have more, and a field that is missing is a field that is reset.
"""


def document(dstack: Dstack) -> JsonObject:
    """Call it in a process of its own: it replaces the HTTP client."""
    if dstack.rest is None:
        raise RuntimeError("dstack's rest_plugin can't be imported")
    return {
        "openapi": "3.1.0",
        "info": {"title": "dstack plugin service", "version": dstack.version, "description": _ABOUT},
        "paths": {each.path: {each.method.lower(): _operation(each)} for each in endpoints(dstack, dstack.rest)},
        "components": {"schemas": schemas(dstack, dstack.rest)},
    }


def _operation(endpoint: Endpoint) -> JsonObject:
    accepted = "Accepted, where `error` is null or left out; else rejected."
    return {
        "operationId": endpoint.path.rpartition("/")[2],
        "summary": f"Decide on a {endpoint.kind} that somebody plans or applies",
        "requestBody": {"required": True, "content": _json(endpoint.request)},
        "responses": {"200": {"description": accepted, "content": _json(endpoint.response)}},
    }


def _json(name: str) -> JsonObject:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}

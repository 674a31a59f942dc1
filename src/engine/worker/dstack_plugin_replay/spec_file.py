"""`NAME.spec.json`: a spec as a client or the API sent it, such as a request's `run_spec`."""

import json
from typing import Any

from .plain import is_mapping
from .yaml_file import BadYaml

SUFFIX = ".spec.json"

_SHAPE = 'a spec looks like {"configuration": {"type": "task", …}, …}'


def load(text: str) -> tuple[dict[str, Any], str]:
    """The spec's data, and its configuration's type."""
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        # Not `str(error)`, which would be well too: it says the place in other words than ours.
        raise BadYaml("invalid-json", f"The JSON doesn't parse: {error.msg}, column {error.colno}.", error.lineno) from None
    except (RecursionError, ValueError):
        raise BadYaml(
            "invalid-json", "The JSON can't be read: it is nested too deeply, or holds a number that is too long.", None
        ) from None
    if not is_mapping(data):
        raise BadYaml("not-a-mapping", f"The file holds no JSON object; {_SHAPE}.", 1)
    configuration = data.get("configuration")
    if not is_mapping(configuration):
        raise BadYaml("no-configuration", f"The spec has no `configuration`; {_SHAPE}.", 1)
    named: Any = configuration.get("type")
    if not isinstance(named, str):
        raise BadYaml("no-type", f"The spec's configuration has no `type`; {_SHAPE}.", None)
    return data, named

"""The answer's spec: what was sent, with what the policies changed and nothing else."""

import json
from typing import Any


def merge(sent: Any, before: Any, after: Any) -> Any:
    """Carries the difference of two dumps over to what was sent.

    A dump isn't what was sent: it has every field that this dstack knows. A server with an older
    one refuses fields that are new to it, so only those may be added that a policy has set.
    """
    if _same(before, after):
        return sent
    versions = (sent, before, after)
    if all(isinstance(version, dict) for version in versions):
        return _merge_mappings(sent, before, after)
    lists = all(isinstance(version, list) for version in versions)
    if lists and len({len(version) for version in versions}) == 1:
        return [merge(*items) for items in zip(*versions, strict=True)]
    return after


def _merge_mappings(
    sent: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    merged = {key: value for key, value in sent.items() if key in after or key not in before}
    for key, value in after.items():
        if key in sent and key in before:
            merged[key] = merge(sent[key], before[key], value)
        elif key not in before or not _same(before[key], value):
            merged[key] = value
    return merged


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON, where 1 and true aren't."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

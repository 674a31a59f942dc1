"""Questions about versions, answered by Python's own `packaging`, which dstack brings: PEP 440 isn't written down here again."""

from typing import TypedDict

from .protocol import JsonObject


class VersionsRequest(TypedDict):
    id: int
    versions: list[str]
    specifiers: list[str]


def compare(request: VersionsRequest) -> JsonObject:
    """The versions from the oldest on, and for each specifier whether each satisfies it; None where it is no specifier."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    def age(version: str) -> tuple[bool, Version, str]:
        try:
            return True, Version(version), version
        except InvalidVersion:
            return False, Version("0"), version

    def matches(specifier: str) -> list[bool] | None:
        try:
            parsed = SpecifierSet(specifier)
            return [_contains(parsed, version) for version in ordered]
        except InvalidSpecifier:
            return None

    def _contains(parsed: SpecifierSet, version: str) -> bool:
        try:
            # A pre-release is replayed because somebody asked for it.
            return parsed.contains(Version(version), prereleases=True)
        except InvalidVersion:
            return False

    ordered = sorted(request["versions"], key=age)
    found = [matches(specifier) for specifier in request["specifiers"]]
    return {"type": "versions", "id": request["id"], "ordered": ordered, "matches": found}

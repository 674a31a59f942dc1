"""Which value counts where the configuration and the profile both have a say."""

from typing import Any

from dstack.plugins import FleetSpec, RunSpec


def effective(spec: RunSpec | FleetSpec, name: str) -> Any:
    """What dstack will use for a profile parameter: the configuration's value, else the profile's.

    `spec.merged_profile` holds the same when the first policy starts. It isn't read here because it
    isn't kept up to date when a policy writes, and what is written to it is lost.
    """
    value = getattr(spec.configuration, name, None)
    if value is None and spec.profile is not None:  # None through the API, never through the CLI
        value = getattr(spec.profile, name, None)
    return value

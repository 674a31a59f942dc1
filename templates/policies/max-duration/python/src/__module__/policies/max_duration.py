"""Caps how long tasks and dev environments run."""

from typing import Any

from dstack.plugins import ApplyPolicy, RunSpec

from ..effective import effective
from ..settings import Settings


class MaxDuration(ApplyPolicy):
    """Lowers `max_duration` to the limit, and writes the limit where there is none.

    Services are left alone: they are meant to stay, and dstack would stop them in the middle of
    their work. The limit is written to the configuration, which wins over the profile.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_run_apply(self, user: str, project: str, spec: RunSpec) -> RunSpec:
        if spec.configuration.type == "service":
            return spec
        limit = self._settings.limits(user, project).max_duration_hours * 3600
        duration: Any = effective(spec, "max_duration")
        # Seconds, or one of the two faces of "no limit": None, and `off`, which is a string.
        if not isinstance(duration, int) or duration > limit:
            spec.configuration.max_duration = limit
        return spec

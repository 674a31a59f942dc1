"""Rejects mounts of the instance's own folders, which outlive the run and belong to others too."""

import posixpath

from dstack.plugins import ApplyPolicy, RunSpec

from ..settings import Settings


class InstanceVolumes(ApplyPolicy):
    """Allows instance volumes below the folders in the settings; network volumes are left alone.

    Paths are compared without `..`, `.` and double slashes. Symbolic links are the machine's, and
    can't be seen from here: allow no folder that users can put links into.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_run_apply(self, user: str, project: str, spec: RunSpec) -> RunSpec:
        allowed = self._settings.limits(user, project).instance_volume_paths
        for mount in spec.configuration.volumes:
            path: str | None = getattr(mount, "instance_path", None)  # None for a network volume
            if path is not None and not any(_is_below(path, folder) for folder in allowed):
                raise ValueError(
                    f"Mounting {path} of the instance isn't allowed: use a network volume"
                    + (f", or a path below {' or '.join(allowed)}" if allowed else "")
                )
        return spec


def _is_below(path: str, folder: str) -> bool:
    path, folder = _normalised(path), _normalised(folder)
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _normalised(path: str) -> str:
    # POSIX gives a path with two leading slashes a meaning of its own, so normpath keeps them.
    return posixpath.normpath("/" + path.lstrip("/"))

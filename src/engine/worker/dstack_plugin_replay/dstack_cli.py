"""What dstack's command line does with a configuration before it sends a spec to the server."""

# pyright: reportMissingTypeStubs=false

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dstack.plugins import RunSpec


class Cli:
    """The parts of it that need neither a server nor a user's settings; each is imported when it is used first."""

    def __init__(self, run_spec: Any) -> None:
        from dstack._internal.core.models.repos.virtual import VirtualRepo

        self.virtual_repo: Any = VirtualRepo
        self._run_spec = run_spec
        self._load_profile: Callable[[str, str | None], Any] | None = None
        self._fills_groups: bool | None = None

    def run_spec(self, configuration: Any, path: str, profile: Any, repo: Any) -> "RunSpec":
        """What the CLI sends for a run (`RunCollection.get_run_plan`), with the server's own SSH key."""
        repos = getattr(configuration, "repos", None)
        return self._run_spec(
            run_name=configuration.name,
            repo_id=repo.repo_id,
            repo_data=repo.run_repo_data,
            repo_dir=repos[0].path if repos else None,
            configuration_path=path,
            configuration=configuration,
            profile=profile,
        )

    def load_profile(self, folder: str, name: str | None) -> Any:
        """`dstack.api.utils.load_profile`."""
        if self._load_profile is None:
            self._load_profile = _import_load_profile()
        return self._load_profile(folder, name)

    def interpolator(self, namespaces: dict[str, dict[str, str]], commands: bool) -> Callable[[str], str]:
        """dstack's own filler of `${{ … }}`, with what it leaves for the server."""
        from dstack._internal.utils.interpolator import VariablesInterpolator

        skip: Any = ["secrets"]
        if commands and self.fills_commands_of_groups():
            from dstack._internal.utils.nodes_interpolator import is_valid_groups_ip_ref

            skip = {"secrets": VariablesInterpolator.validate_name, "groups": is_valid_groups_ip_ref}
        return VariablesInterpolator(namespaces, skip=skip).interpolate_or_error

    def fills_commands_of_groups(self) -> bool:
        """Whether this version's CLI looks into the commands of groups, which came with references between nodes."""
        if self._fills_groups is None:
            from importlib.util import find_spec

            self._fills_groups = find_spec("dstack._internal.utils.nodes_interpolator") is not None
        return self._fills_groups

    def remote_repo(self, url: str, branch: str | None, commit: str | None) -> Any:
        from dstack._internal.core.models.repos.remote import RemoteRepo

        return RemoteRepo.from_url(url, repo_branch=branch, repo_hash=commit)

    def ssh_key(self, public: str, private: str) -> Any:
        from dstack._internal.core.models.instances import SSHKey

        return SSHKey(public=public, private=private)

    def offer_spec(self) -> "RunSpec":
        """What `dstack offer` without arguments sends, built by itself. AttributeError: this version has no builder for it."""
        from argparse import ArgumentParser

        # Before the commands: the two import each other, and only in this order.
        import dstack._internal.cli.services.configurators  # noqa: F401  # pyright: ignore[reportUnusedImport]
        from dstack._internal.cli.commands import offer

        command: Any = offer
        parser = ArgumentParser()
        command.OfferCommand.register(parser.add_subparsers())
        return command._get_run_spec(parser.parse_args(["offer"]))


def _import_load_profile() -> Callable[[str, str | None], Any]:
    """Loads `dstack/api/utils.py` by itself: the package around it imports the whole client, another 0.15 to 0.3 s."""
    import dstack

    for folder in dstack.__path__:
        path = os.path.join(folder, "api", "utils.py")
        if os.path.isfile(path):
            from importlib.util import module_from_spec, spec_from_file_location

            spec = spec_from_file_location("dstack_plugin_replay_profiles", path)
            if spec is not None and spec.loader is not None:
                alone: Any = module_from_spec(spec)
                spec.loader.exec_module(alone)
                return alone.load_profile
    from dstack.api import utils

    module: Any = utils
    return module.load_profile

"""What the CLI resolves in a configuration before it sends it, from its machine: here from placeholders, so that policies see the
shape that production sends.

    env          entries without a value (`BaseApplyConfigurator.apply_env_vars`)
    ${{ … }}     in registry_auth and probes from `env`, in commands from the arguments of `dstack apply`
                 (`BaseRunConfigurator.interpolate_env`, `RunWithCommandsConfiguratorMixin.apply_commands_args`)
    repos        the branch and the hash of a folder (`BaseRunConfigurator.get_repo`)
    SSH fleets   the keys in place of their files (`_preprocess_spec` of the fleet configurator)
"""

from typing import Any

from . import ssh_key
from .dstack_api import Dstack
from .plain import is_list

_FOLDERS_URL = "https://git.example.com/owner/{name}.git"
_FOLDERS_BRANCH = "main"
_FOLDERS_HASH = "0" * 40


def resolve(dstack: Dstack, configuration: Any, env: dict[str, str]) -> frozenset[str]:
    """Resolves in place; returns the placeholders that were made up for `env`. Raises dstack's `InterpolatorError`."""
    made_up = _fill_env(dstack, configuration, env)
    if hasattr(configuration, "registry_auth"):
        _interpolate(dstack, configuration)
    if getattr(configuration, "ssh_config", None) is not None:
        _read_keys(dstack, configuration.ssh_config)
    return made_up


def repo(dstack: Dstack, configuration: Any) -> Any:
    """The repo that the CLI sends for a run: a virtual one unless `repos` is set."""
    repos: Any = getattr(configuration, "repos", None)
    if not repos:
        return dstack.cli.virtual_repo()
    first: Any = repos[0]
    branch, commit = getattr(first, "branch", None), getattr(first, "hash", None)
    if first.url:
        return dstack.cli.remote_repo(first.url, branch, commit)
    name = str(first.local_path).rstrip("/").rpartition("/")[2].strip(".~") or "project"
    return dstack.cli.remote_repo(_FOLDERS_URL.format(name=name), branch or _FOLDERS_BRANCH, commit or _FOLDERS_HASH)


def _fill_env(dstack: Dstack, configuration: Any, env: dict[str, str]) -> frozenset[str]:
    made_up: set[str] = set()
    variables: Any = getattr(configuration, "env", None)
    if variables is not None:
        for name, value in list(variables.items()):
            if isinstance(value, dstack.env_sentinel):
                if name not in env:
                    made_up.add(f"<{name}>")
                variables[name] = env.get(name, f"<{name}>")
    return frozenset(made_up)


def _interpolate(dstack: Dstack, configuration: Any) -> None:
    fill = dstack.cli.interpolator({"env": configuration.env.as_dict()}, False)
    auth = configuration.registry_auth
    if auth is not None:
        configuration.registry_auth = type(auth)(username=fill(auth.username), password=fill(auth.password))
    for probe in _listed(getattr(configuration, "probes", None)):
        for header in probe.headers:
            header.value = fill(header.value)
        if probe.url:
            probe.url = fill(probe.url)
        if probe.body:
            probe.body = fill(probe.body)
    # Of `dstack apply` without further arguments.
    in_commands = dstack.cli.interpolator({"run": {"args": ""}}, True)
    groups: Any = getattr(configuration, "groups", None) if dstack.cli.fills_commands_of_groups() else None
    # Not of dev environments: they have none that the CLI looks into.
    for each in (configuration, *_listed(groups)):
        commands = _listed(getattr(each, "commands", None))
        commands[:] = [in_commands(command) for command in commands]


def _listed(value: object) -> list[Any]:
    return value if is_list(value) else []


def _read_keys(dstack: Dstack, ssh_config: Any) -> None:
    hosts = [host for host in _listed(ssh_config.hosts) if not isinstance(host, str)]
    for each in (ssh_config, *hosts):
        for holder in (each, getattr(each, "proxy_jump", None)):
            if holder is not None:
                key = None if holder.identity_file is None else dstack.cli.ssh_key(ssh_key.public_key(), ssh_key.private_key())
                holder.ssh_key = key

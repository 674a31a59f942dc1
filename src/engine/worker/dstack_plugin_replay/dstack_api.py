"""All that the worker uses of dstack. Only files named `dstack_*.py` import it, and every difference between its versions is
handled in them.

dstack is imported by `import_dstack()`, not by importing this file: that takes half a second, which the supervisor answers for.
"""

# dstack ships no `py.typed`, and its signatures move between versions: where one matters, it is written down here.
# pyright: reportMissingTypeStubs=false

import os
from collections.abc import Callable, Coroutine
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from . import dstack_rest, schemas
from .dstack_cli import Cli
from .dstack_rest import RestPlugin, import_rest_plugin
from .protocol import JsonObject, Kind

if TYPE_CHECKING:
    from dstack.plugins import FleetSpec, GatewaySpec, RunSpec, VolumeSpec

    Spec = RunSpec | FleetSpec | VolumeSpec | GatewaySpec


class TooOld(Exception):
    """This dstack is from before its server called policies as it does now."""


class ServerFunctions(NamedTuple):
    """The server's validation and defaults for each kind, and its check of an update."""

    run: Callable[[Any, Any], None]
    fleet: Callable[[Any], None]
    volume: Callable[[Any], None]
    gateway: Callable[[Any], None]
    # dstack's words where a running run can't be updated in place.
    refuses_update: Callable[[Any, Any], str | None]


class ServerChecks(Protocol):
    def apply(self, kind: Kind, spec: Any) -> None: ...

    def refuses_update(self, current: Any, new: Any) -> str | None: ...


class Dstack:
    """dstack as it is installed, imported once."""

    def __init__(self) -> None:
        import pydantic
        import yaml
        from dstack import version
        from dstack._internal.core import errors
        from dstack._internal.core.models import configurations
        from dstack._internal.core.models.envs import EnvSentinel
        from dstack._internal.server import settings
        from dstack._internal.server.services import plugins

        if not iscoroutinefunction(plugins.apply_plugin_policies):
            text = "its server calls policies in another way than later ones, which this tool doesn't know"
            raise TooOld(f"dstack {version.__version__} is too old: {text}.")
        from dstack.plugins import ApplyPolicy, FleetSpec, GatewaySpec, Plugin, RunSpec, VolumeSpec

        parser: Any = configurations
        self._configurations: Any = configurations
        self.version: str = str(version.__version__)
        self.pydantic: str = pydantic.VERSION
        self.yaml = yaml
        self.fast_yaml_loader: Any = _fast_yaml_loader(yaml)
        self.policy_class: type = ApplyPolicy
        self.plugin_class: type = Plugin
        self.spec_classes: dict[Kind, Any] = {
            "run": RunSpec,
            "fleet": FleetSpec,
            "volume": VolumeSpec,
            "gateway": GatewaySpec,
        }
        self.cli = Cli(RunSpec)
        self.all_specs: tuple[type, ...] = tuple(self.spec_classes.values())
        self.plugins_module: Any = plugins
        self.client_error: Any = errors.ServerClientError
        self.forbidden_error: Any = errors.ForbiddenError
        self.configuration_error: Any = errors.ConfigurationError
        self.env_sentinel: Any = EnvSentinel
        self.validation_error: type[BaseException] = pydantic.ValidationError
        self.parse_configuration: Callable[[Any], Any] = parser.parse_apply_configuration
        self.load_plugins: Callable[[list[str]], None] = plugins.load_plugins
        self.apply_policies: Callable[..., Coroutine[Any, Any, Any]] = plugins.apply_plugin_policies
        # How `apply_plugin_policies` calls a policy: in a thread of the event loop's executor.
        self.run_async: Callable[..., Coroutine[Any, Any, Any]] = plugins.run_async
        self._base_model: type[Any] = pydantic.BaseModel
        self._shown_fields: dict[type[Any], dict[str, bool]] = {}
        # The level of the server's root logger, which other loggers than dstack's and plugins' follow.
        self.root_log_level: str = str(getattr(settings, "ROOT_LOG_LEVEL", "ERROR"))
        # The server's own validation and defaults, where they are asked for.
        self.server_checks: ServerChecks | None = None
        # The builtin plugin, once it was enabled.
        self.rest: RestPlugin | None = None
        self._pydantic_1 = self.pydantic.startswith("1.")
        # pydantic's own JSON of plain data, three times as fast as Python's; NaN and infinities are as JavaScript writes them.
        self.quick_json: Callable[[Any], bytes] | None = None if self._pydantic_1 else _quick_json()
        self._name_rules: dict[str, Callable[[str], bool] | None] = {}

    # Specs

    def parse(self, kind: Kind, data: JsonObject) -> "Spec":
        """A new spec from a dump, as the server's HTTP layer makes one of a request."""
        cls = self.spec_classes[kind]
        return cls.parse_obj(data) if self._pydantic_1 else cls.model_validate(data)

    def copy(self, kind: Kind, spec: Any) -> "Spec":
        """As the server copies: by dumping and parsing again. What is no spec raises what it would raise there."""
        cls = self.spec_classes[kind]
        if self._pydantic_1:
            return cls.parse_obj(spec.dict())
        # `warnings=False`: pydantic would complain once per place in a process, so in one replay and not in the next.
        return cls.model_validate(spec.model_dump(warnings=False))

    def dump(self, spec: Any) -> JsonObject:
        """The JSON dump of a spec, as the server answers it."""
        if self._pydantic_1:
            import json

            return json.loads(spec.json())
        return spec.model_dump(mode="json", warnings=False)

    def is_model(self, value: object) -> bool:
        """Whether a value is one of pydantic's."""
        return isinstance(value, self._base_model)

    def shown_fields(self, model: type[Any]) -> dict[str, bool]:
        """The fields of a model, and whether its dump shows them."""
        shown = self._shown_fields.get(model)
        if shown is None:
            fields: dict[str, Any] = model.__fields__ if self._pydantic_1 else model.model_fields
            details = {name: field.field_info if self._pydantic_1 else field for name, field in fields.items()}
            shown = {name: not getattr(each, "exclude", None) for name, each in details.items()}
            self._shown_fields[model] = shown
        return shown

    def private_attributes(self, model: Any) -> dict[str, Any]:
        """What a model keeps beside its fields; nothing of dstack's does."""
        if self._pydantic_1:
            names: Any = model.__private_attributes__
            return {name: getattr(model, name, None) for name in names}
        return getattr(model, "__pydantic_private__", None) or {}

    # Errors

    def refusals(self, error: BaseException) -> list[tuple[tuple[str | int, ...], str]] | None:
        """What pydantic has to say, as (loc, msg) pairs; None where the error isn't pydantic's."""
        if not isinstance(error, self.validation_error):
            # `ConfigurationError(validation_error)` is how dstack passes them on.
            if len(error.args) == 1 and isinstance(error.args[0], self.validation_error):
                error = error.args[0]
            else:
                return None
        found: Any = error
        listed: list[Any] = found.errors() if self._pydantic_1 else found.errors(include_url=False, include_input=False)
        return [_refusal(each) for each in listed]

    # Plugins

    def policies(self) -> list[Any]:
        """The policies of the loaded plugins, as the server asks for them before each apply."""
        return self.plugins_module._get_apply_policies()

    def policies_by_plugin(self) -> list[list[Any]]:
        """The same, plugin by plugin."""
        module = self.plugins_module
        loaded: list[Any] = [*getattr(module, "_REGISTERED_PLUGINS", []), *module._PLUGINS]
        return [list(plugin.get_apply_policies()) for plugin in loaded]

    def enable(self, plugins: list[str]) -> None:
        """Imports what these plugins need of dstack beside the rest: here, so that no child has to do it again."""
        if self.rest is None and dstack_rest.NAME in plugins:
            self.rest = import_rest_plugin()

    def patchable(self) -> list[Any]:
        """Modules and classes of dstack's and pydantic's that every replay depends on."""
        module: dict[str, Any] = self._configurations.__dict__
        configurations = [each for name, each in module.items() if name.endswith("Configuration") and isinstance(each, type)]
        bases = [each for each in self.spec_classes["run"].__mro__ if each.__module__ != "builtins"]
        return [self.plugins_module, *dict.fromkeys([*bases, *self.all_specs, *configurations])]

    def models(self) -> list[type]:
        """What samples are parsed as: the configuration of a file, and the specs."""
        module: dict[str, Any] = self._configurations.__dict__
        parsed = [module[name] for name in ("BaseApplyConfiguration", "VolumeConfiguration") if name in module]
        return [*parsed, *self.all_specs]

    def entry_point(self, plugin: str) -> str | None:
        """`module:Class` of a plugin's entry point, or None where there is no such plugin."""
        from importlib.metadata import entry_points

        builtin: dict[str, str] = self.plugins_module._BUILTIN_PLUGINS
        found = [entry.value for entry in entry_points(group="dstack.plugins") if entry.name == plugin]
        return builtin.get(plugin) or (found[-1] if found else None)

    def drops_gateway_path(self) -> bool:
        """Whether this version's gateway API takes a configuration alone (before the route `gateways/get_plan` came)."""
        from dstack._internal.server.schemas import gateways

        return not hasattr(gateways, "GetGatewayPlanRequest")

    # The server

    def server_functions(self) -> ServerFunctions:
        """Needs `dstack[server]`, and takes a second or several."""
        from importlib import import_module

        # They import each other, and not in every order.
        modules: list[Any] = [
            import_module(f"dstack._internal.server.services.{name}") for name in ("runs.spec", "fleets", "volumes", "gateways")
        ]
        runs, of_fleets, of_volumes, of_gateways = modules

        def refuses_update(current: Any, new: Any) -> str | None:
            try:
                runs.check_can_update_run_spec(current, new)
            except Exception as error:
                if not isinstance(error, self.client_error):
                    raise
                refusal: Any = error
                return str(refusal.msg)
            return None

        return ServerFunctions(
            runs.validate_run_spec_and_set_defaults,
            of_fleets._validate_fleet_spec_and_set_defaults,
            of_volumes._validate_volume_configuration,
            of_gateways._validate_gateway_configuration,
            refuses_update,
        )

    def allows_user(self, name: str) -> bool:
        return self._allows("users", "is_valid_username", name)

    def allows_project(self, name: str) -> bool:
        return self._allows("projects", "is_valid_project_name", name)

    def _allows(self, module: str, function: str, name: str) -> bool:
        if function not in self._name_rules:
            self._name_rules[function] = _function_of(self.plugins_module.__file__, module, function)
        rule = self._name_rules[function]
        return bool(name) if rule is None else rule(name)


def _fast_yaml_loader(yaml: Any) -> Any:
    """libyaml's safe loader, where there is one and nobody taught only the other one anything."""
    loader: type = yaml.SafeLoader
    taught = vars(loader)
    tables = ("yaml_constructors", "yaml_multi_constructors", "yaml_implicit_resolvers", "yaml_path_resolvers")
    return None if any(table in taught for table in tables) else getattr(yaml, "CSafeLoader", None)


def _quick_json() -> Callable[[Any], bytes]:
    from functools import partial

    from pydantic_core import to_json

    return partial(to_json, inf_nan_mode="constants")


def import_dstack(plain: bool) -> Dstack:
    """Raises whatever the import of dstack raises. `plain`: the schemas of all models are built meanwhile, as in the server."""
    if plain:
        return Dstack()
    with schemas.built_when_used():
        dstack = Dstack()
    schemas.build(dstack.models())
    return dstack


def _refusal(error: dict[str, Any]) -> tuple[tuple[str | int, ...], str]:
    loc: tuple[str | int, ...] = tuple(error["loc"])
    context: dict[str, Any] = error.get("ctx") or {}
    # A union that can't tell what it has got doesn't say by which key it looked.
    key = context.get("discriminator") or context.get("discriminator_key")
    if key is not None:
        loc = (*loc, str(key).strip("'"))
    message = str(error["msg"])
    # What pydantic 2 puts before dstack's own words.
    for prefix in ("Value error, ", "Assertion failed, "):
        message = message.removeprefix(prefix)
    return loc, message


def _function_of(beside: str, module: str, function: str) -> Callable[[str], bool] | None:
    """One small function out of a module that needs the database and seconds to import.

    None where it isn't there: then any name that isn't empty is allowed, and the server has the last word.
    """
    import re

    try:
        with open(os.path.join(os.path.dirname(beside), module + ".py"), encoding="utf-8") as file:
            found = re.search(rf"^def {function}\(.*?(?=^\S)", file.read(), re.DOTALL | re.MULTILINE)
        if found is None:
            return None
        space: dict[str, Any] = {"re": re}
        exec(found[0], space)
        space[function]("main")
        return space[function]
    except Exception:
        return None

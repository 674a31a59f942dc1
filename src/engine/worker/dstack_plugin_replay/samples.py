"""From a sample file to what the server gets of it, with dstack's own parser and profile loader."""

import os
from typing import Any, NamedTuple

from . import secret_values, server_way, yaml_file
from .dstack_api import Dstack
from .plain import is_mapping
from .protocol import Context, InvalidSample, JsonObject, Kind, SampleAnswer, SampleRequest
from .yaml_file import BadYaml

_SHOWN_REFUSALS = 10


class Spec(NamedTuple):
    """What arrives at the server, and the dump that its way gives without policies."""

    submitted: JsonObject
    before: JsonObject


class Sample(NamedTuple):
    """A sample read: what to answer, and the spec for each context that can be replayed."""

    kind: Kind
    answers: list[SampleAnswer]
    specs: dict[int, Spec]


class _Refused(Exception):
    def __init__(self, code: str, text: str, line: int | None = None) -> None:
        super().__init__(code, text, line)
        self.code = code
        self.text = text
        self.line = line


def read(dstack: Dstack, batch: int, number: int, request: SampleRequest, env: dict[str, str]) -> Sample:
    """Reads a sample and makes its specs. Whatever is wrong with it is among the answers."""
    secrets: dict[str, None] = {}

    def invalid(error: Any, context: int | None = None) -> InvalidSample:
        return {
            "type": "invalid-sample",
            "id": batch,
            "sample": number,
            "context": context,
            "code": error.code,
            "text": error.text,
            "line": error.line,
            "secrets": list(secrets),
        }

    try:
        configuration, filled = _configuration(dstack, request["file"], env, secrets)
        kind = _kind(configuration.type)
    except (BadYaml, _Refused) as error:
        return Sample("run", [invalid(error)], {})

    answers: list[SampleAnswer] = []
    by_profile: dict[str | None, Spec] = {}
    specs: dict[int, Spec] = {}
    for index, context in enumerate(request["contexts"]):
        # `dstack apply` takes `--profile` for runs alone: a fleet gets the default profile, volumes and gateways none.
        profile = context["profile"] if kind == "run" else None
        try:
            _check_names(dstack, context)
            if profile not in by_profile:
                spec = _spec(dstack, kind, configuration, request, profile)
                by_profile[profile] = spec
                secret_values.collect(spec.submitted, secrets, filled)
            specs[index] = by_profile[profile]
        except _Refused as error:
            answers.append(invalid(error, index))
    answers.insert(
        0,
        {
            "type": "sample",
            "id": batch,
            "sample": number,
            "kind": kind,
            "configurationType": str(getattr(configuration.type, "value", configuration.type)),
            "secrets": list(secrets),
        },
    )
    return Sample(kind, answers, specs)


def _configuration(dstack: Dstack, file: str, env: dict[str, str], secrets: dict[str, None]) -> tuple[Any, frozenset[str]]:
    """dstack's configuration with its `env` filled, and the values that were filled in without being asked for."""
    try:
        with open(file, "rb") as opened:
            content = opened.read()
    except OSError as error:
        raise _Refused("unreadable-sample", f"The file can't be read: {error.strerror}.") from None
    text = yaml_file.decode(content)
    data = yaml_file.load(dstack, text)
    secret_values.collect(data, secrets, frozenset())
    if data is None:
        raise _Refused("empty-sample", "The file is empty; a sample holds an apply configuration.")
    if not is_mapping(data):
        raise _Refused("not-a-mapping", "The file holds no mapping; an apply configuration starts with `type: …`.", 1)
    if data.get("type") is None:
        raise _Refused("no-type", "The configuration has no `type`.", None)
    if data["type"] == "preset":
        line = yaml_file.locate(yaml_file.compose(dstack, text), ("type",)).line
        raise _Refused("preset", "A configuration of type `preset` never reaches plugins.", line)
    try:
        configuration = dstack.parse_configuration(data)
    except Exception as error:
        raise _explain(dstack, error, text) from None
    return configuration, _fill_env(dstack, configuration, env)


def _explain(dstack: Dstack, error: Exception, text: str) -> _Refused:
    """dstack's own words about a configuration that it refuses, and the first line that they are about."""
    refusals = dstack.refusals(error)
    if refusals is None:
        return _Refused("invalid-configuration", f"dstack refuses the configuration: {error}")
    document = yaml_file.compose(dstack, text)
    lines: dict[str, None] = {}
    first: int | None = None
    for loc, message in refusals:
        place = yaml_file.locate(document, loc)
        if first is None or (place.line is not None and place.path and place.line < first):
            first = place.line
        lines[f"{place.path}: {message}" if place.path else message] = None
    return _Refused("invalid-configuration", f"dstack refuses the configuration: {_listed(list(lines))}", first)


def _listed(lines: list[str]) -> str:
    if len(lines) == 1:
        return lines[0]
    more = len(lines) - _SHOWN_REFUSALS
    shown = lines[:_SHOWN_REFUSALS] + ([f"… and {more} more"] if more > 0 else [])
    return "".join(f"\n  {line}" for line in shown)


def _fill_env(dstack: Dstack, configuration: Any, env: dict[str, str]) -> frozenset[str]:
    """Gives `env:` entries without a value one, as the CLI does from its environment; says which placeholders it made up."""
    made_up: set[str] = set()
    variables: Any = getattr(configuration, "env", None)
    if variables is not None:
        for name, value in list(variables.items()):
            if isinstance(value, dstack.env_sentinel):
                if name not in env:
                    made_up.add(f"<{name}>")
                variables[name] = env.get(name, f"<{name}>")
    return frozenset(made_up)


def _kind(configuration_type: str) -> Kind:
    if configuration_type == "fleet":
        return "fleet"
    if configuration_type == "volume":
        return "volume"
    if configuration_type == "gateway":
        return "gateway"
    return "run"


def _spec(dstack: Dstack, kind: Kind, configuration: Any, request: SampleRequest, profile: str | None) -> Spec:
    path = request["configurationPath"]
    loaded = _profile(dstack, os.path.dirname(request["file"]), profile) if kind in ("run", "fleet") else None
    try:
        if kind == "run":
            spec = dstack.run_spec(configuration, path, loaded)
        elif kind == "fleet":
            spec = dstack.spec_classes[kind](configuration=configuration, configuration_path=path, profile=loaded)
        else:
            spec = dstack.spec_classes[kind](configuration=configuration, configuration_path=path)
        submitted = server_way.submitted(dstack, kind, spec)
        return Spec(submitted, server_way.without_policies(dstack, kind, submitted))
    except Exception as error:
        refusals = dstack.refusals(error)
        said = str(error) if refusals is None else _listed(list(dict.fromkeys(words(loc, msg) for loc, msg in refusals)))
        raise _Refused("invalid-configuration", f"dstack refuses the spec: {said}") from None


def words(loc: yaml_file.Loc, message: str) -> str:
    """One refusal of pydantic's as a line."""
    path = ".".join(str(part) for part in loc)
    return f"{path}: {message}" if path else message


def _profile(dstack: Dstack, folder: str, name: str | None) -> Any:
    """The profile beside the sample. The one in the home folder is never read: it is somebody's own."""
    home = os.environ.get("HOME")
    os.environ["HOME"] = os.path.join(os.sep, "create-dstack-plugin-no-home-" + os.urandom(8).hex())
    try:
        return dstack.load_profile(folder, name)
    except Exception as error:
        raise _explain_profile(dstack, error) from None
    finally:
        if home is None:
            del os.environ["HOME"]
        else:
            os.environ["HOME"] = home


def _explain_profile(dstack: Dstack, error: Exception) -> _Refused:
    refusals = dstack.refusals(error)
    if refusals is not None:
        said = f"dstack refuses .dstack/profiles.yml: {_listed([words(loc, msg) for loc, msg in refusals])}"
    elif isinstance(error, dstack.yaml.YAMLError):
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f", line {mark.line + 1}"
        said = f".dstack/profiles.yml doesn't parse{where}: {getattr(error, 'problem', None) or type(error).__name__}."
    elif isinstance(error, dstack.configuration_error):
        said = f"{error}."
    else:
        said = f"dstack can't load .dstack/profiles.yml: {type(error).__name__}."
    return _Refused("invalid-profile", said)


def _check_names(dstack: Dstack, context: Context) -> None:
    if not dstack.allows_user(context["user"]):
        raise _Refused("invalid-context", f"dstack allows no user named {context['user']!r}.")
    if not dstack.allows_project(context["project"]):
        raise _Refused("invalid-context", f"dstack allows no project named {context['project']!r}.")

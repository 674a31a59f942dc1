"""From a sample file to what the server gets of it, with dstack's own parser and profile loader."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from . import resolving, secret_values, server_way, spec_file, yaml_file
from .dstack_api import Dstack
from .plain import is_mapping
from .protocol import Context, InvalidSample, JsonObject, Kind, SampleAnswer, SampleRequest
from .walk import Start
from .yaml_file import BadYaml

_SHOWN_REFUSALS = 10


class Spec(NamedTuple):
    """What arrives at the server, and the dump that its way gives without policies."""

    submitted: JsonObject
    before: JsonObject
    # What was parsed of what arrives before any plugin was loaded, for the plan first, and then for the walk.
    ready: list[Start]


class Sample(NamedTuple):
    """A sample read: what to answer, and the spec for each context that can be replayed."""

    kind: Kind
    answers: list[SampleAnswer]
    specs: dict[int, Spec]


class _Source(NamedTuple):
    """What a file holds: its kind and type, the placeholders made up for it, and the spec that the CLI sends with a profile."""

    kind: Kind
    type: str
    made_up: frozenset[str]
    make: Callable[[str | None], Any]


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
        source = _source(dstack, request, env, secrets)
    except (BadYaml, _Refused) as error:
        return Sample("run", [invalid(error)], {})

    kind = source.kind
    answers: list[SampleAnswer] = []
    by_profile: dict[str | None, Spec] = {}
    specs: dict[int, Spec] = {}
    for index, context in enumerate(request["contexts"]):
        # `dstack apply` takes `--profile` for runs alone: a fleet gets the default profile, volumes and gateways none.
        profile = context["profile"] if kind == "run" else None
        try:
            _check_names(dstack, context)
            if profile not in by_profile:
                spec = _spec(dstack, kind, lambda profile=profile: source.make(profile))
                by_profile[profile] = spec
                secret_values.collect(spec.submitted, secrets, source.made_up)
            specs[index] = by_profile[profile]
        except _Refused as error:
            answers.append(invalid(error, index))
    answers.insert(
        0,
        {
            # As it begins when it comes from what was read before.
            "id": batch,
            "sample": number,
            "type": "sample",
            "kind": kind,
            "configurationType": source.type,
            "secrets": list(secrets),
        },
    )
    return Sample(kind, answers, specs)


def _source(dstack: Dstack, request: SampleRequest, env: dict[str, str], secrets: dict[str, None]) -> _Source:
    file, path = request["file"], request["configurationPath"]
    try:
        with open(file, "rb") as opened:
            content = opened.read()
    except OSError as error:
        raise _Refused("unreadable-sample", f"The file can't be read: {error.strerror}.") from None
    text = yaml_file.decode(content)
    if file.endswith(spec_file.SUFFIX):
        data, named = spec_file.load(text)
        secret_values.collect(data, secrets, frozenset())
        kind = _kind(named)
        try:
            spec = dstack.parse(kind, data)
        except Exception as error:
            raise _explain(dstack, error, text, "spec") from None

        def as_sent(profile: str | None) -> Any:
            return spec

        return _Source(kind, named, frozenset(), as_sent)
    configuration, made_up = _configuration(dstack, text, env, secrets)
    kind = _kind(configuration.type)

    def make(profile: str | None) -> Any:
        if kind == "run":
            repo = resolving.repo(dstack, configuration)
            return dstack.cli.run_spec(configuration, path, _profile(dstack, os.path.dirname(file), profile), repo)
        given: dict[str, Any] = {"configuration": configuration, "configuration_path": path}
        if kind == "fleet":
            given["profile"] = _profile(dstack, os.path.dirname(file), profile)
        return dstack.spec_classes[kind](**given)

    return _Source(kind, str(getattr(configuration.type, "value", configuration.type)), made_up, make)


def _configuration(dstack: Dstack, text: str, env: dict[str, str], secrets: dict[str, None]) -> tuple[Any, frozenset[str]]:
    """dstack's configuration as the CLI sends it, and the values that were filled in without being asked for."""
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
    try:
        return configuration, resolving.resolve(dstack, configuration, env)
    except ValueError as error:
        # dstack's `InterpolatorError` says which variable is missing, and no value.
        raise _Refused(
            "invalid-configuration", f"`dstack apply` refuses the configuration: {error}", _line_of(text, "${{")
        ) from None


def _explain(dstack: Dstack, error: Exception, text: str, what: str = "configuration") -> _Refused:
    """dstack's own words about a configuration or spec that it refuses, and the first line that they are about."""
    refusals = dstack.refusals(error)
    if refusals is None:
        return _Refused("invalid-configuration", f"dstack refuses the {what}: {error}")
    document = yaml_file.compose(dstack, text)
    lines: dict[str, None] = {}
    first: int | None = None
    for loc, message in refusals:
        place = yaml_file.locate(document, loc)
        if first is None or (place.line is not None and place.path and place.line < first):
            first = place.line
        lines[f"{place.path}: {message}" if place.path else message] = None
    return _Refused("invalid-configuration", f"dstack refuses the {what}: {_listed(list(lines))}", first)


def _listed(lines: list[str]) -> str:
    if len(lines) == 1:
        return lines[0]
    more = len(lines) - _SHOWN_REFUSALS
    shown = lines[:_SHOWN_REFUSALS] + ([f"… and {more} more"] if more > 0 else [])
    return "".join(f"\n  {line}" for line in shown)


def _line_of(text: str, part: str) -> int | None:
    """The line where something stands, if that is one line."""
    lines = [number for number, line in enumerate(text.split("\n"), 1) if part in line]
    return lines[0] if len(lines) == 1 else None


def _kind(configuration_type: str) -> Kind:
    if configuration_type == "fleet":
        return "fleet"
    if configuration_type == "volume":
        return "volume"
    if configuration_type == "gateway":
        return "gateway"
    return "run"


def _spec(dstack: Dstack, kind: Kind, make: Callable[[], Any]) -> Spec:
    try:
        spec = make()
        submitted = server_way.submitted(dstack, kind, spec)
        return Spec(submitted, server_way.without_policies(dstack, kind, submitted), [])
    except _Refused:
        raise
    except Exception as error:
        if dstack.server_checks is not None and isinstance(error, dstack.client_error):
            refusal: Any = error
            text = f"The dstack server refuses this sample, whatever the plugin does: {refusal.msg}"
            raise _Refused("server-refuses", text) from None
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
        return dstack.cli.load_profile(folder, name)
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

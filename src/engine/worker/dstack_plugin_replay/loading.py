"""Loads the plugins with dstack's own `load_plugins`, and says what the server would make of what goes wrong."""

import logging
from typing import Any, NamedTuple

from .dstack_api import Dstack
from .frames import Author, headline, words
from .protocol import LoadProblem

_WARNS = "dstack would only log a warning and start without this plugin's policies"
_STOPS = "the dstack server would not start"


class Loaded(NamedTuple):
    """What `load_plugins` did: who was loaded, in dstack's order; and its warnings or the exception that escaped."""

    plugins: list[str]
    warnings: list[str]
    error: BaseException | None


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.loaded: list[str] = []
        self.warnings: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.warnings.append(record.getMessage())
        elif isinstance(record.args, tuple) and len(record.args) == 1 and str(record.msg).startswith("Loaded plugin"):
            self.loaded.append(str(record.args[0]))


def load(dstack: Dstack, plugins: list[str]) -> Loaded:
    """Loads plugins as the server does at its start."""
    records = _Records()
    logger = logging.getLogger(dstack.plugins_module.__name__)
    logger.addHandler(records)
    # BaseException: a plugin may call `sys.exit` while it is imported.
    try:
        dstack.load_plugins(list(plugins))
    except BaseException as error:
        return Loaded(records.loaded, records.warnings, error)
    finally:
        logger.removeHandler(records)
    return Loaded(records.loaded, records.warnings, None)


def problem(dstack: Dstack, author: Author, plugin: str, loaded: Loaded) -> LoadProblem | None:
    """What was wrong when a plugin was loaded by itself; where dstack only warned, as far as that says."""
    if loaded.error is not None:
        error = loaded.error
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            code, said = "plugin-exited", f"The plugin {plugin} ends the process while it is loaded ({headline(error)})"
        else:
            code, said = "plugin-raised", f"The plugin {plugin} raises while it is loaded: {headline(error)}"
        return _problem(author, plugin, code, f"{said}; {_STOPS}.", error)
    if not loaded.warnings:
        return None
    if dstack.entry_point(plugin) is None:
        text = f"No installed package has an entry point named {plugin} in the group dstack.plugins; {_WARNS}."
        return _problem(author, plugin, "plugin-not-found", text)
    return _problem(author, plugin, "plugin-import-failed", f"{loaded.warnings[0].rstrip('.')}; {_WARNS}.")


def examine(dstack: Dstack, author: Author, plugin: str) -> LoadProblem | None:
    """What dstack's warning about a plugin was about, by doing once more what dstack does (`PluginEntrypoint.load`)."""
    from importlib import import_module

    path = dstack.entry_point(plugin)
    if path is None:
        return None
    module_path, _, name = path.partition(":")
    try:
        found: Any = getattr(import_module(module_path), name, None)
        if found is None:
            text = f"The entry point {plugin} names {path}, but the module {module_path} has no {name}; {_WARNS}."
            return _problem(author, plugin, "plugin-class-missing", text)
        if not issubclass(found, dstack.plugin_class):
            text = f"The entry point {plugin} names {path}, which is no subclass of dstack.plugins.Plugin; {_WARNS}."
            return _problem(author, plugin, "not-a-plugin", text)
        found()
    except ImportError as error:
        text = f"The plugin {plugin} can't be imported: {headline(error)}; {_WARNS}."
        return _problem(author, plugin, "plugin-import-failed", text, error)
    except BaseException as error:
        text = f"The plugin {plugin} raises while it is loaded: {headline(error)}; {_STOPS}."
        return _problem(author, plugin, "plugin-raised", text, error)
    return None


def died(plugin: str, how: str) -> LoadProblem:
    """A plugin whose import ended the process, such as `the process ended with exit code 3`."""
    return _bare(plugin, "plugin-exited", f"While the plugin {plugin} is loaded, {how}; {_STOPS}.")


def hung(plugin: str, seconds: float) -> LoadProblem:
    text = f"The plugin {plugin} isn't loaded after {seconds:g} s, this tool's own limit; {_STOPS} until it is."
    return _bare(plugin, "plugin-timed-out", text)


def together(plugins: list[str], said: list[str]) -> LoadProblem:
    """A failure that none of the plugins shows when it is loaded alone."""
    text = f"The plugins don't load together: {'; '.join(said) or 'the process ended'}."
    return _bare(", ".join(plugins), "plugin-raised", text)


def said_of(loaded: Loaded) -> list[str]:
    return loaded.warnings + ([] if loaded.error is None else [words(headline(loaded.error))])


def _bare(plugin: str, code: str, text: str) -> LoadProblem:
    return {"plugin": plugin, "code": code, "text": text, "traceback": None, "file": None, "line": None}


def _problem(author: Author, plugin: str, code: str, text: str, error: BaseException | None = None) -> LoadProblem:
    result = _bare(plugin, code, text)
    if error is not None:
        place = author.deepest(error)
        result["traceback"] = author.traceback(error)
        if place is not None:
            result["file"] = place.file
            result["line"] = place.line
    return result

"""Plugins that don't load: what the author is told."""

import pytest
from conftest import Project

WARNS = "dstack would only log a warning and start without this plugin's policies"
STOPS = "the dstack server would not start"


def test_a_plugin_that_loads_is_named_with_what_it_wrote(project: Project) -> None:
    project.policy("return spec", before="print('hello')\nget_plugin_logger(__name__).warning('no settings')")
    loaded = project.replay(project.task()).one("loaded")
    assert loaded["plugins"] == [project.name]
    assert "hello" in loaded["logs"]
    assert f"WARNING dstack.plugins.{project.name}: no settings" in loaded["logs"]


def test_a_name_that_no_package_declares(project: Project) -> None:
    answers = project.engine.worker.replay(project.root, ["no_such_plugin"], [project.task()])
    assert answers.problem["code"] == "plugin-not-found"
    assert "no_such_plugin" in answers.problem["text"]
    assert WARNS in answers.problem["text"]
    assert answers.of("replay") == []
    assert len(answers.of("sample")) == 1


def test_a_missing_import_is_shown_where_the_author_wrote_it(project: Project) -> None:
    project.plugin("""
        import os
        from dstack.plugins import Plugin
        import no_such_module

        class P(Plugin):
            pass
    """)
    problem = project.replay(project.task()).problem
    assert problem["code"] == "plugin-import-failed"
    assert "No module named 'no_such_module'" in problem["text"]
    assert WARNS in problem["text"]
    assert (problem["file"], problem["line"]) == (str(project.module), 4)
    assert problem["traceback"].count("File ") == 1
    assert "import no_such_module" in problem["traceback"]


def test_an_entry_point_that_names_no_module(project: Project) -> None:
    project.plugin("", entry_point="nowhere_at_all:P")
    problem = project.replay(project.task()).problem
    assert problem["code"] == "plugin-import-failed"
    assert "nowhere_at_all" in problem["text"]


def test_a_class_that_isnt_there(project: Project) -> None:
    project.plugin("X = 1", entry_point=f"{project.name}:Gone")
    problem = project.replay(project.task()).problem
    assert problem["code"] == "plugin-class-missing"
    assert "Gone" in problem["text"]


def test_a_class_that_is_no_plugin(project: Project) -> None:
    project.plugin("class P: pass")
    problem = project.replay(project.task()).problem
    assert problem["code"] == "not-a-plugin"
    assert "no subclass of dstack.plugins.Plugin" in problem["text"]


def test_a_syntax_error_is_shown_with_its_line(project: Project) -> None:
    project.plugin("x = 1\ndef broken(:\n    pass\n")
    problem = project.replay(project.task()).problem
    assert problem["code"] == "plugin-raised"
    assert STOPS in problem["text"]
    assert (problem["file"], problem["line"]) == (str(project.module), 2)
    assert "def broken(:" in problem["traceback"]


def test_an_entry_point_that_names_no_class(project: Project) -> None:
    project.plugin("P = 3")
    problem = project.replay(project.task()).problem
    assert problem["code"] == "plugin-raised"
    assert STOPS in problem["text"]


def test_an_init_that_raises_stops_the_server(project: Project) -> None:
    project.plugin("""
        from dstack.plugins import Plugin

        class P(Plugin):
            def __init__(self):
                raise RuntimeError("SETTINGS isn't set")
    """)
    problem = project.replay(project.task()).problem
    assert problem["code"] == "plugin-raised"
    assert "RuntimeError: SETTINGS isn't set" in problem["text"]
    assert STOPS in problem["text"]
    assert (problem["file"], problem["line"]) == (str(project.module), 6)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys; sys.exit(4)", "SystemExit: 4"),
        ("import os; os._exit(4)", "exit code 4"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
    ],
)
def test_a_plugin_that_ends_the_process(project: Project, source: str, said: str) -> None:
    project.plugin(f"print('so far')\n{source}")
    answers = project.replay(project.task())
    assert answers.problem["code"] == "plugin-exited"
    assert said in answers.problem["text"]
    assert "so far" in answers.one("not-loaded")["logs"]


def test_a_plugin_that_never_finishes_loading(project: Project) -> None:
    project.plugin("while True: pass")
    problem = project.replay(project.task(), timeout=0.4).problem
    assert problem["code"] == "plugin-timed-out"


def test_of_several_plugins_the_broken_ones_are_named(project: Project) -> None:
    project.policy("return spec")
    answers = project.engine.worker.replay(project.root, ["gone_a", project.name, "gone_b"], [project.task()])
    assert [each["plugin"] for each in answers.one("not-loaded")["problems"]] == ["gone_a", "gone_b"]

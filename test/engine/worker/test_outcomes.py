"""What the server would do, for everything that a policy may do with a spec."""

from pathlib import Path

import pytest
from conftest import PYDANTIC_1, Project


def test_a_spec_that_no_policy_touches_is_accepted_as_it_is(project: Project) -> None:
    project.policy("return spec")
    replay = project.replay(project.task()).replay
    assert replay["outcome"] == "accepted"
    assert replay["message"] is None
    assert replay["before"] == replay["after"]
    assert replay["before"]["run_name"] == "train"
    assert replay["before"]["configuration_path"] == "train.dstack.yml"
    assert replay["before"]["profile"]["name"] == "default"
    assert replay["milliseconds"] > 0


def test_what_a_policy_writes_is_shown_as_the_server_parses_it(project: Project) -> None:
    project.policy('spec.configuration.max_duration = "1d"\nspec.configuration.tags = {"team": user}\nreturn spec')
    replay = project.replay(project.task()).replay
    assert replay["before"]["configuration"]["max_duration"] is None
    assert replay["after"]["configuration"]["max_duration"] == 86400
    assert replay["after"]["configuration"]["tags"] == {"team": "admin"}
    assert (replay["printed"], replay["logs"]) == ([], [])


@pytest.mark.parametrize(
    ("kind", "configuration"),
    [
        ("run", "type: service\nname: x\nport: 80\ncommands: [serve]\nimage: nginx"),
        ("run", "type: dev-environment\nname: x\nide: vscode"),
        ("fleet", "type: fleet\nname: x\nnodes: 2"),
        ("volume", "type: volume\nname: x\nbackend: aws\nregion: eu-west-1\nsize: 100GB"),
        ("gateway", "type: gateway\nname: x\nbackend: aws\nregion: eu-west-1\ndomain: a.example.com"),
    ],
)
def test_every_kind_goes_through_its_own_hook(project: Project, kind: str, configuration: str) -> None:
    project.policy('spec.configuration.name = "renamed"\nreturn spec')
    answers = project.replay(project.sample(configuration))
    assert answers.one("sample")["kind"] == kind
    assert answers.one("sample")["configurationType"] == configuration.split()[1]
    assert answers.replay["outcome"] == "accepted"
    assert answers.replay["before"]["configuration"]["name"] == "x"
    assert answers.replay["after"]["configuration"]["name"] == "renamed"


def test_volumes_reach_policies_without_a_path_and_arent_parsed_again(project: Project) -> None:
    project.policy("assert spec.configuration_path is None\nspec.configuration.auto_cleanup_duration = '1d'\nreturn spec")
    sample = project.sample("type: volume\nname: x\nbackend: aws\nregion: eu-west-1\nsize: 100GB")
    replay = project.replay(sample).replay
    assert replay["outcome"] == "accepted"
    # A second parse would have made a number of it.
    assert replay["after"]["configuration"]["auto_cleanup_duration"] == "1d"


def test_a_volume_that_the_server_cant_store_is_a_crash(project: Project) -> None:
    project.policy("spec.configuration.size = '5GB'\nreturn spec")
    sample = project.sample("type: volume\nname: x\nbackend: aws\nregion: eu-west-1\nsize: 100GB")
    replay = project.replay(sample).replay
    if PYDANTIC_1:
        # It writes any value as it is.
        assert replay["after"]["configuration"]["size"] == "5GB"
        return
    assert replay["outcome"] == "crashed"
    assert "over the spec that the policies made" in replay["message"]


def test_a_policy_sees_who_applies(project: Project) -> None:
    project.policy('raise ValueError(f"{user}@{project}")')
    contexts = [
        {"user": "alice", "project": "research", "profile": None},
        {"user": "bob", "project": "main", "profile": None},
    ]
    answers = project.replay(project.task(), contexts=contexts)
    assert [(each["context"], each["message"]) for each in answers.of("replay")] == [
        (0, "alice@research"),
        (1, "bob@main"),
    ]


def test_a_value_error_rejects_with_its_first_argument_and_its_place(project: Project) -> None:
    project.policy(
        "check(spec)\nreturn spec",
        before="""
        def check(spec):
            raise ValueError("max_price must be set", 42)
    """,
    )
    replay = project.replay(project.task()).replay
    assert replay["outcome"] == "rejected"
    assert replay["message"] == "max_price must be set"
    line = project.module.read_text().splitlines().index('    raise ValueError("max_price must be set", 42)') + 1
    assert replay["policy"] == {"name": f"{project.name}.Policy0", "file": str(project.module), "line": line}
    assert replay["after"] is None
    assert replay["before"]["run_name"] == "train"
    assert replay["traceback"] is None


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        ("ValueError()", None),
        ("ValueError(7)", "7"),
        ("ValueError(None)", None),
        ("ValueError(['a'])", "['a']"),
        ("ValueError(Rude())", "<Rude whose __str__ raises SystemExit>"),
        ("ServerClientError('no')", "no"),
        ("ForbiddenError('not you')", "not you"),
        ("ForbiddenError()", "Access denied"),
    ],
)
def test_whatever_dstack_answers_with_4xx_is_a_rejection(project: Project, raised: str, message: str | None) -> None:
    project.policy(
        f"raise {raised}",
        before="""
        from dstack._internal.core.errors import ForbiddenError, ServerClientError

        class Rude:
            def __str__(self):
                raise SystemExit(3)
    """,
    )
    replay = project.replay(project.task()).replay
    assert (replay["outcome"], replay["message"]) == ("rejected", message)
    assert replay["policy"]["name"] == f"{project.name}.Policy0"


def test_a_subclass_of_value_error_rejects_and_shows_where_it_comes_from(project: Project) -> None:
    project.policy('b"\\xff".decode()')
    replay = project.replay(project.task()).replay
    assert replay["outcome"] == "rejected"
    assert replay["message"] == "utf-8"
    assert 'b"\\xff".decode()' in replay["traceback"]
    assert "UnicodeDecodeError" in replay["traceback"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{}['team']", "the server would answer with an internal error (HTTP 500): KeyError: 'team'"),
        ("assert False", "the server would answer with an internal error (HTTP 500): AssertionError"),
        ("import sys; sys.exit(3)", "the server would answer with an internal error (HTTP 500) and end: SystemExit: 3"),
        ("raise KeyboardInterrupt", "the server would end, as on Ctrl+C: KeyboardInterrupt"),
        ("raise GeneratorExit", "the server would answer with an internal error (HTTP 500): GeneratorExit"),
        ("raise Odd", "the server would answer with an internal error (HTTP 500): Odd"),
        ("import asyncio; raise asyncio.CancelledError", "the server would drop the request: CancelledError"),
        (
            "raise Rude",
            "the server would answer with an internal error (HTTP 500): Rude: <Rude whose __str__ raises KeyError>",
        ),
        ("import os; os._exit(3)", "the server would end, or not go on: the process ended with exit code 3"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "the server would end, or not go on: the process was killed by SIGKILL",
        ),
        (
            "import os; os.closerange(3, 2000)",
            "the server would end, or not go on: file descriptors were closed that the policies hadn't opened",
        ),
    ],
)
def test_whatever_else_ends_a_policy_is_a_crash(project: Project, body: str, said: str) -> None:
    project.policy(
        body + "\nreturn spec",
        before="""
        class Odd(BaseException):
            pass

        class Rude(Exception):
            def __str__(self):
                raise KeyError
    """,
    )
    replay = project.replay(project.task()).replay
    assert (replay["outcome"], replay["message"]) == ("crashed", said)


def test_a_crash_names_its_policy_and_shows_the_authors_frames_alone(project: Project) -> None:
    project.policy(
        "return helper(spec)",
        before="""
        def helper(spec):
            return {}["team"]
    """,
    )
    replay = project.replay(project.task()).replay
    assert replay["policy"]["name"] == f"{project.name}.Policy0"
    assert replay["policy"]["file"] == str(project.module)
    assert replay["traceback"].splitlines()[0] == "Traceback (most recent call last):"
    assert replay["traceback"].splitlines()[-1] == "KeyError: 'team'"
    assert replay["traceback"].count(f'File "{project.module.name}"') == 2
    assert "dstack/" not in replay["traceback"]


def test_stop_iteration_is_an_answer_at_once_although_the_server_never_gives_one(project: Project) -> None:
    project.policy("return next(iter([]))")
    replay = project.replay(project.task()).replay
    assert replay["outcome"] in ("timed-out", "crashed")
    assert "StopIteration" in replay["message"]
    assert replay["policy"]["name"] == f"{project.name}.Policy0"


def test_an_endless_policy_is_timed_out(project: Project) -> None:
    project.policy("print('on and on', flush=True)\nwhile True: pass")
    replay = project.replay(project.task(), timeout=1).replay
    assert replay["outcome"] == "timed-out"
    assert "no answer after 1 s" in replay["message"]
    assert replay["printed"] == ["on and on"]
    assert replay["policy"]["name"] == f"{project.name}.Policy0"
    source = Path(replay["policy"]["file"]).read_text().splitlines()
    assert "while True: pass" in source[replay["policy"]["line"] - 1]


def test_a_policy_that_sleeps_in_a_function_of_its_own_is_named_with_the_line_that_sleeps(project: Project) -> None:
    project.policy("def ask(): __import__('time').sleep(99)\nask()")
    replay = project.replay(project.task(), timeout=1).replay
    assert replay["outcome"] == "timed-out"
    assert replay["policy"]["name"] == f"{project.name}.Policy0"
    source = Path(replay["policy"]["file"]).read_text().splitlines()
    assert "sleep(99)" in source[replay["policy"]["line"] - 1]


def test_a_policy_that_returns_none_is_said_to(project: Project) -> None:
    project.policies(["return spec", "pass"])
    replay = project.replay(project.task()).replay
    assert replay["outcome"] == "crashed"
    assert f"{project.name}.Policy1 returned None instead of the spec" in replay["message"]
    assert replay["policy"]["name"] == f"{project.name}.Policy1"
    assert replay["policy"]["file"] == str(project.module)


@pytest.mark.parametrize("kind", ["volume", "gateway"])
def test_a_policy_that_returns_none_for_what_isnt_parsed_again_is_said_to(project: Project, kind: str) -> None:
    project.policy("pass")
    extra = "domain: a.example.com" if kind == "gateway" else "size: 100GB"
    replay = project.replay(project.sample(f"type: {kind}\nname: x\nbackend: aws\nregion: a\n{extra}")).replay
    assert replay["outcome"] == "crashed"
    assert "returned None instead of the spec" in replay["message"]


def test_the_policy_that_returned_none_is_blamed_not_the_next_one(project: Project) -> None:
    project.policies(["pass", "return spec"])
    replay = project.replay(project.task()).replay
    assert replay["outcome"] == "crashed"
    assert f"{project.name}.Policy0 returned None instead of the spec" in replay["message"]
    assert "Unknown spec type" in replay["message"]
    assert replay["policy"]["name"] == f"{project.name}.Policy0"


def test_a_spec_that_dstack_refuses_after_the_policies_is_invalid_in_dstacks_words(project: Project) -> None:
    project.policy('spec.configuration.tags = {"acme.io/owner": user}\nreturn spec')
    replay = project.replay(project.task()).replay
    assert replay["outcome"] == "invalid"
    assert "tags" in replay["message"]
    assert replay["after"] is None


def test_numbers_that_json_lacks_and_lone_surrogates_get_through(project: Project) -> None:
    project.policy('raise ValueError("\\ud800 \\u2603")')
    assert project.replay(project.task()).replay["message"] == "\ud800 \u2603"


def test_get_apply_policies_that_raises_fails_each_replay(project: Project) -> None:
    project.plugin("""
        from dstack.plugins import Plugin

        class P(Plugin):
            def get_apply_policies(self):
                raise KeyError("settings")
    """)
    answers = project.replay(project.task("a"), project.task("b"))
    assert [each["outcome"] for each in answers.of("replay")] == ["crashed", "crashed"]
    assert "KeyError: 'settings'" in answers.of("replay")[0]["message"]

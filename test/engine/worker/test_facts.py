"""Each defect that the worker states, in a policy that has it, beside a corrected one that hasn't."""

from typing import Any

import pytest
from conftest import Project, needs_0_20_29, needs_pydantic_2

SERVICE = "type: service\nname: x\nport: 80\ncommands: [serve]\nimage: nginx\n"
VOLUME = "type: volume\nname: x\nbackend: aws\nregion: eu-west-1\nsize: 100GB\n"
GATEWAY = "type: gateway\nname: x\nbackend: aws\nregion: eu-west-1\ndomain: a.example.com\n"

LIBRARY = "import uuid, ipaddress"


def facts(project: Project, body: str, sample: str = SERVICE, before: str = "", **more: Any) -> list[dict[str, Any]]:
    project.policy(body, before)
    return project.replay(project.sample(sample), **more).replay["facts"]


def codes(project: Project, body: str, sample: str = SERVICE, before: str = "") -> list[str]:
    return [fact["code"] for fact in facts(project, body, sample, before)]


def line_of(project: Project, text: str) -> int:
    return next(number for number, line in enumerate(project.module.read_text().splitlines(), 1) if text in line)


def test_a_policy_that_keeps_to_the_rules_has_no_facts(project: Project) -> None:
    assert codes(project, "return spec") == []


@pytest.mark.parametrize(
    ("returned", "said"),
    [("None", "None"), ("{}", "a dict"), ("spec.configuration", "a ServiceConfiguration"), ("type(spec)", "a ModelMetaclass")],
)
def test_returning_no_spec_is_told(project: Project, returned: str, said: str) -> None:
    [fact] = facts(project, f"return {returned}")
    assert (fact["code"], fact["policy"]) == ("returns-nothing", 0)
    # Before 0.21 dstack's classes have this ending.
    assert fact["text"].removesuffix("Request") == said


def test_returning_a_spec_of_another_class_is_told(project: Project) -> None:
    body = "from dstack.plugins import VolumeSpec\nreturn VolumeSpec.construct(configuration=None)"
    assert "returns-nothing" in codes(project, body)


def test_returning_nothing_is_told_whatever_the_next_policy_makes_of_it(project: Project) -> None:
    project.plugin("""
        from dstack.plugins import ApplyPolicy, Plugin

        kept = []

        class Keeps(ApplyPolicy):
            def on_run_apply(self, user, project, spec):
                kept.append(spec)

        class Restores(ApplyPolicy):
            def on_apply(self, user, project, spec):
                return kept.pop() if spec is None else spec

        class P(Plugin):
            def get_apply_policies(self):
                return [Keeps(), Restores()]
    """)
    replay = project.replay(project.task()).replay
    assert replay["outcome"] == "accepted"
    [fact] = replay["facts"]
    assert (fact["code"], fact["policy"], fact["text"]) == ("returns-nothing", 0, "None")
    assert replay["reached"] == [0, 1]


@pytest.mark.parametrize(
    ("body", "headline"),
    [
        ("int('x')", "ValueError: invalid literal for int() with base 10: 'x'"),
        ('b"\\xff".decode()', "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        ("import json; json.loads('')", "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
        ("a, b = user.split('@')", "ValueError: not enough values to unpack (expected 2, got 1)"),
        ("[].remove(user)", "ValueError: list.remove(x): x not in list"),
    ],
)
def test_a_value_error_that_nobody_meant_is_told_with_its_line(project: Project, body: str, headline: str) -> None:
    [fact] = facts(project, body + "\nreturn spec")
    assert (fact["code"], fact["policy"], fact["text"]) == ("accidental-rejection", 0, headline)
    assert (fact["file"], fact["line"]) == (str(project.module), line_of(project, body))


@pytest.mark.parametrize(
    "body",
    [
        "spec.configuration.nonsense = 3",
        "from pydantic import BaseModel\nclass Mine(BaseModel):\n    a: int\nMine(a='x')",
        "raise UnicodeError('x')",
        # A library's class that is based on one of the standard library's.
        "import requests\nanswer = requests.Response()\nanswer._content = b'<html>'\nanswer.json()",
    ],
)
def test_pydantics_and_the_standard_librarys_own_errors_are_accidents(project: Project, body: str) -> None:
    assert codes(project, body + "\nreturn spec") == ["accidental-rejection"]


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('no')",
        "raise ValueError",
        "fail('no')",
        "raise Refused('no')",
        "class Late(UnicodeError): pass\nraise Late('x')",
        "try:\n    int('x')\nexcept ValueError as error:\n    raise ValueError('a number, please') from error",
        "with suppress(KeyError):\n    raise ValueError('no')",
        "from dstack._internal.core.errors import ServerClientError\nraise ServerClientError('no')",
        "from dstack._internal.core.errors import ForbiddenError\nraise ForbiddenError('no')",
    ],
)
def test_a_rejection_that_somebody_meant_isnt_told(project: Project, body: str) -> None:
    before = """
        from contextlib import suppress

        class Refused(ValueError):
            pass

        def fail(why):
            raise ValueError(why)
    """
    assert codes(project, body + "\nreturn spec", before=before) == []


@pytest.mark.parametrize("body", ["uuid.UUID('x')", "ipaddress.ip_address('x')"])
def test_a_plain_value_error_of_a_library_is_told_apart(project: Project, body: str) -> None:
    [fact] = facts(project, body + "\nreturn spec", before=LIBRARY)
    assert (fact["code"], fact["policy"]) == ("foreign-rejection", 0)
    assert (fact["file"], fact["line"]) == (str(project.module), line_of(project, body))


def test_a_library_s_error_in_the_policys_own_words_isnt_told(project: Project) -> None:
    body = "try:\n    uuid.UUID('x')\nexcept ValueError:\n    raise ValueError('a UUID, please') from None\nreturn spec"
    assert codes(project, body, before=LIBRARY) == []


def test_a_plan_that_isnt_applied_is_told_with_both_values(project: Project) -> None:
    before = "import itertools\ncount = itertools.count()"
    [fact] = facts(project, "spec.configuration.priority = next(count)\nreturn spec", before=before)
    assert (fact["code"], fact["policy"], fact["path"]) == ("plan-apply-differ", 0, "/configuration/priority")
    assert (fact["wrote"], fact["holds"]) == (0, 1)
    assert fact["text"] == "/configuration/priority is 0 in the plan and 1 when it is applied"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "if next(count): raise ValueError('again')\nreturn spec",
            "accepted in the plan, rejected (again) when it is applied",
        ),
        (
            "if not next(count): raise ValueError('not yet')\nreturn spec",
            "rejected (not yet) in the plan, accepted when it is applied",
        ),
        # Every second call.
        (
            "if next(count) % 2: raise ValueError('odd')\nreturn spec",
            "accepted in the plan, rejected (odd) when it is applied",
        ),
    ],
)
def test_another_outcome_when_it_is_applied_is_told(project: Project, body: str, text: str) -> None:
    found = facts(project, body, before="import itertools\ncount = itertools.count()")
    assert [(fact["code"], fact["policy"], fact["text"]) for fact in found] == [("plan-apply-differ", 0, text)]


def test_the_policy_that_isnt_pure_is_told_from_the_others(project: Project) -> None:
    project.policies(
        ["return spec", "spec.configuration.priority = next(count)\nreturn spec", "return spec"],
        before="import itertools\ncount = itertools.count()",
    )
    [fact] = project.replay(project.task()).replay["facts"]
    assert (fact["code"], fact["policy"]) == ("plan-apply-differ", 1)


def test_the_same_result_twice_isnt_told_whatever_the_rejection_says(project: Project) -> None:
    before = "import itertools\ncount = itertools.count()"
    assert codes(project, "spec.configuration.priority = 7\nreturn spec") == []
    assert codes(project, "raise ValueError(f'request {next(count)}')", before=before) == []


@needs_0_20_29
def test_another_order_of_a_list_of_named_items_is_told(project: Project) -> None:
    groups = "type: service\nname: x\nport: 80\nimage: nginx\nreplicas:\n"
    groups += "".join(f"  - name: {name}\n    count: 1\n    commands: [serve]\n" for name in ("a", "b"))
    body = (
        "c = spec.configuration\nlisted = getattr(c, 'groups', None) or c.replicas\nif next(count): listed.reverse()\nreturn spec"
    )
    [fact] = facts(project, body, groups, before="import itertools\ncount = itertools.count()")
    assert (fact["code"], fact["policy"], fact["path"]) == ("plan-apply-differ", 0, None)


def test_a_value_of_a_secret_is_in_no_text(project: Project) -> None:
    before = "import itertools\ncount = itertools.count()"
    body = "spec.configuration.env['TOKEN'] = f'token-{next(count)}'\nreturn spec"
    [fact] = facts(project, body, before=before)
    assert fact["path"] == "/configuration/env/TOKEN"
    assert "token-" not in fact["text"]


def test_what_is_written_to_merged_profile_is_lost(project: Project) -> None:
    [fact] = facts(project, "spec.merged_profile.max_price = 2\nreturn spec")
    assert (fact["code"], fact["policy"], fact["path"]) == ("lost-write", 0, "/merged_profile/max_price")
    assert (fact["wrote"], fact["holds"]) == (2, None)


def test_the_policy_that_lost_a_write_is_told_from_the_others(project: Project) -> None:
    project.policies(["return spec", "spec.merged_profile.max_price = 2\nreturn spec", "return spec"])
    [fact] = project.replay(project.task()).replay["facts"]
    assert (fact["code"], fact["policy"]) == ("lost-write", 1)


def test_merged_profile_for_a_fleet_is_lost_too(project: Project) -> None:
    found = facts(project, "spec.merged_profile.max_price = 2\nreturn spec", "type: fleet\nname: x\nnodes: 2\n")
    assert [(fact["code"], fact["path"]) for fact in found] == [("lost-write", "/merged_profile/max_price")]


def test_a_profile_field_under_a_configuration_field_is_lost(project: Project) -> None:
    [fact] = facts(project, "spec.profile.max_price = 2.0\nreturn spec", SERVICE + "max_price: 7.5\n")
    assert (fact["code"], fact["policy"], fact["path"]) == ("lost-write", 0, "/profile/max_price")
    assert (fact["wrote"], fact["holds"]) == (2.0, 7.5)


@needs_pydantic_2
@pytest.mark.parametrize(
    ("act", "path", "wrote"),
    [
        ("object.__setattr__(spec.configuration, 'note', {'a': 1})", "/configuration/note", {"a": 1}),
        ("spec._note = 'mine'", "/_note", "mine"),
        ("spec.configuration.__dict__['note'] = 'mine'", "/configuration/note", "mine"),
    ],
)
def test_an_attribute_that_the_dump_drops_is_lost(project: Project, act: str, path: str, wrote: Any) -> None:
    [fact] = facts(project, act + "\nreturn spec")
    assert (fact["code"], fact["policy"], fact["path"], fact["wrote"]) == ("lost-write", 0, path, wrote)


@needs_pydantic_2
def test_an_attribute_that_a_volumes_dump_drops_is_lost(project: Project) -> None:
    assert codes(project, "object.__setattr__(spec.configuration, 'note', 1)\nreturn spec", VOLUME) == ["lost-write"]


@pytest.mark.parametrize(
    "body",
    [
        "spec.configuration.max_price = 2.0\nreturn spec",
        # Both hold the same.
        "spec.configuration.max_price = 2.0\nspec.profile.max_price = 2.0\nreturn spec",
        # `merged_profile` follows.
        "spec.configuration.max_price = 2.0\nspec.merged_profile.max_price = 2.0\nreturn spec",
        "spec.configuration.max_price = 2.0\nreturn type(spec).parse_obj(spec.dict())",
        "assert spec.merged_profile.max_price is None\nreturn spec",
    ],
)
def test_a_write_that_arrives_isnt_told(project: Project, body: str) -> None:
    assert codes(project, body) == []


def test_a_value_that_only_the_second_parse_made_right_is_told(project: Project) -> None:
    [fact] = facts(project, 'spec.configuration.max_duration = "1d"\nreturn spec')
    assert (fact["code"], fact["policy"], fact["path"]) == ("unvalidated-value", 0, "/configuration/max_duration")
    assert (fact["wrote"], fact["holds"]) == ("1d", 86400)


def test_what_is_never_parsed_again_is_told_with_what_it_would_have_become(project: Project) -> None:
    [fact] = facts(project, "spec.configuration.auto_cleanup_duration = '1d'\nreturn spec", VOLUME)
    assert (fact["code"], fact["path"]) == ("unvalidated-value", "/configuration/auto_cleanup_duration")
    assert (fact["wrote"], fact["holds"]) == ("1d", 86400)


def test_what_dstack_would_refuse_but_never_looks_at_is_told_in_its_words(project: Project) -> None:
    [fact] = facts(project, "spec.configuration.tags = {'acme.io/owner': user}\nreturn spec", GATEWAY)
    assert (fact["code"], fact["policy"], fact["path"]) == ("unvalidated-value", 0, "/configuration/tags/acme.io~1owner")
    assert (fact["wrote"], "holds" in fact) == ("admin", False)
    assert "tag" in fact["text"]


@pytest.mark.parametrize(
    ("body", "sample"),
    [
        ("spec.configuration.max_duration = 86400\nreturn spec", SERVICE),
        # An integer is a price, too.
        ("spec.configuration.max_price = 2\nreturn spec", SERVICE),
        ("spec.configuration.spot_policy = 'auto'\nreturn spec", SERVICE),
        ("spec.configuration.tags = {'team': user}\nreturn spec", GATEWAY),
        ("spec.configuration.auto_cleanup_duration = 86400\nreturn spec", VOLUME),
    ],
)
def test_a_value_that_is_right_already_isnt_told(project: Project, body: str, sample: str) -> None:
    assert codes(project, body, sample) == []


def two(project: Project, first: str, second: str, sample: str = SERVICE) -> dict[str, Any]:
    """A replay with a plugin each."""
    other = Project(project.engine, f"{project.name}b", project.samples)
    project.policy(first)
    other.policy(second)
    answers = project.engine.worker.replay(project.root, [project.name, other.name], [project.sample(sample)])
    assert sorted(answers.one("loaded")["plugins"]) == [project.name, other.name]
    return answers.replay


def test_two_plugins_whose_order_decides_are_told(project: Project) -> None:
    replay = two(
        project,
        "spec.configuration.priority = 1\nreturn spec",
        "spec.configuration.priority = 2\nreturn spec",
    )
    [fact] = replay["facts"]
    assert (fact["code"], fact["policy"], fact["other"]) == ("chain-order", 0, 1)
    assert fact["path"] == "/configuration/priority"
    assert {fact["wrote"], fact["holds"]} == {1, 2}
    assert fact["wrote"] == replay["after"]["configuration"]["priority"]


def test_two_plugins_that_come_to_the_same_in_either_order_arent_told(project: Project) -> None:
    lower = "if spec.configuration.priority is None or spec.configuration.priority > {0}:\n"
    lower += "    spec.configuration.priority = {0}\nreturn spec"
    replay = two(project, lower.format(5), lower.format(3), SERVICE + "priority: 10\n")
    assert replay["after"]["configuration"]["priority"] == 3
    assert replay["facts"] == []


def test_the_order_of_one_plugins_own_policies_is_its_authors(project: Project) -> None:
    project.policies([f"spec.configuration.priority = {value}\nreturn spec" for value in (1, 2)])
    assert project.replay(project.task()).replay["facts"] == []


def test_a_policy_that_ends_the_server_is_told(project: Project) -> None:
    for act in ("import sys; sys.exit(3)", "raise KeyboardInterrupt", "import os; os._exit(3)"):
        assert codes(project, act) == ["exited"]
    assert codes(project, "raise KeyError") == []

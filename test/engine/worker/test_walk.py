"""The chain as dstack calls it, and who of it did what."""

from conftest import Project


def test_the_chain_is_named_with_its_hooks(project: Project) -> None:
    project.plugin("""
        from dstack.plugins import ApplyPolicy, Plugin

        class Base(ApplyPolicy):
            def on_fleet_apply(self, user, project, spec):
                return spec

        class Guard(Base):
            def on_run_apply(self, user, project, spec):
                return spec

        class All(ApplyPolicy):
            def on_apply(self, user, project, spec):
                return spec

        class Idle(ApplyPolicy):
            pass

        class P(Plugin):
            def get_apply_policies(self):
                return [Guard(), All(), Idle()]
    """)
    answers = project.replay(project.task(), project.sample("type: fleet\nname: f\nnodes: 2", "f.dstack.yml"))
    guard, everything, idle = answers.one("loaded")["policies"]
    lines = [line.strip() for line in project.module.read_text().splitlines()]
    file = str(project.module)
    run, fleet = (lines.index(f"def on_{kind}_apply(self, user, project, spec):") + 1 for kind in ("run", "fleet"))
    assert guard == {
        "name": f"{project.name}.Guard",
        "file": file,
        "line": run,
        "hooks": {"on_run_apply": {"file": file, "line": run}, "on_fleet_apply": {"file": file, "line": fleet}},
    }
    assert list(everything["hooks"]) == ["on_apply"]
    assert idle == {"name": f"{project.name}.Idle", "file": None, "line": None, "hooks": {}}
    assert [each["reached"] for each in answers.of("replay")] == [[0, 1], [0, 1]]


def test_what_each_policy_made_is_a_step_and_what_it_left_alone_is_none(project: Project) -> None:
    project.policies(
        [
            "return spec",
            "spec.configuration.priority = 1\nreturn spec",
            "spec.configuration.priority = 1\nreturn spec",
            "spec.configuration.priority = 2\nspec.configuration.max_price = 3\nreturn spec",
        ]
    )
    replay = project.replay(project.task()).replay
    assert [step["policy"] for step in replay["steps"]] == [1, 3]
    assert [step["dump"]["configuration"]["priority"] for step in replay["steps"]] == [1, 2]
    assert replay["steps"][-1]["dump"] == replay["after"]
    assert replay["reached"] == [0, 1, 2, 3]


def test_a_new_spec_that_says_the_same_is_no_step(project: Project) -> None:
    project.policy("return type(spec).model_validate(spec.model_dump())")
    assert project.replay(project.task()).replay["steps"] == []


def test_what_one_policy_undoes_of_another_are_two_steps(project: Project) -> None:
    project.policies(["spec.configuration.priority = 1\nreturn spec", "spec.configuration.priority = None\nreturn spec"])
    replay = project.replay(project.task()).replay
    assert replay["before"] == replay["after"]
    assert [step["policy"] for step in replay["steps"]] == [0, 1]


def test_after_a_rejection_nobody_is_reached(project: Project) -> None:
    project.policies(["spec.configuration.priority = 1\nreturn spec", "raise ValueError('no')", "return spec"])
    replay = project.replay(project.task()).replay
    assert replay["policy"]["name"] == f"{project.name}.Policy1"
    assert replay["reached"] == [0, 1]
    assert [step["policy"] for step in replay["steps"]] == [0]


def test_a_rejection_out_of_other_peoples_code_names_the_authors_line_or_the_hook(project: Project) -> None:
    project.plugin("""
        import functools
        import json
        from dstack.plugins import ApplyPolicy, Plugin

        class Direct(ApplyPolicy):
            on_run_apply = staticmethod(lambda user, project, spec: json.loads(""))

        class P(Plugin):
            def get_apply_policies(self):
                return [Direct()]
    """)
    replay = project.replay(project.task()).replay
    line = next(at for at, text in enumerate(project.module.read_text().splitlines(), 1) if "json.loads" in text)
    assert replay["policy"] == {"name": f"{project.name}.Direct", "file": str(project.module), "line": line}


def test_two_policies_of_one_class_are_told_apart(project: Project) -> None:
    project.plugin("""
        from dstack.plugins import ApplyPolicy, Plugin

        class Cap(ApplyPolicy):
            def __init__(self, key):
                self.key = key

            def on_run_apply(self, user, project, spec):
                setattr(spec.configuration, self.key, 1)
                return spec

        class P(Plugin):
            def get_apply_policies(self):
                return [Cap("priority"), Cap("max_price")]
    """)
    replay = project.replay(project.task()).replay
    assert [step["policy"] for step in replay["steps"]] == [0, 1]


def test_policies_that_come_and_go_keep_their_places(project: Project) -> None:
    project.plugin("""
        import itertools
        from dstack.plugins import ApplyPolicy, Plugin

        asked = itertools.count()

        class Once(ApplyPolicy):
            pass

        class Sets(ApplyPolicy):
            def on_run_apply(self, user, project, spec):
                spec.configuration.priority = 1
                return spec

        class P(Plugin):
            def get_apply_policies(self):
                return [Once(), Sets()] if next(asked) == 0 else [Sets()]
    """)
    replay = project.replay(project.task()).replay
    assert [step["policy"] for step in replay["steps"]] == [1]
    assert replay["reached"] == [1]


def test_plugins_that_cant_say_their_policies_have_an_empty_chain(project: Project) -> None:
    project.plugin("""
        from dstack.plugins import Plugin

        class P(Plugin):
            def get_apply_policies(self):
                raise KeyError("settings")
    """)
    answers = project.replay(project.task())
    assert answers.one("loaded")["policies"] == []
    replay = answers.replay
    assert (replay["outcome"], replay["steps"], replay["facts"], replay["reached"]) == ("crashed", [], [], [])


def test_plugins_that_end_the_process_over_their_policies_are_a_crash_of_each_replay(project: Project) -> None:
    project.plugin("""
        import os
        from dstack.plugins import Plugin

        class P(Plugin):
            def get_apply_policies(self):
                os._exit(3)
    """)
    answers = project.replay(project.task("a"), project.task("b"))
    assert answers.one("loaded")["policies"] == []
    assert [each["outcome"] for each in answers.of("replay")] == ["crashed", "crashed"]
    assert all("exit code 3" in each["message"] for each in answers.of("replay"))


def test_what_is_asked_for_twice_is_written_and_timed_once(project: Project) -> None:
    project.policy("import time\nprint(spec.run_name)\ntime.sleep(0.2)\nreturn spec")
    replay = project.replay(project.task()).replay
    assert replay["printed"] == ["train"]
    assert 200 <= replay["milliseconds"] < 400


def test_what_only_the_apply_writes_is_shown(project: Project) -> None:
    project.policy(
        "if next(count): print('again')\nreturn spec",
        before="import itertools\ncount = itertools.count()",
    )
    assert project.replay(project.task()).replay["printed"] == ["again"]


def test_the_limit_is_one_for_each_phase(project: Project) -> None:
    project.policy("import time; time.sleep(1.2)\nreturn spec")
    assert project.replay(project.task(), timeout=2).replay["outcome"] == "accepted"


def test_a_gateways_policies_get_the_spec_afresh_in_each_phase(project: Project) -> None:
    project.policy(
        "spec.configuration.tags = {**(spec.configuration.tags or {}), str(len(spec.configuration.tags or {})): 'x'}\nreturn spec"
    )
    replay = project.replay(project.sample("type: gateway\nname: x\nbackend: aws\nregion: a\ndomain: a.example.com")).replay
    assert replay["after"]["configuration"]["tags"] == {"0": "x"}
    assert replay["facts"] == []

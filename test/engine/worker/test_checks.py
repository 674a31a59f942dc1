"""What a replay does beyond plan and apply, where it is asked for: the dummy task of `dstack offer`, and the order of samples."""

import json
from pathlib import Path

import pytest
from conftest import Answers, Project

OFFER = {"server": False, "order": False, "offer": True}
ORDER = {"server": False, "order": True, "offer": False}


def has_builder(project: Project) -> bool:
    # Version 0.20.0 makes the spec in the midst of its command.
    return tuple(map(int, project.engine.worker.ready["dstack"].split("."))) >= (0, 20, 29)


def facts(answers: Answers, code: str) -> list[tuple[int, str | None, str]]:
    return [
        (replay["sample"], fact["path"], fact["text"])
        for replay in answers.of("replay")
        for fact in replay["facts"]
        if fact["code"] == code
    ]


def test_the_dummy_task_of_dstack_offer_is_a_sample_that_is_never_applied(project: Project, tmp_path: Path) -> None:
    project.policy("""
        print(user, spec.configuration.image)
        if not spec.configuration.tags:
            raise ValueError("a tag is missing")
        return spec
    """)
    cache = tmp_path / "offer.json"
    contexts = [{"user": "alice", "project": "research", "profile": None}]
    answers = project.replay(project.task(more="tags: {a: b}"), checks=OFFER, offerCache=str(cache), contexts=contexts)
    loaded = answers.one("loaded")
    kept = json.loads(cache.read_text())
    if not has_builder(project):
        assert "no builder" in loaded["noOffer"]
        assert [each["sample"] for each in answers.of("replay")] == [0]
        return
    assert loaded["noOffer"] is None
    [offer] = [each for each in answers.of("sample") if each["sample"] == -1]
    assert (offer["kind"], offer["configurationType"]) == ("run", "task")
    task, replay = answers.of("replay")
    assert (task["outcome"], task["facts"]) == ("accepted", [])
    assert (replay["sample"], replay["context"], replay["outcome"]) == (-1, 0, "rejected")
    assert replay["message"] == "a tag is missing"
    assert replay["printed"] == ["alice scratch"]
    assert kept["spec"]["configuration"]["commands"] == [":"]


def test_what_was_kept_of_it_is_used_and_what_cant_be_read_is_built_again(project: Project, tmp_path: Path) -> None:
    project.policy("print(spec.configuration.image)\nreturn spec")
    cache = tmp_path / "offer.json"
    cache.write_text("{")
    project.replay(project.task(), checks=OFFER, offerCache=str(cache))
    kept = json.loads(cache.read_text())
    if not has_builder(project):
        return
    kept["spec"]["configuration"]["image"] = "kept"
    cache.write_text(json.dumps(kept))
    answers = project.replay(project.task(), checks=OFFER, offerCache=str(cache))
    assert answers.of("replay")[1]["printed"] == ["kept"]
    assert project.replay(project.task(), checks=OFFER, offerCache=None).of("replay")[1]["printed"] == ["scratch"]
    assert project.replay(project.task(), checks=OFFER, offerCache="/nowhere/at/all").of("replay")[1]["printed"] == ["scratch"]


def test_a_policy_that_ends_the_process_over_the_dummy_task_costs_no_other(project: Project) -> None:
    project.policy("import os\nif spec.configuration.image == 'scratch': os._exit(1)\nreturn spec")
    answers = project.replay(project.task(), checks=OFFER)
    expected = {0: "accepted", -1: "crashed"} if has_builder(project) else {0: "accepted"}
    assert {each["sample"]: each["outcome"] for each in answers.of("replay")} == expected


def test_it_isnt_replayed_unasked(project: Project) -> None:
    project.policy("return spec")
    assert len(project.replay(project.task(), checks=ORDER).of("replay")) == 1


@pytest.mark.parametrize(
    ("body", "path", "text"),
    [
        ("if _SEEN: raise ValueError('one is enough')\n_SEEN.append(1)", None, "accepted"),
        ("spec.configuration.max_price = len(set(_SEEN)) or None", "/configuration/max_price", "accepted"),
    ],
)
def test_a_result_that_depends_on_what_was_replayed_before_is_named(project: Project, body: str, path: str, text: str) -> None:
    guarded = "if spec.run_name not in _SEEN:\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    project.policy(f"{guarded}_SEEN.append(spec.run_name)\nreturn spec", "_SEEN = []")
    answers = project.replay(*[project.task(name) for name in ("one", "two")], checks=ORDER)
    assert len(answers.of("loaded")) == 1
    assert [each["sample"] for each in answers.of("replay")] == [0, 1]
    found = facts(answers, "order-dependent")
    assert found
    for _, where, said in found:
        assert where is None or where.startswith(path or "/")
        assert said.startswith((text, "rejected"))


def test_what_comes_of_samples_in_any_order_has_no_such_fact(project: Project) -> None:
    project.policy("spec.configuration.max_price = 3\nif spec.run_name == 'bad': raise KeyError(1)\nreturn spec")
    answers = project.replay(*[project.task(name) for name in ("one", "bad", "two")], checks=ORDER)
    assert facts(answers, "order-dependent") == []
    assert len(answers.of("replay")) == 3


def test_a_policy_whose_result_is_never_the_same_isnt_blamed_for_the_order(project: Project) -> None:
    project.policy("import random\nspec.configuration.max_price = random.random()\nreturn spec")
    answers = project.replay(*[project.task(name) for name in ("one", "two")], checks=ORDER)
    assert facts(answers, "order-dependent") == []
    assert len(facts(answers, "plan-apply-differ")) == 2


def test_plugins_that_dont_load_are_told_once_in_any_order(project: Project) -> None:
    project.plugin("raise RuntimeError('no')")
    answers = project.replay(*[project.task(name) for name in ("one", "two")], checks=ORDER)
    assert answers.problem["code"] == "plugin-raised"
    assert len(answers.of("sample")) == 2

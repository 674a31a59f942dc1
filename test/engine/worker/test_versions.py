"""What the worker says of versions, and of specs that other versions made."""

from typing import Any

from conftest import Answer, Engine


def ask(engine: Engine, **question: Any) -> Answer:
    engine.worker.send({"id": 0, **question})
    return engine.worker.answer()


def test_versions_come_in_the_order_of_their_age_and_are_held_against_specifiers(engine: Engine) -> None:
    answer = ask(
        engine,
        do="versions",
        versions=["0.21.10", "0.21.9", "0.22.0rc1", "0.22.0"],
        specifiers=["<0.21.10", ">=0.21.9,<0.22", "0.22"],
    )
    assert answer["ordered"] == ["0.21.9", "0.21.10", "0.22.0rc1", "0.22.0"]
    # PEP 440: a pre-release of a version isn't below it for `<`.
    assert answer["matches"] == [[True, False, False, False], [True, True, False, False], None]


def test_a_spec_of_another_version_gets_the_form_of_this_one(engine: Engine) -> None:
    dump = {"configuration": {"type": "volume", "name": "v", "backend": "aws", "region": "r", "size": "100GB"}}
    answer = ask(engine, do="normalise", kind="volume", dumps=[dump, None])
    assert answer["dumps"][0]["configuration"]["size"] == 100
    assert answer["dumps"][1] is None
    assert answer["refusals"] == [None, None]


def test_a_spec_that_is_refused_says_where(engine: Engine) -> None:
    dump = {"configuration": {"type": "volume", "name": "v", "backend": "aws", "region": "r", "size": "much"}}
    answer = ask(engine, do="normalise", kind="volume", dumps=[dump])
    assert answer["dumps"] == [None]
    assert "size" in answer["refusals"][0]

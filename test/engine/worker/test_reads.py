"""What was read of samples is used again where more requests follow, and nothing but the plugins changed."""

import pytest
from conftest import Project


@pytest.fixture(autouse=True)
def plugin(project: Project) -> None:
    project.policy("spec.configuration.tags = {'team': 'a'}\nreturn spec")


def price(project: Project, more: str = "", **request: object) -> float | None:
    """The default profile's price, as a task gets it."""
    sample = project.samples / "train.dstack.yml" if more == "" and "unchanged" in request else project.task(more=more)
    return project.replay(sample, **request).replay["before"]["profile"]["max_price"]


def profile(project: Project, price: float) -> None:
    project.sample(f"profiles:\n  - {{name: mine, max_price: {price}, default: true}}\n", ".dstack/profiles.yml")


def test_a_sample_is_read_once_as_long_as_the_parent_says_so(project: Project) -> None:
    profile(project, 1)
    sample = project.task()
    first = project.replay(sample, again=True)
    # What changed without being told of shows whether it was read.
    profile(project, 2)
    second = project.replay(sample, again=True, unchanged=True)
    assert [each.replay["before"]["profile"]["max_price"] for each in (first, second)] == [1, 1]
    assert project.replay(sample, again=True).replay["before"]["profile"]["max_price"] == 2


def test_all_else_is_answered_as_when_it_was_read(project: Project) -> None:
    contexts = [{"user": "admin", "project": name, "profile": None} for name in ("main", "research")]
    sample = project.task(more="env: {TOKEN: hush}")
    first, second = (project.replay(sample, contexts=contexts, again=True, unchanged=True).all for _ in range(2))

    def lasting(answers: list[dict[str, object]]) -> list[dict[str, object]]:
        return [{key: each[key] for key in each if key not in ("id", "milliseconds")} for each in answers]

    assert lasting(second) == lasting(first)
    assert [each["type"] for each in second] == ["sample", "loaded", "replay", "replay"]


def test_a_sample_that_changed_or_is_asked_for_in_another_way_is_read_anew(project: Project) -> None:
    profile(project, 1)
    assert price(project, again=True) == 1
    profile(project, 2)
    assert price(project, again=True, unchanged=True) == 1
    assert price(project, "max_duration: 2h", again=True, unchanged=True) == 2
    profile(project, 3)
    contexts = [{"user": "other", "project": "main", "profile": None}]
    assert price(project, contexts=contexts, again=True, unchanged=True) == 3
    profile(project, 4)
    assert price(project, contexts=contexts, again=True, unchanged=True, env={"TOKEN": "other"}) == 4


def test_nothing_is_kept_where_nothing_follows_or_a_sample_is_wrong(project: Project) -> None:
    profile(project, 1)
    assert price(project) == 1
    profile(project, 2)
    assert price(project, unchanged=True) == 2
    wrong = project.sample("type: task\n", "wrong.dstack.yml")
    for _ in range(2):
        assert project.replay(wrong, again=True, unchanged=True).invalid["code"] == "invalid-configuration"


def test_one_that_ends_its_process_is_told_from_others_that_were_read_before(project: Project) -> None:
    project.policy("import os\nif spec.run_name == 'bad': os._exit(3)\nreturn spec")
    tasks = [project.task(name) for name in ("one", "bad", "two")]
    for _ in range(2):
        replays = project.replay(*tasks, again=True, unchanged=True).of("replay")
        assert sorted((each["sample"], each["outcome"]) for each in replays) == [
            (0, "accepted"),
            (1, "crashed"),
            (2, "accepted"),
        ]

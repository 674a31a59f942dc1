"""From a file to a spec, and what is said about a file that doesn't become one."""

import os
from pathlib import Path

import pytest
from conftest import Project, needs_0_20_29


@pytest.fixture(autouse=True)
def plugin(project: Project) -> None:
    project.policy("return spec")


@pytest.mark.parametrize(
    ("content", "code", "line", "said"),
    [
        (b"", "empty-sample", None, "empty"),
        (b"# nothing\n\n", "empty-sample", None, "empty"),
        (b"type: task\ncommands: [\xff]\n", "not-utf-8", 2, "isn't UTF-8"),
        (b"type: task\nname: [\n", "invalid-yaml", 3, "doesn't parse"),
        (b"type: task\n\tname: x\n", "invalid-yaml", 2, "doesn't parse"),
        (b"type: task\nname: \0\n", "invalid-yaml", 2, "doesn't allow"),
        (b"type: !odd task\n", "invalid-yaml", 1, "!odd"),
        (b"type: task\nname: 2024-13-45\n", "invalid-yaml", None, "month"),
        (b"type: task\n---\ntype: task\n", "several-documents", 2, "several"),
        (b"- type: task\n", "not-a-mapping", 1, "no mapping"),
        (b"hello", "not-a-mapping", 1, "no mapping"),
        (b"commands: [a]\n", "no-type", None, "no `type`"),
        (b"name: x\ntype: preset\n", "preset", 2, "never reaches plugins"),
        (b"name: x\ntype: taskk\n", "invalid-configuration", 2, "taskk"),
        (b"[" * 5000, "invalid-yaml", None, "too deeply"),
        (b"a: &a [*a]\ntype: task\n", "invalid-configuration", None, "commands"),
    ],
)
def test_each_bad_file_gets_its_own_sentence_and_its_line(
    project: Project, content: bytes, code: str, line: int | None, said: str
) -> None:
    answers = project.replay(project.sample(content))
    assert answers.invalid["code"] == code
    assert said in answers.invalid["text"]
    if line is not None:
        assert answers.invalid["line"] == line
    assert answers.invalid["context"] is None
    assert answers.of("sample") == answers.of("replay") == []


def test_dstacks_refusals_are_told_by_path_with_the_first_line_that_they_are_about(project: Project) -> None:
    answers = project.replay(
        project.sample("""\
            type: task
            name: x
            commands: [a]
            max_price: dear
            resources:
              gpu:
                count: many
            """)
    )
    assert answers.invalid["code"] == "invalid-configuration"
    assert answers.invalid["line"] == 4
    assert "max_price: " in answers.invalid["text"]
    assert "resources.gpu.count" in answers.invalid["text"]
    assert "many" not in answers.invalid["text"]


def test_an_unknown_key_is_named_with_its_line(project: Project) -> None:
    invalid = project.replay(project.task(more="commandz: [b]\n")).invalid
    assert (invalid["line"], "commandz" in invalid["text"]) == (4, True)


def test_yaml_errors_quote_nothing_of_the_file(project: Project) -> None:
    invalid = project.replay(project.sample("type: task\nenv:\n  TOKEN: hunter2: 'x\n")).invalid
    assert "hunter2" not in invalid["text"]
    assert invalid["line"] == 3


def test_a_file_that_isnt_there_is_one_bad_sample(project: Project, tmp_path: Path) -> None:
    answers = project.replay(tmp_path / "gone.dstack.yml", tmp_path, project.task())
    assert [each["code"] for each in answers.of("invalid-sample")] == ["unreadable-sample", "unreadable-sample"]
    assert answers.replay["sample"] == 2


def test_one_bad_sample_doesnt_hide_the_others(project: Project) -> None:
    answers = project.replay(project.task("a"), project.sample(b"", "b.dstack.yml"), project.task("c"))
    assert answers.invalid["sample"] == 1
    assert [each["sample"] for each in answers.of("replay")] == [0, 2]


def test_yaml_is_read_as_dstack_reads_it(project: Project) -> None:
    # YAML 1.1: `on` is true; line ends of any system; a byte order mark.
    text = b"\xef\xbb\xbftype: task\r\nname: x\r\nprivileged: on\r\ncommands:\r\n  - |\r\n    a\r\n    b\r\n"
    configuration = project.replay(project.sample(text)).replay["before"]["configuration"]
    assert configuration["privileged"] is True
    assert configuration["commands"] == ["a\nb\n"]


def test_a_run_without_a_name_has_none(project: Project) -> None:
    replay = project.replay(project.sample("type: task\ncommands: [a]\n")).replay
    assert replay["before"]["run_name"] is None
    assert replay["before"]["repo_data"] == {"repo_type": "virtual"}


def test_env_without_a_value_is_filled(project: Project) -> None:
    sample = project.task(more="env: [HF_TOKEN, WANDB_KEY, MODE=fast]\n")
    answers = project.replay(sample, env={"HF_TOKEN": "given-here"})
    env = answers.replay["before"]["configuration"]["env"]
    assert env == {"HF_TOKEN": "given-here", "WANDB_KEY": "<WANDB_KEY>", "MODE": "fast"}
    assert sorted(answers.one("sample")["secrets"]) == ["fast", "given-here"]


@needs_0_20_29
def test_secrets_are_what_lies_under_env_and_registry_auth(project: Project) -> None:
    sample = project.sample("""\
        type: service
        name: x
        port: 80
        image: private/image
        env:
          A: one
          B: 22
        registry_auth:
          username: me
          password: four
        replicas:
          - name: front
            count: 1
            commands: [a]
        """)
    answers = project.replay(sample)
    assert set(answers.one("sample")["secrets"]) >= {"one", "22", "me", "four"}
    assert "private/image" not in answers.one("sample")["secrets"]


def test_secrets_of_a_sample_that_dstack_refuses_are_known_too(project: Project) -> None:
    invalid = project.replay(project.task(more="env: [A=one, A=two]\n")).invalid
    assert invalid["secrets"] == ["one", "two"]


def test_profiles_beside_the_sample_are_used_and_chosen_by_the_context(project: Project) -> None:
    project.sample(
        "profiles:\n  - name: cheap\n    max_price: 1\n  - name: dear\n    max_price: 9\n    default: true\n",
        ".dstack/profiles.yml",
    )
    contexts = [{"user": "admin", "project": "main", "profile": profile} for profile in (None, "cheap", "gone", "dear")]
    answers = project.replay(project.task(), contexts=contexts)
    prices = {each["context"]: each["before"]["profile"]["max_price"] for each in answers.of("replay")}
    assert prices == {0: 9, 1: 1, 3: 9}
    assert (answers.invalid["code"], answers.invalid["context"]) == ("invalid-profile", 2)
    assert answers.invalid["text"] == "No such profile: gone."


def test_the_profile_in_the_home_folder_is_never_read(project: Project) -> None:
    home = Path(project.engine.environment["HOME"])
    (home / ".dstack").mkdir(exist_ok=True)
    (home / ".dstack" / "profiles.yml").write_text("profiles:\n  - {name: mine, max_price: 3, default: true}\n")
    try:
        replay = project.replay(project.task()).replay
        assert replay["before"]["profile"]["name"] == "default"
    finally:
        os.unlink(home / ".dstack" / "profiles.yml")


@pytest.mark.parametrize("content", ["profiles: [", "profiles: 3", "- a", ""])
def test_a_broken_profiles_file_is_told(project: Project, content: str) -> None:
    project.sample(content, ".dstack/profiles.yml")
    invalid = project.replay(project.task()).invalid
    assert invalid["code"] == "invalid-profile"
    assert "profiles.yml" in invalid["text"]


RULED_PROJECTS = [pytest.param("admin", name, marks=needs_0_20_29) for name in ("a/b", "x" * 51)]


@pytest.mark.parametrize(("user", "name"), [("a b", "main"), ("", "main"), *RULED_PROJECTS])
def test_names_that_dstack_doesnt_allow_are_refused_by_its_own_rule(project: Project, user: str, name: str) -> None:
    contexts = [
        {"user": user, "project": name, "profile": None},
        {"user": "u" * 60, "project": "p" * 50, "profile": None},
    ]
    answers = project.replay(project.task(), contexts=contexts)
    assert (answers.invalid["code"], answers.invalid["context"]) == ("invalid-context", 0)
    assert answers.replay["context"] == 1

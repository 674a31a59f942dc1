"""What is read with libyaml reads as it does with dstack's own loader."""

import random
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import WORKER

FIXTURES = Path(__file__).parents[2] / "fixtures"
VALUES = [
    "on",
    "1:30",
    "2020-01-01",
    "1e3",
    ".5",
    "~",
    "0x1f",
    "-",
    "- a",
    "--- x",
    "...",
    "[a, b]",
    "[\"a\", 'b c']",
    '"x: y"',
    "'#'",
    "a #b",
    "a: b",
    "1..2",
    "24GB..",
    "=",
    "a:",
    "<<",
    "null",
    "[]",
    "[a,b]",
    "http://x:80/y",
    "a:b",
    "./x",
    ".inf",
    "(",
    "x ~",
    "?",
    "{a: b}",
    "&a",
    "*a",
    "!!str 1",
    "%x",
    "@x",
    "`x",
    "a\tb",
    "'it''s'",
    '"a\\nb"',
    "1_000",
    "0o7",
    "y",
    "No",
]
KEYS = ("key", "k", "a-b", "on", "1", "y", "<<", "_")


@pytest.fixture(scope="module")
def simple() -> Any:
    sys.path.insert(0, str(WORKER))
    try:
        from dstack_plugin_replay.yaml_file import is_simple
    finally:
        sys.path.remove(str(WORKER))
    return is_simple


def read(loader: Any, text: str) -> str | None:
    try:
        return repr(yaml.load(text, Loader=loader))
    except Exception:
        return None


@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="needs libyaml")
def test_whatever_lines_it_has(simple: Any) -> None:
    chosen = random.Random(7)
    characters = "ab0_./+=@$^~()-:1 ,'\"#"

    def value() -> str:
        word = "".join(chosen.choice(characters) for _ in range(chosen.randint(1, 7)))
        return chosen.choice([word, chosen.choice(VALUES)])

    def line() -> str:
        key = chosen.choice(KEYS)
        forms = [f"{key}: {value()}", f"{key}:", f"- {value()}", f"- {key}: {value()}", "# c: [", "", f"{key}:  {value()}", "-"]
        return " " * chosen.choice([0, 0, 0, 2, 2, 4, 1, 3]) + chosen.choice(forms)

    seen = 0
    for _ in range(12_000):
        text = "\n".join(line() for _ in range(chosen.randint(1, 6))) + chosen.choice(["", "\n"])
        fast = read(yaml.CSafeLoader, text) if simple(text) else None
        if fast is not None:
            seen += 1
            assert fast == read(yaml.SafeLoader, text), text
    assert seen > 100


@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="needs libyaml")
def test_samples_as_people_write_them(simple: Any) -> None:
    texts = [path.read_bytes().decode("utf-8", "replace") for path in FIXTURES.rglob("*.dstack.yml")]
    found = [text for text in texts if simple(text)]
    assert len(found) > len(texts) // 4
    assert [read(yaml.CSafeLoader, text) for text in found] == [read(yaml.SafeLoader, text) for text in found]

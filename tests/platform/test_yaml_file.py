from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import ConfigurationError
from conformance.platform.yaml_file import MAX_BYTES, read_yaml

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def content(folder: Path, text: str | bytes) -> Any:
    """What the module reads of a file with that text."""
    path = folder / "file.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_yaml(path)


def mistake(folder: Path, text: str | bytes) -> str:
    """What the module says of a file with that text."""
    with pytest.raises(ConfigurationError) as caught:
        content(folder, text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("2020-01-01", "2020-01-01"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("1.5", 1.5),
        ("~", None),
        ('"12"', "12"),
    ],
)
def test_scalars_are_what_json_knows(tmp_path: Path, text: str, expected: object) -> None:
    """Norway stays NO, a date stays text, and only true and false are booleans."""
    read = content(tmp_path, f"value: {text}\n")["value"]

    assert (type(expected), expected) == (type(read), read)


def test_a_json_file_is_read_too(tmp_path: Path) -> None:
    """JSON is YAML."""
    assert {"a": [1, {"b": None}]} == content(tmp_path, '{"a": [1, {"b": null}]}')


def test_keys_are_texts(tmp_path: Path) -> None:
    """A status of an OpenAPI document that stands without quotes is the same key as one with them."""
    assert {"responses": {"200": "found", "default": "else"}} == content(
        tmp_path, "responses:\n  200: found\n  default: else\n"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [1, 2\nb: 3\n", ":2:2"),
        ("a: 1\n---\nb: 2\n", ":2:1"),
        ("a: !!python/object:os.system x\n", ":1:4"),
        ("? [a]\n: b\n", ":1:3"),
        ("a:\n\t- b\n", ":2:1"),
    ],
    ids=["unclosed", "two documents", "python object", "list as a key", "tab"],
)
def test_a_mistake_has_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    """Malformed YAML is told with the place of the mistake."""
    assert f"file.yaml{place}: is not YAML" in mistake(tmp_path, text)


def test_bytes_that_are_no_text_are_a_mistake(tmp_path: Path) -> None:
    """A file that is not UTF-8 is told as such."""
    assert "is not YAML" in mistake(tmp_path, b"a: \xff\xfe\xff\n")


@pytest.mark.parametrize("text", ["a: !!binary aGVsbG8=\n", "a: !!set {x, y}\n"], ids=["bytes", "set"])
def test_values_that_json_does_not_know_are_a_mistake(tmp_path: Path, text: str) -> None:
    """YAML's own types do not get further than this module."""
    assert "file.yaml" in mistake(tmp_path, text)


def test_aliases_of_aliases_are_counted_as_often_as_they_are_used(tmp_path: Path) -> None:
    """A few hundred bytes that stand for billions of nodes are refused before anyone walks them."""
    assert len(BOMB) < 500
    assert "2000000 nodes" in mistake(tmp_path, BOMB)


def test_what_holds_itself_is_refused(tmp_path: Path) -> None:
    """An alias of its own anchor has no end, and the limit of depth finds it."""
    assert "200 levels" in mistake(tmp_path, "&a [*a]")


def test_depth_is_limited(tmp_path: Path) -> None:
    """A file deeper than anyone writes is refused."""
    assert math.inf > len(content(tmp_path, "[" * 150 + "]" * 150))
    assert "200 levels" in mistake(tmp_path, "[" * 300 + "]" * 300)


def test_no_depth_kills_the_interpreter(tmp_path: Path) -> None:
    """A hundred thousand brackets are a mistake in a file, not the end of the process."""
    path = tmp_path / "file.yaml"
    path.write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")
    program = (
        "import sys, pathlib; from conformance.errors import ConfigurationError;"
        "from conformance.platform.yaml_file import read_yaml\n"
        "try: read_yaml(pathlib.Path(sys.argv[1]))\n"
        "except ConfigurationError: print('refused')"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False, timeout=30
    )

    assert (0, "refused\n") == (result.returncode, result.stdout)


def test_size_is_limited(tmp_path: Path) -> None:
    """A file above the limit is not parsed."""
    path = tmp_path / "file.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)

    with pytest.raises(ConfigurationError, match=f"has {MAX_BYTES + 1} bytes"):
        read_yaml(path)


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    """A missing file is the operator's mistake, told with its name."""
    with pytest.raises(ConfigurationError, match=r"absent\.yaml: cannot be read: No such file"):
        read_yaml(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1"),
        ("a:\n  b: 1\n  c: {d: 1, d: 2}\n", "3:13"),
        ('{"a": 1,\n "b": {"c": 1, "c": 2}}', "2:16"),
        ("a: 1\nb:\n  ? [1]\n  : 2\n", "3:5"),
    ],
)
def test_a_key_that_stands_twice_is_a_mistake_where_nothing_may_be_lost(tmp_path: Path, text: str, where: str) -> None:
    """With its place; elsewhere the last value counts."""
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=rf"file\.yaml:{where}: is not YAML: "):
        read_yaml(path, keys_once=True)


def test_keys_that_stand_once_are_read(tmp_path: Path) -> None:
    """In JSON, in mappings side by side, and where one is merged into another."""
    path = tmp_path / "file.yaml"
    found = []
    for text in ('{"a": {"b": 1}, "c": {"b": 1}}', "a: &a {b: 1}\nc: {<<: *a}\n", "a: &a {b: 1}\nc: {<<: *a, b: 1}\n"):
        path.write_text(text, encoding="utf-8")
        found.append(read_yaml(path, keys_once=True))

    assert [{"a": {"b": 1}, "c": {"b": 1}}] * 3 == found


def test_of_a_key_that_stands_twice_the_last_value_counts(tmp_path: Path) -> None:
    """In documents of others, which are as they are."""
    assert [{"a": 2}, {"a": 2}] == [content(tmp_path, "a: 1\na: 2\n"), content(tmp_path, '{"a": 1, "a": 2}')]

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.errors import ConfigurationError
from conformance.waiver import Waiver
from conformance.waiver_file import read_waivers

KNOWN = ("ACK-01", "COR-01", "COR-02")
WHOLE = """
[[waiver]]
requirement = "COR-01"
reason = "Planned for January."
owner = "payments"
expires = 2027-01-31
"""


def read(folder: Path, text: str) -> tuple[Waiver, ...]:
    """The waivers of a file with that text."""
    path = folder / "waivers.toml"
    path.write_text(text, encoding="utf-8")
    return read_waivers(path, KNOWN)


def mistakes(folder: Path, text: str) -> list[str]:
    """What is wrong with a file, each with its place and its hint, without the folder."""
    with pytest.raises(ConfigurationError) as caught:
        read(folder, text)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_waiver_says_what_why_who_and_until_when(tmp_path: Path) -> None:
    """The date is one of TOML, or its text."""
    second = WHOLE.replace("COR-01", "ACK-01").replace("2027-01-31", '"2027-02-28"')
    expected = (
        Waiver("COR-01", "Planned for January.", "payments", "2027-01-31"),
        Waiver("ACK-01", "Planned for January.", "payments", "2027-02-28"),
    )

    assert expected == read(tmp_path, WHOLE + second)


def test_a_file_may_be_empty(tmp_path: Path) -> None:
    """The last waiver may be taken out before the file is."""
    assert () == read(tmp_path, "# none at the moment\n")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Each with the number of the waiver, and with a hint."""
    text = """
    title = "ours"
    [[waiver]]
    requirement = "COR-99"
    reason = ""
    expires = 2027-01-31T00:00:00
    until = "soon"
    """
    found = [problem.partition("\n    ") for problem in mistakes(tmp_path, text)]

    assert {
        "waivers.toml: Additional properties are not allowed ('title' was unexpected)",
        "waivers.toml: unknown requirement 'COR-99'",
        "waivers.toml, waiver 1: 'owner' is a required property",
        "waivers.toml, waiver 1: Additional properties are not allowed ('until' was unexpected)",
        "waivers.toml, waiver 1, expires: '2027-01-31T00:00:00' is not a 'date'",
        "waivers.toml, waiver 1, reason: '' should be non-empty",
    } == {told for told, _, _ in found}
    assert all(hint for _, _, hint in found)


@pytest.mark.parametrize("text", ["[waiver]\nrequirement = 'COR-01'", "waiver = [1]", "waiver = 'COR-01'"])
def test_what_is_no_list_of_waivers_is_a_mistake(tmp_path: Path, text: str) -> None:
    """Whatever else it is."""
    assert 1 == len(mistakes(tmp_path, text))


def test_a_requirement_is_waived_once(tmp_path: Path) -> None:
    """Two waivers of one requirement would leave open which of them counts."""
    assert ["waivers.toml: 2 waivers of COR-01\n    Keep one: its reason, its owner and its end."] == mistakes(
        tmp_path, WHOLE + WHOLE
    )


@pytest.mark.parametrize(("text", "what"), [("waiver = [", "is not TOML"), ("\udcff", "is not TOML")])
def test_a_file_that_is_not_toml_is_told(tmp_path: Path, text: str, what: str) -> None:
    """A broken table, and bytes that are no UTF-8."""
    path = tmp_path / "waivers.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(ConfigurationError, match=what):
        read_waivers(path, KNOWN)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The operator has named it."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_waivers(tmp_path / "none.toml", KNOWN)


@pytest.mark.parametrize(
    ("today", "expired"),
    [("2027-01-31", False), ("2027-01-31T23:59:59.999999Z", False), ("2027-02-01T00:00:00.000000Z", True)],
)
def test_a_waiver_counts_until_the_end_of_its_last_day(today: str, expired: bool) -> None:  # noqa: FBT001  # a table
    """The day is that of UTC."""
    assert expired is Waiver("COR-01", "", "", "2027-01-31").expired(today)

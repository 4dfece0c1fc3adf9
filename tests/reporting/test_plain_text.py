"""Text made harmless, at its borders."""

from __future__ import annotations

import json

import pytest

from conformance.reporting.plain_text import harmless, in_a_log, shortened, spelled_out, uncommanding, visible
from hostile_payloads import COMMAND


@pytest.mark.parametrize(
    ("character", "escape"),
    [
        ("\x00", r"\x00"),
        ("\x7f", r"\x7f"),
        ("\xa0", r"\xa0"),
        ("\xad", r"\xad"),
        ("\u0378", r"\u0378"),
        ("\u2028", r"\u2028"),
        ("\uffff", r"\uffff"),
        ("\U00010000", "\U00010000"),
        ("\U0001fffe", r"\U0001fffe"),
        ("\u3164", r"\u3164"),
        ("\ufe0f", r"\ufe0f"),
        ("\U000e0100", r"\U000e0100"),
    ],
)
def test_an_escape_is_as_long_as_it_must_be(character: str, escape: str) -> None:
    """Two, four or eight digits; what is printable stays."""
    assert escape == visible(character)


def test_what_is_to_be_kept_is_kept() -> None:
    """And nothing else."""
    assert "a\nb\\tX" == visible("a\nb\tX", keep="\n")
    assert "a\nb\\tX" == harmless("a\nb\tX")
    assert r"a\nb" == visible("a\nb")


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("::error::x", ": :error::x"),
        ("a\n  ::x", "a\n  : :x"),
        ("a ::x", "a ::x"),
        ("##[x]", "# #[x]"),
        ("a ##vso[x]", "a # #vso[x]"),
        ("## x [y]", "## x [y]"),
        ("a section_start:1:b", "a section_start :1:b"),
        ("travis_fold:end:b", "travis_fold :end:b"),
        ("a section: b", "a section: b"),
    ],
)
def test_commands_are_broken_up(text: str, broken: str) -> None:
    """Where a pipeline would look for them, and nowhere else."""
    assert broken == uncommanding(text)


@pytest.mark.parametrize(
    "text",
    ["##[error]x", "\\##vso[a]", "##teamcity[a]##[b]", "a section_start:1:b", "travis_fold:end:b", "## [", "::a"],
)
def test_a_document_commands_no_pipeline(text: str) -> None:
    """Whoever parses it reads the same."""
    printed = in_a_log(json.dumps({text: [text]}))

    assert {text: [text]} == json.loads(printed)
    assert None is COMMAND.search(printed)


def test_our_escapes_are_told_from_those_that_stood_there() -> None:
    """Joined they are what is visible."""
    assert [("a\\x1b ", False), ("\\x1b\\x00", True), ("\nb", False)] == [*spelled_out("a\\x1b \x1b\x00\nb", keep="\n")]
    assert [("a\nb", False)] == [*spelled_out("a\nb", keep="\n")]
    assert [("a", False), ("\\n", True)] == [*spelled_out("a\n")]


@pytest.mark.parametrize(
    ("text", "short"),
    [("abc", "abc"), ("abcd", "abc … (1 more characters)"), ("ab cd", "ab … (2 more characters)"), ("a\n", r"a\n")],
)
def test_what_fits_is_not_shortened(text: str, short: str) -> None:
    """Escapes count as what they show."""
    assert short == shortened(text, 3)

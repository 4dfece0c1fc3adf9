"""Bodies as people read them, letter by letter."""

from __future__ import annotations

import pytest

from conformance.reporting.body_text import BodyText, Layout, body_text
from conformance.reporting.plain_text import visible

INDENTED = "JSON, indented for reading"
HEX = "not UTF-8, shown as hexadecimal"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a":{}}', '{\n  "a": {}\n}'),
        (b"[]", "[]"),
        (b"[[],[1,[2]]]", "[\n  [],\n  [\n    1,\n    [\n      2\n    ]\n  ]\n]"),
        (b' \n[true, "\\"]"]', '[\n  true,\n  "\\"]"\n]'),
    ],
)
def test_json_is_laid_out(body: bytes, shown: str) -> None:
    """Objects and lists alike, and empty ones on one line."""
    told = body_text(body)

    assert (shown, INDENTED) == (told.text, told.note)


@pytest.mark.parametrize("body", [b'{"a":{}}', b' \n[ true\t, "\\" ]"\r] ', b"[" + b'{"a": [1, 2]},' * 1_999 + b"1]"])
def test_the_pieces_of_json_are_the_body_as_it_was_sent(body: bytes) -> None:
    """All that was put in for reading is named as such, and nothing is lost."""
    pieces = body_text(body).pieces

    assert body.decode()[:20_000] == "".join(p for layout, p in pieces if layout is not Layout.READ)
    read = "".join(p for layout, p in pieces if layout is not Layout.SENT)
    assert body_text(body).text == visible(read, keep="\n")


def test_what_was_said_is_kept_beside_what_is_shown() -> None:
    """Only so can an escape of ours be told from one that stood there."""
    raw, escaped = body_text(b'{"a": "\xe2\x80\xae"}'), body_text(b'{"a": "\\u202e"}')

    assert raw.text == escaped.text
    assert (True, False, False) == (raw.is_spelled, escaped.is_spelled, body_text(b"\xff").is_spelled)
    assert body_text(b"a\tb").is_spelled


def test_white_space_that_was_sent_is_told_from_that_for_reading() -> None:
    """What stands in both forms is one piece."""
    assert (
        (Layout.BOTH, "["),
        (Layout.SENT, "  "),
        (Layout.READ, "\n  "),
        (Layout.BOTH, "1"),
        (Layout.READ, "\n"),
        (Layout.BOTH, "]"),
    ) == body_text(b"[  1]").pieces


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ""),
        (b"1", "1"),
        (b'"text"', '"text"'),
        (b"{not json}", "{not json}"),
        (b"a\nb\tc", "a\nb\\tc"),
        (b"\xc3\xa9", "é"),
    ],
)
def test_other_text_stays_as_it_is(body: bytes, shown: str) -> None:
    """A number or a string is JSON too, and needs no layout."""
    assert BodyText(shown, "") == body_text(body)


def test_bytes_are_dumped_in_rows_of_sixteen() -> None:
    """Each with its place and with what can be read."""
    body = bytes(range(0x70, 0x90)) + b"\xff"

    assert BodyText(
        "000000  70 71 72 73 74 75 76 77 78 79 7a 7b 7c 7d 7e 7f  pqrstuvwxyz{|}~.\n"
        "000010  80 81 82 83 84 85 86 87 88 89 8a 8b 8c 8d 8e 8f  ................\n"
        "000020  ff                                               .",
        HEX,
    ) == body_text(body)


@pytest.mark.parametrize(
    ("body", "note", "length"),
    [
        (b"x" * 20_000, "", 20_000),
        (b"x" * 20_001, "1 more bytes are in journal.jsonl", 20_000),
        (b"x" * 21_500, "1,500 more bytes are in journal.jsonl", 20_000),
        (b"x" * 19_999 + "éé".encode(), "3 more bytes are in journal.jsonl", 19_999),
        (b'["' + b"1" * 20_500 + b'"]', f"{INDENTED}; 504 more bytes are in journal.jsonl", 20_003),
        (b"\xff" * 2_048, HEX, 128 * 74 - 1),
        (b"\xff" * 2_049, f"{HEX}; 1 more bytes are in journal.jsonl", 128 * 74 - 1),
    ],
    ids=["whole", "one-more", "many-more", "within-a-character", "json", "hex-whole", "hex-more"],
)
def test_a_long_body_is_cut(body: bytes, note: str, length: int) -> None:
    """The note says how much is left in the journal."""
    shown = body_text(body)

    assert (note, length) == (shown.note, len(shown.text))


def test_deep_nesting_is_indented_no_further() -> None:
    """Below the twenty-fourth level lines begin where those of that level do."""
    lines = body_text(b"[" * 30 + b"1" + b"]" * 30).text.splitlines()

    assert [24, 24, 24] == [(len(line) - len(line.lstrip())) // 2 for line in (lines[24], lines[25], lines[30])]
    assert 23 == (len(lines[23]) - len(lines[23].lstrip())) // 2

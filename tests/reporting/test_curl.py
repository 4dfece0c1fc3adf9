"""Lines that are copied into a shell: they run curl with the very bytes of the request, and nothing else."""

from __future__ import annotations

import os
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from conformance.exchange import Request
from conformance.reporting.curl import curl_line
from hostile_payloads import COMMAND

_URL: Final = "http://127.0.0.1:8000/hooks"
# Writes down its arguments, and what comes in where the body is read from there.
_CURL: Final = """\
#!/bin/sh
printf '%s\\0' "$@" > arguments
case "$*" in *"--data-binary @-"*) cat > body ;; esac
"""
_HOSTILE: Final = (
    b'{"a": "it\'s"}',
    b"$(touch pwned) `touch pwned` ; touch pwned | touch pwned",
    b"@/etc/hostname",
    b"-o pwned",
    b"line\nbreak'\ntouch pwned\n",
    b"\x00\xff\x1b[2J\xe2\x80\xae",
    b"%s %d \\n \\0",
    b"!! ~ * ? [a] {b} # $HOME",
    b"caf\xc3\xa9 '\xff' %s \\ $HOME",
    b'{"a": "##[error]x ##vso[task.complete]x"}',
    b"section_start:1:x",
)


def run(folder: Path, request: Request, **environment: str) -> tuple[list[bytes], bytes]:
    """What curl is given when the line is run: its arguments and the body."""
    (folder / "bin").mkdir()
    curl = folder / "bin" / "curl"
    curl.write_text(_CURL, encoding="utf-8")
    curl.chmod(0o755)
    paths = f"{folder / 'bin'}:{os.environ['PATH']}"
    line = curl_line(request).text
    assert line.isascii()
    assert line.replace("\n", "").isprintable()
    assert None is COMMAND.search(line)
    subprocess.run(("sh", "-c", line), cwd=folder, env={"PATH": paths, **environment}, check=True, timeout=60)
    assert {"arguments", "bin"} == {path.name for path in folder.iterdir()} - {"body"}
    arguments = (folder / "arguments").read_bytes().split(b"\0")[:-1]
    if b"--data-raw" in arguments:
        return arguments, arguments[arguments.index(b"--data-raw") + 1]
    return arguments, (folder / "body").read_bytes() if (folder / "body").exists() else b""


@pytest.mark.parametrize("body", _HOSTILE)
def test_a_body_arrives_byte_for_byte(body: bytes, tmp_path: Path) -> None:
    """Whatever stands in it, the shell runs none of it, and curl reads no file for it."""
    arguments, sent = run(tmp_path, Request("POST", _URL, ((b"Content-Type", b"application/json"),), body))

    assert body == sent
    assert arguments[-2:] == [b"--url", _URL.encode()]


@pytest.mark.parametrize("value", [body for body in _HOSTILE if b"\n" not in body and b"\0" not in body])
def test_a_header_arrives_byte_for_byte(value: bytes, tmp_path: Path) -> None:
    """Headers are one word each, in their order."""
    arguments, _ = run(tmp_path, Request("POST", _URL, ((b"X-One", value), (b"X-Two", b"")), b"{}"))
    headers = [given for word, given in pairwise(arguments) if word == b"-H"]

    assert [b"X-One: " + value, b"X-Two;"] == headers[:2]


def test_the_token_of_deliveries_comes_from_the_environment(tmp_path: Path) -> None:
    """No other secret does: a journal that somebody made up must not get one sent."""
    headers = ((b"Authorization", b"Bearer [secret webhook_token]"), (b"X-Key", b"[secret api_key]"))
    request = Request("POST", _URL, headers, b"{}")
    secrets = {"CONFORMANCE_WEBHOOK_TOKEN": "tok-1", "CONFORMANCE_API_KEY": "api-1"}
    arguments, _ = run(tmp_path, request, **secrets)

    assert b"Authorization: Bearer tok-1" in arguments
    assert b"X-Key: [secret api_key]" in arguments
    assert any("belongs in no delivery" in note for note in curl_line(request).notes)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Request("POST", "file:///etc/passwd", (), b""), "address"),
        (Request("POST", _URL + "\u202e", (), b""), "address"),
        (Request("PO;ST", _URL, (), b""), "method"),
        (Request("POST", _URL, ((b"X y", b"1"),), b""), "header"),
        (Request("POST", _URL, ((b"X", b"1\r\nY: 2"),), b""), "header"),
        (Request("POST", _URL, (), b"[secret signing_secret]"), "does not hold"),
        (Request("POST", _URL, (), b"x" * 20_001), "longer"),
    ],
)
def test_what_no_line_can_say_is_refused(request_: Request, why: str) -> None:
    """There is no line then, and a sentence that says why."""
    line = curl_line(request_)

    assert "" == line.text
    assert why in line.notes[0]


@pytest.mark.parametrize(("method", "option"), [("HEAD", b"--head"), ("OPTIONS", b"-X"), ("GET", b"-X")])
def test_other_methods_are_named(method: str, option: bytes, tmp_path: Path) -> None:
    """A request without a body has none on the line either."""
    arguments, sent = run(tmp_path, Request(method, _URL, (), b""))

    assert option in arguments
    assert b"" == sent
    assert not any(word.startswith(b"--data") for word in arguments)


@pytest.mark.parametrize(
    ("value", "notes"),
    [
        (b"Bearer [secret webhook_token]", ()),
        (b"Bearer [unknown 0123456789ab]", ("carried a credential that the journal does not hold",)),
        (b"Basic [secret webhook_token]", ("carries user and token in base64",)),
        (b"[secret api_key]", ("carried a secret that belongs in no delivery",)),
    ],
)
def test_what_is_to_be_filled_in_is_said(value: bytes, notes: tuple[str, ...]) -> None:
    """Header by header; the token of deliveries alone needs no more than its variable."""
    line = curl_line(Request("POST", _URL, ((b"Authorization", value),), b"{}"))

    assert line.text
    assert len(notes) == len(line.notes)
    assert all(wanted in note and "Authorization" in note for wanted, note in zip(notes, line.notes, strict=True))


def test_a_key_in_the_address_is_to_be_filled_in() -> None:
    """The mark in its place is no key."""
    line = curl_line(Request("POST", f"{_URL}?code=[secret url_parameter]", (), b"{}"))

    assert "code=[secret url_parameter]'" in line.text.replace("''", "")
    assert ("The address holds a key that is not shown: put it in the place of the mark.",) == line.notes


@pytest.mark.parametrize("address", ["HTTP://a.example", "http:a.example", ""])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    """A journal that somebody made up may hold anything."""
    assert "" == curl_line(Request("POST", address, (), b"")).text


def test_an_address_that_only_looks_like_one_is_for_curl_to_refuse() -> None:
    """Nobody else reads it."""
    assert curl_line(Request("POST", "http://[", (), b"")).text.endswith("--url 'http://['")


def test_what_curl_makes_itself_is_left_to_it() -> None:
    """And what it adds of its own accord is taken away."""
    headers = ((b"Host", b"a"), (b"content-length", b"2"), (b"User-Agent", b"kit"))
    line = curl_line(Request("POST", _URL, headers, b"{}"))

    assert "-H 'User-Agent: kit'" in line.text
    assert not any(word in line.text for word in ("Host", "content-length", "User-Agent:'"))
    assert all(f"-H {added}:" in line.text for added in ("Accept", "Content-Type", "Expect"))

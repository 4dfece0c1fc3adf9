"""Deliveries as commands: what a shell sends is what was recorded."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.exchange import Headers, Request
from conformance.reporting.curl_command import Command, curl_command
from reports import delivery

TOLD = (b"Accept", b"*/*"), (b"Content-Type", b"application/json"), (b"User-Agent", b"kit")


def _command(body: bytes = b"{}", headers: Headers = TOLD, target: str = "http://127.0.0.1:8080/hooks") -> Command:
    command = curl_command(replace(delivery("d1"), request=Request("POST", target, headers, body)))
    assert command is not None
    return command


def _sent(command: Command, folder: Path, **environment: str) -> tuple[list[str], bytes]:
    """The arguments and the input that a shell gives to curl."""
    curl = folder / "curl"
    curl.write_text('#!/bin/sh\nprintf "%s\\0" "$@"\ncase "$*" in *@-) printf "\\0"; cat;; esac\n', encoding="ascii")
    curl.chmod(0o755)
    told = {"PATH": f"{folder}:{os.environ['PATH']}", **environment}
    done = subprocess.run(
        ["sh", "-c", command.text], env=told, capture_output=True, check=True, stdin=subprocess.DEVNULL
    )
    arguments, _, given = done.stdout.partition(b"@-\0\0")
    words = arguments.rstrip(b"\0").split(b"\0")
    return [os.fsdecode(word) for word in words], given


def test_a_delivery_is_a_command() -> None:
    """Its address, its headers but for those that curl writes, and its body."""
    command = _command(headers=((b"Host", b"a"), (b"Content-Length", b"2"), (b"connection", b"close"), *TOLD))

    assert command.text == (
        "curl -i -g -X POST --url http://127.0.0.1:8080/hooks \\\n"
        "  -H 'Accept: */*' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        "  -H 'User-Agent: kit' \\\n"
        "  --data-raw '{}'"
    )
    assert () == command.variables


def test_what_curl_adds_by_itself_is_taken_away() -> None:
    """A delivery without a content type is sent without one."""
    assert ["-H", "Accept:", "-H", "Content-Type:", "-H", "User-Agent:"] == shlex.split(
        _command(headers=()).text.replace("\\\n", "")
    )[7:13]


def test_a_header_without_a_value_is_sent() -> None:
    """Curl takes a semicolon for it."""
    assert "-H 'X-Empty;'" in _command(headers=(*TOLD, (b"X-Empty", b""))).text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'it\'s "quoted" $(touch x) `touch y` \\n %s %% ${PATH} !!',
        b"@/etc/passwd",
        b"line\nbreaks\n\n",
        "é \u2028 \u202e 💥".encode(),
        bytes(range(1, 256)),
        b"\x1b[2J%d\\045'",
    ],
)
def test_a_shell_sends_the_very_bytes(body: bytes, tmp_path: Path) -> None:
    """Whatever they are, and the command itself is printable ASCII."""
    command = _command(body)
    words, given = _sent(command, tmp_path)

    assert command.text.replace("\n", "").isascii()
    assert command.text.replace("\\\n", "").isprintable()
    assert body == (os.fsencode(words[-1]) if words[-2] == "--data-raw" else given)


def test_a_shell_sends_the_very_headers(tmp_path: Path) -> None:
    """Bytes beyond ASCII and marks of the shell included."""
    value = b"a'b\"$HOME\\ caf\xc3\xa9 \xff%s"
    words, _ = _sent(_command(headers=(*TOLD, (b"X", value))), tmp_path)

    assert b"X: " + value in [os.fsencode(word) for word in words]


def test_a_secret_comes_from_the_environment(tmp_path: Path) -> None:
    """By the name under which it was replaced, in headers, address and body."""
    command = _command(
        b'{"a":"\xc3\xa9[secret webhook_token]%"}',
        (*TOLD, (b"Authorization", b"Bearer [secret webhook_token]"), (b"X-Api-Key", b"[unknown 0123456789ab]")),
        "http://127.0.0.1/?key=[secret api_key]&a=b",
    )
    given = {"CONFORMANCE_API_KEY": "k y", "CONFORMANCE_WEBHOOK_TOKEN": "t$n", "UNKNOWN_CREDENTIAL": "u'k"}
    words, body = _sent(command, tmp_path, **given)

    assert ("CONFORMANCE_API_KEY", "CONFORMANCE_WEBHOOK_TOKEN", "UNKNOWN_CREDENTIAL") == command.variables
    assert {"http://127.0.0.1/?key=k y&a=b", "Authorization: Bearer t$n", "X-Api-Key: u'k"} <= set(words)
    assert b'{"a":"\xc3\xa9t$n%"}' == body


def test_a_secret_in_a_plain_body_comes_from_the_environment(tmp_path: Path) -> None:
    """As in a header."""
    words, _ = _sent(_command(b"[secret api_key]"), tmp_path, CONFORMANCE_API_KEY="k y")

    assert "k y" == words[-1]


def test_a_basic_credential_is_asked_for_as_such() -> None:
    """What stands behind Basic is not the secret itself."""
    command = _command(headers=((b"Authorization", b"Basic [secret webhook_token]"),))

    assert ("CONFORMANCE_WEBHOOK_TOKEN_AS_BASIC",) == command.variables


@pytest.mark.parametrize(("body", "headers"), [(b"x" * 6_000, ((b"X", b""),)), (b"a\0", ()), (b"", ((b"X", b"a\0"),))])
def test_what_no_shell_can_say_is_no_command(body: bytes, headers: Headers) -> None:
    """Nor is what would be too long to paste."""
    assert curl_command(replace(delivery("d1"), request=Request("POST", "http://a.example", headers, body))) is None


def test_six_thousand_bytes_are_a_command() -> None:
    """And not one more."""
    assert "x" * 5_999 in _command(b"x" * 5_999, ((b"X", b""),)).text

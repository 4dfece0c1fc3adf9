"""A delivery as a command for a shell: printable ASCII alone, safe to paste, and without secrets.

What was replaced when it was recorded comes from the environment; of the rest nothing is left out but what curl writes
itself. Any shell of POSIX understands it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final

from conformance.exchange import Delivery

__all__ = ["Command", "curl_command"]

_MOST_BYTES: Final = 6_000
_CURL_WRITES: Final = frozenset({b"content-length", b"connection", b"host"})
# What curl adds where it is not told otherwise.
_CURL_ADDS: Final = (b"Accept", b"Content-Type", b"User-Agent")
_MARK: Final = re.compile(rb"\[(?:secret ([a-z_]+)|unknown [0-9a-f]+)\]")
_PLAIN: Final = re.compile(rb"[ -~]*")
_UNPLAIN: Final = re.compile(rb"[^ -~]|['\\%]")


@dataclass(frozen=True, slots=True)
class Command:
    """The lines of a command, and the variables that must be set before."""

    text: str
    variables: tuple[str, ...]


class _Words:
    """Words for a shell; notes the variables that stand in them."""

    def __init__(self) -> None:
        self.variables: dict[str, None] = {}

    def word(self, raw: bytes) -> str:
        """One word that the shell reads as these bytes, with variables in place of what is not recorded."""
        words, at = [], 0
        for mark in _MARK.finditer(raw):
            words += [_quoted(raw[at : mark.start()]), self._variable(mark[1], raw[: mark.start()])]
            at = mark.end()
        return "".join([*words, _quoted(raw[at:])]) or "''"

    def printed(self, raw: bytes) -> str:
        """A command that prints these bytes, those at the end included."""
        parts, variables, at = [], [], 0
        for mark in _MARK.finditer(raw):
            parts.append(_octal(raw[at : mark.start()]))
            variables.append(self._variable(mark[1], raw[: mark.start()]))
            at = mark.end()
        return " ".join([f"printf '{'%s'.join([*parts, _octal(raw[at:])])}'", *variables])

    def _variable(self, name: bytes | None, before: bytes) -> str:
        variable = f"CONFORMANCE_{name.decode('ascii').upper()}" if name is not None else "UNKNOWN_CREDENTIAL"
        if before.lower().endswith(b"basic "):
            variable += "_AS_BASIC"
        self.variables[variable] = None
        return f'"${variable}"'


def _quoted(raw: bytes) -> str:
    if not raw:
        return ""
    if _PLAIN.fullmatch(raw):
        return shlex.quote(raw.decode("ascii"))
    return f"\"$(printf '{_octal(raw)}')\""


def _octal(raw: bytes) -> str:
    return _UNPLAIN.sub(lambda found: f"\\{found[0][0]:03o}".encode(), raw).decode("ascii").replace("\\045", "%%")


def curl_command(delivery: Delivery) -> Command | None:
    """The command; None where the request is too long for one, or cannot be said in words of a shell."""
    request = delivery.request
    texts = [request.body, *(part for header in request.headers for part in header)]
    if sum(map(len, texts)) > _MOST_BYTES or any(b"\0" in text for text in texts):
        return None
    words = _Words()
    lines = [f"curl -i -g -X {shlex.quote(request.method)} --url {words.word(request.target.encode())}"]
    for name, value in request.headers:
        if name.lower() not in _CURL_WRITES:
            lines.append(f"-H {words.word(name + b': ' + value if value else name + b';')}")
    given = {name.lower() for name, _ in request.headers}
    lines += [f"-H '{name.decode('ascii')}:'" for name in _CURL_ADDS if name.lower() not in given]
    if _PLAIN.fullmatch(request.body):
        lines.append(f"--data-raw {words.word(request.body)}")
        return Command(" \\\n  ".join(lines), tuple(words.variables))
    lines.append("--data-binary @-")
    return Command(f"{words.printed(request.body)} | " + " \\\n  ".join(lines), tuple(words.variables))

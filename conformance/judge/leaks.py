"""Judges of what error answers tell: they are written down on the platform's side, and shown there to people.

A pattern must be so narrow that no message of a parser fits it, and what the request itself held is no leak.
"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from conformance.exchange import Delivery, Request
from conformance.judge.binding import Case, Said, judges_run
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play

__all__ = ["leaks"]

_PROVOKED: Final = "provoked-errors"
_READ: Final = 65_536
_SHOWN: Final = 100

# Languages differ in how they show where an error came from; each of these is the form of one of them.
_TRACES: Final = (
    r"Traceback \(most recent call last\):",
    r'\bFile "[^"\n]{1,300}", line \d+, in ',
    r"\bat [\w$.<>/@-]{1,300}\((?:[\w$-]{1,100}\.(?:java|kt|scala|groovy|clj):\d+|Native Method|Unknown Source)\)",
    r"\bat (?:[\w$.<>\[\] ]{1,200} \()?(?:node:[\w/]{1,100}|[^\s()]{1,300}\.[cm]?[jt]sx?):\d+:\d+",
    r"\bat [\w.`<>+\[\],]{1,300}\([^()\n]{0,300}\) in [^\n]{1,300}:line \d+",
    r"\bat (?:System|Microsoft)\.[\w.`<>+\[\]]{1,300}\(",
    r"--- End of (?:inner exception )?stack trace",
    r"#\d+ [^\s#]{1,300}\.php\(\d+\)",
    r"[\w./\\-]{0,60}\.php(?:</b>)? on line (?:<b>)?\d+",
    r"\bgoroutine \d+ \[[\w ,]{1,80}\]:",
    r"[\w./\\-]{0,60}\.go:\d+ \+0x[0-9a-f]+",
    r"[\w./\\-]{0,60}\.rb:\d+:in [`']",
    r"\bthread '[^'\n]{1,80}' (?:\(\d+\) )?panicked at ",
)
_SOURCES: Final = (
    "cs|cshtml|vb|dll|exe|so|c|cc|cpp|clj|class|erl|exs?|go|groovy|java|jar|war|[cm]?jsx?|[cm]?tsx?|kt|lua|"
    "php|phtml|pl|pm|pyc?|rb|erb|rs|scala|cfg|conf|crt|db|env|ini|key|log|pem|properties|sock|sqlite3?|toml|ya?ml"
)
_ROOTS: Final = "app|code|data|etc|home|mnt|opt|private|proc|root|srv|src|tmp|usr|Users|var|work|workspace"
_PATHS: Final = (
    rf"(?<![\w/.:-])/(?:{_ROOTS})(?:/[\w.@+-]{{1,100}}){{1,20}}\.(?:{_SOURCES})\b",
    rf"\b[A-Za-z]:\\(?:[\w .@+-]{{1,100}}\\){{1,20}}[\w.@+-]{{1,100}}\.(?:{_SOURCES})\b",
)
_QUERIES: Final = (
    r"\bSQLSTATE\[\w{5}\]",
    r"\bORA-\d{5}:",
    r"\bPG::\w+",
    r"\bpsycopg\d?\.errors\.\w+",
    r"\bSQLITE_[A-Z]+:",
    r"\bsqlite3\.\w+Error",
    r"\borg\.postgresql\.util\.PSQLException",
    r"\bjava\.sql\.SQL\w*Exception",
    r"You have an error in your SQL syntax",
    r"\bsyntax error at or near \"",
    r"\bnear \"[^\"\n]{1,80}\": syntax error",
    r"\bduplicate key value violates unique constraint \"",
    r"\brelation \"[^\"\n]{1,80}\" does not exist",
    r"\bDuplicate entry '[^'\n]{0,200}' for key '",
    r"\bUnknown column '[^'\n]{1,80}' in '",
    r"\bUnclosed quotation mark after the character string",
    r"\bSELECT [^\n]{1,200} FROM [\"'`\[\w]",
    r"(?i:\binsert into [\w.\"'`\[\]]{1,100} ?\([^()\n]{1,500}\) values)",
    r"\bUPDATE [\w.\"'`\[\]]{1,100} SET [\w.\"'`\[\]]{1,100} ?=",
    r"\bDELETE FROM [\w.\"'`\[\]]{1,100} WHERE\b",
)
_FILE: Final = "a path on the server"
_CANARY: Final = "a secret"
_PATTERNS: Final = {
    "a stack trace": re.compile("|".join(_TRACES)),
    _FILE: re.compile("|".join(_PATHS)),
    "an error of a database": re.compile("|".join(_QUERIES)),
    _CANARY: re.compile(r"\[secret [a-z_]+\]"),
}
# Addresses in a page are there to be followed; they look like paths.
_LINKS: Final = re.compile(
    r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s\"'<>]+|\b(?:src|href|action)\s*=\s*[\"'][^\"'\n]*[\"']"
)


@judges_run("ERR-04", stories=(_PROVOKED,))
def leaks_nothing_in_errors(plays: tuple[Play, ...], case: Case) -> Said:
    """No answer of the partner with an error status holds a stack trace, a path, an error of a database or a secret."""
    ordered = sorted(plays, key=lambda play: play.story != _PROVOKED)
    errors = [d for play in ordered for d in play.deliveries() if d.status is not None and d.status >= 400]
    if not errors:
        yield Unassessable("the partner answered nothing with an error status")
    found: defaultdict[str, list[tuple[Delivery, str]]] = defaultdict(list)
    for delivery in errors:
        for kind, text in leaks(delivery):
            found[kind].append((delivery, text))
    for kind, ((first, text), *others) in found.items():
        more = f", and {len(others)} more like it" if others else ""
        yield Finding(
            expected="an error answer that tells nothing of the inside",
            actual=f"{kind} in the answer with {first.outcome()}: {text}{more}",
            exchanges=(first.id, *(delivery.id for delivery, _ in others[:2])),
            evidence=Evidence.DEED,
        )


def leaks(delivery: Delivery) -> Iterator[tuple[str, str]]:
    """What the body of an answer tells that it must not: each kind once, with the words that tell it."""
    told = tuple(_read(delivery.response.body if delivery.response is not None else b""))
    for kind, pattern in _PATTERNS.items():
        texts = (_LINKS.sub(" ", text) for text in told) if kind == _FILE else told
        words = tuple(dict.fromkeys(found[0] for text in texts for found in pattern.finditer(text[:_READ])))
        # Whoever shows a secret shows it, also to the one who sent it.
        sent = _sent(delivery.request) if words and kind != _CANARY else ""
        first = next((word for word in words if word not in sent), None)
        if first is not None:
            yield kind, json.dumps(first[:_SHOWN])[1:-1]


def _sent(request: Request) -> str:
    """All that the request held, in every way in which it can be read: an answer may repeat it."""
    headers = (value.decode("latin-1") for _, value in request.headers)
    return "\n".join((request.target, *headers, *_read(request.body)))


def _read(body: bytes) -> Iterator[str]:
    """The body as it stands, as a page shows it, and the texts in it where it is JSON."""
    text = body.decode("utf-8", "replace")
    yield text
    if "&" in text:
        yield html.unescape(text)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield "\n".join(_texts(content))


def _texts(content: Any) -> Iterator[str]:
    pending = [content]
    while pending:
        here = pending.pop()
        if isinstance(here, str):
            yield here
        elif isinstance(here, dict):
            pending += [*here.keys(), *here.values()]
        elif isinstance(here, list):
            pending += here

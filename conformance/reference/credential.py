"""The credential of deliveries: a bearer token, basic authentication, or headers of the partner's choice."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reference.message import Request
    from conformance.reference.profile import Credential

__all__ = ["has"]


def has(wanted: Credential, request: Request, token: str, *, compared: int | None = None) -> bool:
    """Say whether a request carries the credential, or the first `compared` bytes of its token; takes equal time."""
    verdicts = [
        _is(template, request.header(name) or "", wanted.user, token, compared)
        for name, template in wanted.headers.items()
    ]
    return all(verdicts)


def _is(template: str, given: str, user: str, token: str, compared: int | None) -> bool:
    scheme, space, rest = given.partition(" ")
    if space and template.startswith(("Bearer ", "Basic ")):
        given = f"{scheme.capitalize()} {rest.strip()}"  # schemes are the same in any case
    before, _, after = template.replace("{basic}", "{token}").partition("{token}")
    if len(given) < len(before + after) or not (given.startswith(before) and given.endswith(after)):
        return False
    text = given[len(before) : len(given) - len(after)]
    if "{basic}" in template:
        name, _, text = _plain(text).partition(":")
        if name != user:
            return False
    elif "{token}" not in template:
        return given == template
    return hmac.compare_digest(text.encode("utf-8", "replace")[:compared], token.encode()[:compared])


def _plain(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""

"""The secrets of a run: from the environment, from files that it names, or drawn for the demo partner."""

from __future__ import annotations

import re
import secrets as random_secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from conformance.errors import Problem
from conformance.kit import Secrets
from conformance.misspelling import meant
from conformance.options import OPTIONS
from conformance.platform.description import Description
from conformance.platform.signature import Signature
from conformance.signing import key_of, new_secret

__all__ = ["demo_secrets", "read_secrets", "secrets_in_url", "without_secrets"]

SHORTEST_SECRET: Final = 8
# What no word is: so long, of letters and digits.
_SHORTEST_IN_URL: Final = 16
_DIGIT: Final = re.compile("[0-9]")
_LETTER: Final = re.compile("[A-Za-z]")
_FIELDS: Final = {"SIGNING_SECRET": "signing"}
_PREFIX: Final = "CONFORMANCE_"
_SECRETS: Final = {"SIGNING_SECRET", "API_KEY", "PARTNER_ID", "WEBHOOK_TOKEN", "CONTROL_TOKEN", "ATTESTATION_KEY"}


def read_secrets(
    description: Description, environment: Mapping[str, str], *, control: bool, otherwise: Secrets | None = None
) -> tuple[Secrets, list[Problem]]:
    """The secrets that a platform needs, each from its variable or from the file that its variable with _FILE names.

    What is not set is a problem, or taken from `otherwise`.
    """
    problems: list[Problem] = []

    def secret(name: str, what: str, *, needed: bool) -> str:
        needed = needed and otherwise is None
        text, problem = _secret(f"CONFORMANCE_{name}", what, description.name, environment, needed=needed)
        problems.extend(problem)
        return text if text or otherwise is None else str(getattr(otherwise, _FIELDS.get(name, name.lower())))

    found = Secrets(
        signing=secret("SIGNING_SECRET", "the secret that signs deliveries", needed=description.signature is not None),
        api_key=secret("API_KEY", "what the partner sends to the platform's API", needed=bool(description.operations)),
        partner_id=secret("PARTNER_ID", "the partner's id on the platform", needed=description.has_partner_id),
        webhook_token=secret(
            "WEBHOOK_TOKEN", "what deliveries carry, or a handshake", needed=description.needs_webhook_token
        ),
        control_token=secret("CONTROL_TOKEN", "the credential of the control endpoint", needed=control),
    )
    if found.signing and description.signature is not None:
        problems += _unreadable(description.signature, found.signing, description.name)
    return found, problems


def _unreadable(scheme: Signature, secret: str, platform: str) -> list[Problem]:
    try:
        key_of(scheme, secret)
    except ValueError as error:
        hint = f"webhook-conformance settings --platform {platform} says how a signing secret is written there."
        return [Problem("CONFORMANCE_SIGNING_SECRET", str(error), hint)]
    return []


def _secret(
    variable: str, what: str, platform: str, environment: Mapping[str, str], *, needed: bool
) -> tuple[str, list[Problem]]:
    text = environment.get(variable, "")
    path = environment.get(f"{variable}_FILE", "")
    if not text and path:
        try:
            text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            return "", [Problem(f"{variable}_FILE", f"{path} cannot be read: {error}")]
    if not text and needed:
        see = f"See webhook-conformance settings --platform {platform}."
        hint = f"Set it, or {variable}_FILE to a file that holds it: {what}. {see}"
        other = meant(variable.removeprefix(_PREFIX), _others(environment))
        hint = f"{_PREFIX}{other} is set: is this one meant? {hint}" if other else hint
        return "", [Problem(variable, "is not set", hint)]
    if text and len(text) < SHORTEST_SECRET:
        return "", [Problem(variable, f"is shorter than {SHORTEST_SECRET} characters", "A secret that short is none.")]
    if text != text.strip() or not text.isprintable():
        return "", [Problem(variable, "begins or ends with white space, or holds a character that cannot be printed")]
    return text, []


def _others(environment: Mapping[str, str]) -> Iterator[str]:
    """Variables that look like ours and are none, without their prefix: a name among them may be a slip."""
    options = {option.variable for option in OPTIONS}
    for name in environment:
        rest = name.removeprefix(_PREFIX)
        if rest != name and rest.removesuffix("_FILE") not in _SECRETS and name not in options:
            yield rest


def demo_secrets(
    signature: Signature | None = None, *, token: Callable[[int], str] = random_secrets.token_hex
) -> Secrets:
    """Secrets for one run of the demo partner, drawn with `token`; the signing secret is in the scheme's form."""

    def uuid_like() -> str:
        digits = token(16)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"

    return Secrets(new_secret(signature, token), token(24), uuid_like(), token(24), token(24))


def secrets_in_url(url: str) -> list[str]:
    """The values in the query of a URL that look like keys: some hosts have who calls a function name one there."""
    values = [value for _, value in parse_qsl(urlsplit(url).query)]
    return [each for each in values if len(each) >= _SHORTEST_IN_URL and _DIGIT.search(each) and _LETTER.search(each)]


def without_secrets(url: str) -> str:
    """The URL as it may be shown."""
    hidden = set(secrets_in_url(url))
    if not hidden:
        return url
    parts = urlsplit(url)
    shown = [f"{quote(name)}={'…' if value in hidden else quote(value)}" for name, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(query="&".join(shown)))

"""The secrets of a run: from the environment, from files that it names, or drawn for the demo partner."""

from __future__ import annotations

import re
import secrets as random_secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote_plus

from conformance.errors import Problem
from conformance.kit import Secrets
from conformance.platform.description import Description
from conformance.platform.signature import Signature
from conformance.redaction import Redactor
from conformance.signing import key_of, new_secret, spellings

__all__ = ["demo_secrets", "is_recorded_as", "read_secrets", "redactor_of", "secrets_in_url", "without_secrets"]

SHORTEST_SECRET: Final = 8
# What no word is: so long, of letters and digits.
_SHORTEST_IN_URL: Final = 16
# What is a key by its name, if it is as long as a secret.
_KEY_NAME: Final = re.compile(
    r"(?:key|token|secret|code|sig|signature|password|passwd|pwd|auth|credential)$", re.IGNORECASE
)
_PARAMETER: Final = re.compile(r"(?<=[?&;#])([^=&;#]*)=([^&;#]*)")
_USER: Final = re.compile(r"(//)[^/?#]*@")
_MARK: Final = re.compile(r"\[secret \w+\]")
_DIGIT: Final = re.compile("[0-9]")
_LETTER: Final = re.compile("[A-Za-z]")
_FIELDS: Final = {"SIGNING_SECRET": "signing"}


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
        except (OSError, ValueError) as error:
            # What the variable holds is not told: who mistakes it for the other one has put the secret there.
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            return "", [Problem(f"{variable}_FILE", f"the file that it names cannot be read: {why}")]
    if not text and needed:
        see = f"See webhook-conformance settings --platform {platform}."
        hint = f"Set it, or {variable}_FILE to a file that holds it: {what}. {see}"
        return "", [Problem(variable, "is not set", hint)]
    if text and len(text) < SHORTEST_SECRET:
        return "", [Problem(variable, f"is shorter than {SHORTEST_SECRET} characters", "A secret that short is none.")]
    if text != text.strip() or not text.isprintable():
        return "", [Problem(variable, "begins or ends with white space, or holds a character that cannot be printed")]
    return text, []


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
    return [unquote_plus(value) for name, value in _PARAMETER.findall(url) if _is_key(name, unquote_plus(value))]


def _is_key(name: str, value: str) -> bool:
    if len(value) >= SHORTEST_SECRET and _KEY_NAME.search(name):
        return True
    return len(value) >= _SHORTEST_IN_URL and bool(_DIGIT.search(value) and _LETTER.search(value))


def without_secrets(url: str) -> str:
    """The URL as it may be shown, or whatever stands in its place: a mistaken one may hold a password as well."""

    def shown(found: re.Match[str]) -> str:
        return found[0].removesuffix(found[2]) + "…" if _is_key(found[1], unquote_plus(found[2])) else found[0]

    return _PARAMETER.sub(shown, _USER.sub(r"\1…@", url))


def is_recorded_as(url: str, recorded: str) -> bool:
    """Whether a URL is the one that a run wrote down, with marks in place of its secrets."""
    marks = Redactor({}, key=b"")
    for value in secrets_in_url(url):
        marks.learn("secret", value)
    # The run knew other secrets by other names, and an older kit took less for one.
    return url == recorded or _MARK.sub("", marks.text(url)) == _MARK.sub("", recorded)


def redactor_of(description: Description, secrets: Secrets, urls: Iterable[str]) -> Redactor:
    """Keeps the secrets of a run, and those in its URLs, out of all that is written and said."""
    redactor = Redactor(
        {
            "signing_secret": secrets.signing,
            "api_key": secrets.api_key,
            "webhook_token": secrets.webhook_token,
            "control_token": secrets.control_token,
        },
        key=random_secrets.token_bytes(32),
        credential_headers=[name for name, value in description.api_credentials if "{api_key}" in value]
        + [*(description.credential.secret_headers if description.credential is not None else ())],
    )
    for spelling in spellings(description.signature, secrets.signing):
        redactor.learn("signing_secret", spelling)
    if description.credential is not None:
        redactor.learn("webhook_token", description.credential.basic(secrets.webhook_token))
    for url in urls:
        for value in secrets_in_url(url):
            redactor.learn("url_parameter", value)
    return redactor

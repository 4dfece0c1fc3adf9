"""The ways in which the two sides of a secret come to differ, each as an event that a partner set so would accept."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.exchange import Headers
from conformance.kit import Secrets, Wrapping
from conformance.platform.description import Description
from conformance.platform.signature import Signature
from conformance.signing import Signer, has_key_pair, key_of, kind_of

__all__ = ["Variation", "clocks", "credentials", "signatures"]

_SECRET: Final = "CONFORMANCE_SIGNING_SECRET"  # noqa: S105  # the name of a variable
_TOKEN: Final = "CONFORMANCE_WEBHOOK_TOKEN"  # noqa: S105  # the name of a variable
_HOUR: Final = 3600.0
# What clocks are off by that are set by hand, or to the time of another zone; in seconds.
_USUAL_SKEWS: Final = (600.0, _HOUR, 2 * _HOUR, 5 * _HOUR, 5.5 * _HOUR, 8 * _HOUR, 10 * _HOUR, 12 * _HOUR, 24 * _HOUR)
_AGREE: Final = "Set the same value on both sides"


@dataclass(frozen=True, slots=True)
class Variation:
    """One way of being set wrongly: what is so if an event in this wrapping is accepted, and what to do."""

    found: str
    remedy: str
    wrapping: Wrapping


def clocks(description: Description, skew: float | None) -> Iterator[Variation]:
    """A partner by whose clock it is another time; `skew` is by how much it says that its clock is ahead."""
    scheme = description.signature
    if scheme is None or scheme.tolerance is None:
        return
    tolerance = scheme.tolerance
    guessed = (s for usual in _USUAL_SKEWS for s in (usual, -usual)) if skew is None else iter((skew,))
    for ahead in guessed:
        if abs(ahead) > tolerance / 2:
            word = "ahead" if ahead > 0 else "behind"
            found = f"the partner's clock is about {abs(ahead):.0f} s {word}: it accepts what is signed by that time"
            remedy = f"Set the clocks of both machines (NTP); the platform allows {tolerance:g} s."
            yield Variation(found, remedy, Wrapping(age=-ahead))


def signatures(description: Description, secrets: Secrets, *, age: float = 0.0) -> Iterator[Variation]:
    """A partner that has another secret, or makes another signature of it; `age` is by how much to sign in the past."""
    scheme = description.signature
    if scheme is None or not kind_of(scheme).takes_any_key or has_key_pair(scheme):
        return
    right = key_of(scheme, secrets.signing)
    seen = {right}
    for key, found, remedy in _keys(scheme, secrets):
        if key not in seen:
            seen.add(key)
            yield Variation(found, remedy, Wrapping(key=key, age=age))
    is_template = any("{signature}" in value for _, value in scheme.headers)
    for other, found in _schemes(scheme) if is_template else ():
        remedy = "webhook-conformance settings --platform NAME shows how deliveries are signed: let the partner do so."
        yield Variation(found, remedy, Wrapping(sign=_signed_by(other), age=age))


def _keys(scheme: Signature, secrets: Secrets) -> Iterator[tuple[bytes, str, str]]:
    secret, raw = secrets.signing, secrets.signing.encode()
    bare = secret.removeprefix(scheme.secret.prefix)
    how = f"the platform's key is {_form(scheme)}"
    as_text = f"the partner takes the text of {_SECRET} for the key"
    yield raw, f"{as_text}, and {how}", f"Let the partner read the secret as the platform does: {how}."
    if bare != secret:
        found = f"{as_text} without its prefix {scheme.secret.prefix}, and {how}"
        yield bare.encode(), found, f"Let the partner read the secret as the platform does: {how}."
    for name, decode in (("base64", _from_base64), ("hex", bytes.fromhex)):
        key = _tried(decode, bare)
        if key:
            found = f"the partner decodes {_SECRET} from {name}, and {how}"
            yield key, found, f"Let the partner read the secret as the platform does: {how}."
    coded = f"the partner's signing secret is that of {_SECRET}, encoded once more"
    for name, key in (("base64", base64.b64encode(raw)), ("hex", raw.hex().encode())):
        yield key, f"{coded} in {name}", f"Set the secret on the partner's side without encoding it in {name}."
    for end, what in ((b"\n", "a line break"), (b"\r\n", "a line break"), (b" ", "a blank")):
        found = f"the partner's signing secret ends in {what}"
        yield raw + end, found, "Write the secret on the partner's side without anything after it (printf, not echo)."
    for quote in (b'"', b"'"):
        found = "the partner's signing secret has quotation marks around it"
        yield quote + raw + quote, found, "Take the quotation marks away on the partner's side."
    for variable, other in (
        (_TOKEN, secrets.webhook_token),
        ("CONFORMANCE_API_KEY", secrets.api_key),
        ("CONFORMANCE_CONTROL_TOKEN", secrets.control_token),
    ):
        if other:
            yield other.encode(), f"the partner verifies with {variable}", f"Let it verify with {_SECRET}."
    yield b"", "the partner's signing secret is empty", f"{_AGREE}: the partner reads none."


def _form(scheme: Signature) -> str:
    if scheme.secret.encoding == "utf-8":
        return "the text itself, in UTF-8"
    prefix = f" without its prefix {scheme.secret.prefix}" if scheme.secret.prefix else ""
    return f"what the text{prefix} means in {scheme.secret.encoding}"


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _tried(decode: Callable[[str], bytes], text: str) -> bytes:
    try:
        return decode(text)
    except (binascii.Error, ValueError):
        return b""


def _schemes(scheme: Signature) -> Iterator[tuple[Signature, str]]:
    for encoding in ("base64", "hex", "base64url"):
        if encoding != scheme.encoding:
            found = f"the partner wants the signature in {encoding}, and the platform sends it in {scheme.encoding}"
            yield replace(scheme, encoding=encoding), found
    for content in ("{body}", "{timestamp}.{body}", "{timestamp}{body}", "{id}.{timestamp}.{body}"):
        if content != scheme.content:
            found = f"the partner verifies a signature over {content}, and the platform signs {scheme.content}"
            yield replace(scheme, content=content), found
    for digest in ("sha1", "sha256", "sha512"):
        if digest != scheme.digest:
            found = f"the partner verifies with {digest}, and the platform signs with {scheme.digest}"
            yield replace(scheme, digest=digest), found
    if scheme.tolerance is not None:
        unit = "milliseconds" if scheme.unit == "seconds" else "seconds"
        found = f"the partner takes the timestamp for {unit}, and the platform tells {scheme.unit}"
        yield replace(scheme, unit=unit), found


def _signed_by(scheme: Signature) -> Callable[[Signer, bytes], Headers]:
    def signed(signer: Signer, key: bytes) -> Headers:
        other = replace(signer, scheme=scheme)
        return other.headers(other.signature(key))

    return signed


def credentials(description: Description, secrets: Secrets) -> Iterator[Variation]:
    """A partner that wants another credential of deliveries."""
    if description.credential is None:
        return
    token = secrets.webhook_token
    plain: dict[str, Any] = {}
    for variable, other in (
        ("CONFORMANCE_API_KEY", secrets.api_key),
        (_SECRET, secrets.signing),
        ("CONFORMANCE_CONTROL_TOKEN", secrets.control_token),
    ):
        if other:
            plain[other] = f"the partner takes {variable} for the credential of deliveries"
    plain[base64.b64encode(token.encode()).decode()] = f"the partner's credential is {_TOKEN}, encoded in base64"
    plain[f'"{token}"'] = f"the partner's credential is {_TOKEN} with quotation marks around it"
    for other, found in plain.items():
        yield Variation(found, f"{_AGREE}: {_TOKEN} is what deliveries carry.", Wrapping(credential=other))
    names = {name.lower().encode(): value for name, value in description.credential.headers if " " in value}

    def bare(given: Headers) -> Headers:
        return tuple((n, v.partition(b" ")[2] if n.lower() in names else v) for n, v in given)

    if names:
        found = f"the partner wants the token alone, and deliveries carry {description.credential.shown}"
        yield Variation(found, "Let the partner read the header as the platform fills it.", Wrapping(edit=bare))

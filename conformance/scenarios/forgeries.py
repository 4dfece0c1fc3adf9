"""The ways in which a delivery can be other than the platform would send it, where who sent it is decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Final

from conformance.exchange import Headers
from conformance.kit import Wrapping
from conformance.platform.description import Description
from conformance.platform.event import Event, compact
from conformance.platform.signature import Signature
from conformance.signing import Signer, encoded, has_key_pair, kind_of, stamp, stranger
from conformance.stage import Stage

__all__ = ["forged", "forged_credential", "forgeries", "strangers_wrapping", "unknown_beside"]

_DAY: Final = 86_400.0
_FOUR_KILOBYTES: Final = 4096
_MANY_DIGITS: Final = 400

_Made = Callable[[Stage, Event], Wrapping]
_Signed = Callable[[Signer, bytes], Headers]


def strangers_wrapping(stage: Stage) -> Wrapping | None:
    """The least forgery that the platform's way of authenticating knows; None where it has none."""
    if stage.description.signature is not None:
        return _another_key(stage)
    if stage.description.credential is None:
        return None
    return Wrapping(credential=forged_credential("another-credential", "", stage.random))


def _another_key(stage: Stage) -> Wrapping:
    return Wrapping(key=_stranger(stage))


def _stranger(stage: Stage) -> bytes:
    scheme = stage.description.signature
    assert scheme is not None  # or there is nothing to forge
    return stranger(scheme, stage.random)


def forged_credential(form: str, token: str, random: Random) -> str | None:
    """What takes the place of the token of deliveries in a forgery; None where the forgery is of something else."""
    match form:
        case "no-credential":
            return ""
        case "another-credential":
            return random.randbytes(24).hex()
        case "half-the-credential":
            return token[: len(token) // 2]
        case "more-than-the-credential":
            return token + random.randbytes(8).hex()
    return None


def _credential(form: str) -> _Made:
    return lambda stage, _: Wrapping(credential=forged_credential(form, stage.kit.secrets.webhook_token, stage.random))


def _one_byte(stage: Stage, event: Event) -> bytes:
    """The body with the last digit of the object's id changed: still JSON, still about an object."""
    digit = event.thing.id[-1]
    other = event.thing.id[:-1] + ("1" if digit != "1" else "2")
    stage.kit.owners.claim(other, stage.play)
    return event.body.replace(event.thing.id.encode(), other.encode())


def _tolerance(stage: Stage) -> float:
    signature = stage.description.signature
    return signature.tolerance or 0.0 if signature is not None else 0.0


def _long_ago(stage: Stage) -> float:
    """An age that no tolerance covers."""
    return max(_DAY, 2 * _tolerance(stage))


# How the time of signing is told


def _restamped(stage: Stage) -> _Signed:
    """The signature is old, and the headers say that it was made now."""
    moment = stage.kit.clock.now
    return lambda signer, key: signer.headers(signer.signature(key), timestamp=stamp(signer.scheme, moment))


def _stamped_twice(stage: Stage) -> _Signed:
    """Signature and timestamp are old, and what carries the timestamp comes once more and says now."""
    moment = stage.kit.clock.now

    def signed(signer: Signer, key: bytes) -> Headers:
        old = signer.headers(signer.signature(key))
        fresh = signer.headers(signer.signature(key), timestamp=stamp(signer.scheme, moment))
        return (*old, *(header for header in fresh if header not in old))

    return signed


def _next_second(signer: Signer, key: bytes) -> Headers:
    """The signature is fresh, and the headers say that it was made a second before."""
    return signer.headers(signer.signature(key), timestamp=stamp(signer.scheme, signer.now - 1))


# Headers that have not their form


def _malformed(text: bytes) -> _Signed:
    """A text that stands in the place of the signature."""
    return lambda signer, _: signer.headers(text)


def _undecodable(text: bytes) -> _Signed:
    """A text that stands in the place of the signature, under the version by which a partner knows what to decode."""
    return lambda signer, _: signer.headers(signer.scheme.version.encode() + text)


def _timestamped(text: bytes) -> _Signed:
    """A text that stands in the place of the timestamp, and the signature covers it."""
    return lambda signer, key: signer.headers(signer.signature(key, timestamp=text), timestamp=text)


def _empty(signer: Signer, key: bytes) -> Headers:
    """Every header that carries a signature is there, and empty."""
    carrying = signer.carrying
    return tuple((n, b"" if n in carrying else v) for n, v in signer.headers(signer.signature(key)))


def _left_out(signer: Signer, key: bytes) -> Headers:
    """Only what carries a signature is missing; what tells the time, or the event's id, is there."""
    return tuple(header for header in signer.headers(signer.signature(key)) if header[0] not in signer.carrying)


def _without_commas(signer: Signer, key: bytes) -> Headers:
    carrying = signer.carrying
    headers = signer.headers(signer.signature(key))
    return tuple((n, v.replace(b",", b"") if n in carrying else v) for n, v in headers)


def _cut_short(signer: Signer, key: bytes) -> Headers:
    """The first half of the right signature."""
    signature = signer.signature(key)
    return signer.headers(signature[: len(signature) // 2])


def _repeated(stage: Stage) -> _Signed:
    """Every header that carries a signature comes twice, and neither is right."""
    strangers = [_stranger(stage) for _ in range(2)]

    def signed(signer: Signer, key: bytes) -> Headers:
        first, second = (signer.headers(signer.signature(stranger)) for stranger in strangers)
        return (*first, *(header for header in second if header[0] in signer.carrying))

    return signed


def _of_another_event(stage: Stage) -> _Signed:
    """The signature is that of the event, and the headers name another one."""
    other = stage.new_event_id()
    return lambda signer, key: replace(signer, event_id=other).headers(signer.signature(key))


# Signatures of a version that there is not


def _unknown_alone(signer: Signer, key: bytes) -> Headers:
    """What the key makes in the known version, told as one of the unknown version."""
    return signer.headers(signer.signature(key, version=signer.scheme.unknown_version))


def unknown_beside(stage: Stage) -> _Signed:
    """A signature of an unknown version stands before the good one."""
    digest = stage.random.randbytes(64)

    def signed(signer: Signer, key: bytes) -> Headers:
        unknown = signer.scheme.unknown_version.encode() + encoded(signer.scheme, digest)
        return signer.headers(unknown, signer.signature(key))

    return signed


_OF_SIGNATURES: Final[Mapping[str, _Made]] = {
    "no-signature": lambda *_: Wrapping(unsigned=True),
    "another-key": lambda stage, _: _another_key(stage),
    "one-byte": lambda stage, event: Wrapping(sent=_one_byte(stage, event)),
    "white-space": lambda _, event: Wrapping(sent=json.dumps(event.content, ensure_ascii=True).encode("ascii")),
    "key-order": lambda _, event: Wrapping(sent=compact(dict(reversed(event.content.items())))),
    "empty": lambda *_: Wrapping(sign=_empty),
    "cut-short": lambda *_: Wrapping(sign=_cut_short),
    "not-in-its-encoding": lambda *_: Wrapping(sign=_undecodable(b"%%%not*a*signature%%%")),
    "four-kilobytes": lambda *_: Wrapping(sign=_malformed(b"A" * _FOUR_KILOBYTES)),
    "not-ascii": lambda *_: Wrapping(sign=_undecodable(b"\xe9\xff\xfe signature")),
    "repeated": lambda stage, _: Wrapping(sign=_repeated(stage)),
}
_OF_COMPANIONS: Final[Mapping[str, _Made]] = {"signature-left-out": lambda *_: Wrapping(sign=_left_out)}
_OF_KEYS: Final[Mapping[str, _Made]] = {"empty-key": lambda *_: Wrapping(key=b"")}
_OF_IDS: Final[Mapping[str, _Made]] = {"another-id": lambda stage, _: Wrapping(sign=_of_another_event(stage))}
_OF_TIMESTAMPS: Final[Mapping[str, _Made]] = {
    "twice-the-tolerance": lambda stage, _: Wrapping(age=2 * _tolerance(stage)),
    "one-day-old": lambda stage, _: Wrapping(age=_long_ago(stage)),
    "from-the-future": lambda stage, _: Wrapping(age=-2 * _tolerance(stage)),
    "restamped": lambda stage, _: Wrapping(age=_long_ago(stage), sign=_restamped(stage)),
    "stamped-twice": lambda stage, _: Wrapping(age=_long_ago(stage), sign=_stamped_twice(stage)),
    "one-second-off": lambda *_: Wrapping(sign=_next_second),
}
_OF_ODD_TIMESTAMPS: Final[Mapping[str, _Made]] = {
    "timestamp-not-a-number": lambda *_: Wrapping(sign=_timestamped(b"NaN")),
    "timestamp-of-400-digits": lambda *_: Wrapping(sign=_timestamped(b"1" * _MANY_DIGITS)),
}
_OF_COMMAS: Final[Mapping[str, _Made]] = {"no-comma": lambda *_: Wrapping(sign=_without_commas)}
_OF_VERSIONS: Final[Mapping[str, _Made]] = {"unknown-version": lambda *_: Wrapping(sign=_unknown_alone)}
_OF_CREDENTIALS: Final[Mapping[str, _Made]] = {
    form: _credential(form)
    for form in ("no-credential", "another-credential", "half-the-credential", "more-than-the-credential")
}
_FORGERIES: Final = {
    **_OF_SIGNATURES,
    **_OF_COMPANIONS,
    **_OF_KEYS,
    **_OF_IDS,
    **_OF_TIMESTAMPS,
    **_OF_ODD_TIMESTAMPS,
    **_OF_COMMAS,
    **_OF_VERSIONS,
    **_OF_CREDENTIALS,
}


def forgeries(description: Description) -> tuple[str, ...]:
    """The forgeries that the platform's way of authenticating knows."""
    known = _of_signature(description.signature) if description.signature is not None else ()
    return (*known, *(_OF_CREDENTIALS if description.credential is not None else ()))


def _of_signature(signature: Signature) -> tuple[str, ...]:
    """The forgeries that the scheme knows: where it tells no time, none is stale."""
    kind = kind_of(signature)
    has_age = signature.tolerance is not None
    told = "".join(value for _, value in signature.headers)
    carried = "".join(value for _, value in signature.headers if "{signature}" in value)
    groups = (
        (_OF_SIGNATURES, True),
        (_OF_COMPANIONS, kind.tells_more or any("{signature}" not in value for _, value in signature.headers)),
        (_OF_KEYS, kind.takes_any_key and not has_key_pair(signature)),
        (_OF_IDS, "{id}" in told and "{id}" in signature.content),
        (_OF_TIMESTAMPS, has_age),
        (_OF_ODD_TIMESTAMPS, has_age and kind.signs_any_time),
        (_OF_COMMAS, "," in carried + signature.version),
        (_OF_VERSIONS, bool(signature.unknown_version)),
    )
    return tuple(form for forms, known in groups if known for form in forms)


def forged(stage: Stage, event: Event) -> Wrapping:
    """The forgery of an event that the parameter of the play names."""
    return _FORGERIES[stage.parameter](stage, event)

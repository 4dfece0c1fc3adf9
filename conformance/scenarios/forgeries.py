"""The ways in which a delivery can be other than the platform would send it, where who sent it is decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from conformance.exchange import Headers
from conformance.kit import Wrapping
from conformance.platform.description import Description, Signature
from conformance.platform.event import Event, compact
from conformance.signing import Signer, encoded
from conformance.stage import Stage

__all__ = ["forged", "forgeries", "strangers_wrapping", "unknown_beside"]

_DAY: Final = 86_400.0
_FOUR_KILOBYTES: Final = 4096
_MANY_DIGITS: Final = 400

_Made = Callable[[Stage, Event], Wrapping]
_Signed = Callable[[Signer, bytes], Headers]


def strangers_wrapping(stage: Stage) -> Wrapping | None:
    """The least forgery that the platform's way of authenticating knows; None where it has none."""
    if stage.description.signature is not None:
        return _another_key(stage)
    return _another_credential(stage) if stage.description.credential_header else None


def _another_key(stage: Stage) -> Wrapping:
    return Wrapping(key=stage.random.randbytes(24).hex().encode())


def _another_credential(stage: Stage) -> Wrapping:
    return Wrapping(credential=stage.random.randbytes(24).hex())


def _half_the_credential(stage: Stage) -> Wrapping:
    token = stage.kit.secrets.webhook_token
    return Wrapping(credential=token[: len(token) // 2])


def _more_than_the_credential(stage: Stage) -> Wrapping:
    return Wrapping(credential=stage.kit.secrets.webhook_token + stage.random.randbytes(8).hex())


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
    now = _clock_text(stage)
    return lambda signer, key: signer.headers(signer.signature(key), timestamp=now)


def _stamped_twice(stage: Stage) -> _Signed:
    """Signature and timestamp are old, and what carries the timestamp comes once more and says now."""
    now = _clock_text(stage)

    def signed(signer: Signer, key: bytes) -> Headers:
        old = signer.headers(signer.signature(key))
        fresh = signer.headers(signer.signature(key), timestamp=now)
        return (*old, *(header for header in fresh if header not in old))

    return signed


def _next_second(signer: Signer, key: bytes) -> Headers:
    """The signature is fresh, and the headers say that it was made a second before."""
    return signer.headers(signer.signature(key), timestamp=str(int(signer.now) - 1).encode())


def _clock_text(stage: Stage) -> bytes:
    return str(int(stage.kit.clock.now)).encode()


# Headers that have not their form


def _malformed(text: bytes) -> _Signed:
    """A text that stands in the place of the signature."""
    return lambda signer, _: signer.headers(text)


def _timestamped(text: bytes) -> _Signed:
    """A text that stands in the place of the timestamp, and the signature covers it."""
    return lambda signer, key: signer.headers(signer.signature(key, timestamp=text), timestamp=text)


def _empty(signer: Signer, key: bytes) -> Headers:
    """Every header that carries a signature is there, and empty."""
    carrying = _carrying(signer.scheme)
    return tuple((n, b"" if n in carrying else v) for n, v in signer.headers(signer.signature(key)))


def _without_commas(signer: Signer, key: bytes) -> Headers:
    carrying = _carrying(signer.scheme)
    headers = signer.headers(signer.signature(key))
    return tuple((n, v.replace(b",", b"") if n in carrying else v) for n, v in headers)


def _cut_short(signer: Signer, key: bytes) -> Headers:
    """The first half of the right signature."""
    signature = signer.signature(key)
    return signer.headers(signature[: len(signature) // 2])


def _repeated(stage: Stage) -> _Signed:
    """Every header that carries a signature comes twice, and neither is right."""
    strangers = [stage.random.randbytes(24) for _ in range(2)]

    def signed(signer: Signer, key: bytes) -> Headers:
        first, second = (signer.headers(signer.signature(stranger)) for stranger in strangers)
        carrying = _carrying(signer.scheme)
        return (*first, *(header for header in second if header[0] in carrying))

    return signed


def _carrying(scheme: Signature) -> frozenset[bytes]:
    """The names of the headers that carry a signature."""
    return frozenset(name.encode() for name, value in scheme.headers if "{signature}" in value)


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
    "empty-key": lambda *_: Wrapping(key=b""),
    "one-byte": lambda stage, event: Wrapping(sent=_one_byte(stage, event)),
    "white-space": lambda _, event: Wrapping(sent=json.dumps(event.content, ensure_ascii=True).encode("ascii")),
    "key-order": lambda _, event: Wrapping(sent=compact(dict(reversed(event.content.items())))),
    "empty": lambda *_: Wrapping(sign=_empty),
    "cut-short": lambda *_: Wrapping(sign=_cut_short),
    "not-in-its-encoding": lambda *_: Wrapping(sign=_malformed(b"%%%not*a*signature%%%")),
    "four-kilobytes": lambda *_: Wrapping(sign=_malformed(b"A" * _FOUR_KILOBYTES)),
    "not-ascii": lambda *_: Wrapping(sign=_malformed(b"\xe9\xff\xfe signature")),
    "repeated": lambda stage, _: Wrapping(sign=_repeated(stage)),
}
_OF_TIMESTAMPS: Final[Mapping[str, _Made]] = {
    "twice-the-tolerance": lambda stage, _: Wrapping(age=2 * _tolerance(stage)),
    "one-day-old": lambda stage, _: Wrapping(age=_long_ago(stage)),
    "from-the-future": lambda stage, _: Wrapping(age=-2 * _tolerance(stage)),
    "restamped": lambda stage, _: Wrapping(age=_long_ago(stage), sign=_restamped(stage)),
    "stamped-twice": lambda stage, _: Wrapping(age=_long_ago(stage), sign=_stamped_twice(stage)),
    "one-second-off": lambda *_: Wrapping(sign=_next_second),
    "timestamp-not-a-number": lambda *_: Wrapping(sign=_timestamped(b"NaN")),
    "timestamp-of-400-digits": lambda *_: Wrapping(sign=_timestamped(b"1" * _MANY_DIGITS)),
}
_OF_COMMAS: Final[Mapping[str, _Made]] = {"no-comma": lambda *_: Wrapping(sign=_without_commas)}
_OF_VERSIONS: Final[Mapping[str, _Made]] = {"unknown-version": lambda *_: Wrapping(sign=_unknown_alone)}
_OF_CREDENTIALS: Final[Mapping[str, _Made]] = {
    "no-credential": lambda *_: Wrapping(credential=""),
    "another-credential": lambda stage, _: _another_credential(stage),
    "half-the-credential": lambda stage, _: _half_the_credential(stage),
    "more-than-the-credential": lambda stage, _: _more_than_the_credential(stage),
}
_FORGERIES: Final = {**_OF_SIGNATURES, **_OF_TIMESTAMPS, **_OF_COMMAS, **_OF_VERSIONS, **_OF_CREDENTIALS}


def forgeries(description: Description) -> tuple[str, ...]:
    """The forgeries that the platform's way of authenticating knows."""
    signature = description.signature
    known: list[Mapping[str, _Made]] = []
    if signature is not None:
        carried = "".join(value for _, value in signature.headers if "{signature}" in value)
        known.append(_OF_SIGNATURES)
        known += [_OF_TIMESTAMPS] if signature.tolerance is not None else []
        known += [_OF_COMMAS] if "," in carried + signature.version else []
        known += [_OF_VERSIONS] if signature.unknown_version else []
    known += [_OF_CREDENTIALS] if description.credential_header else []
    return tuple(form for forms in known for form in forms)


def forged(stage: Stage, event: Event) -> Wrapping:
    """The forgery of an event that the parameter of the play names."""
    return _FORGERIES[stage.parameter](stage, event)

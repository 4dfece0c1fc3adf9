"""Attestations: an in-toto statement about the exact bytes of report and journal, in a signed DSSE envelope.

The keys are of Ed25519, in PEM; `cryptography` does the arithmetic (extra `sign`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib.util
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.errors import ConfigurationError, Problem
from conformance.transcript import Party
from conformance.verdict import RunVerdict

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["About", "Statement", "opened", "private_key", "public_key", "signed"]

_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_PREDICATE: Final = "https://webhook-conformance.invalid/attestation/v1"
_PAYLOAD: Final = "application/vnd.in-toto+json"
_FILES: Final = ("report.json", "journal.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of a run; the gate makes its own and holds this against it."""

    kit: str
    platform: str
    partner: str
    verdict: RunVerdict
    plan: str
    nonce: str
    run_by: Party
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What was signed: the SHA-256 of both files, what is said of the run, and from when to when it holds."""

    report: str
    journal: str
    about: About
    level: int
    issued: str
    expires: str


def private_key(pem: bytes, where: str) -> Ed25519PrivateKey:
    """The key to sign with.

    Raises ConfigurationError where this is none.
    """
    _need_library()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key: Any = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, ArithmeticError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            Problem(where, f"is no private key in PEM without a password ({error})", _MAKE)
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(Problem(where, "is a key of another kind than Ed25519", _MAKE))
    return key


def public_key(pem: bytes, where: str) -> Ed25519PublicKey:
    """The key to verify with.

    Raises ConfigurationError where this is none.
    """
    _need_library()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    hint = "Make one of the private key: openssl pkey -in key.pem -pubout -out public.pem"
    try:
        key: Any = load_pem_public_key(pem)
    except (ValueError, TypeError, ArithmeticError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(Problem(where, f"is no public key in PEM ({error})", hint)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(Problem(where, "is a key of another kind than Ed25519", hint))
    return key


_MAKE: Final = "Make one: openssl genpkey -algorithm ed25519 -out key.pem"


def _need_library() -> None:
    if importlib.util.find_spec("cryptography") is None:
        hint = "pip install 'webhook-conformance[sign]'"
        raise ConfigurationError(Problem("attestation", "the library that signs and verifies is missing", hint))


def signed(statement: Statement, key: Ed25519PrivateKey) -> str:
    """The envelope, as the text of its file."""
    payload = json.dumps(_written(statement), separators=(",", ":"), sort_keys=True).encode("ascii")
    signature = {"keyid": _key_id(key.public_key()), "sig": _base64(key.sign(_authenticated(payload)))}
    envelope = {"payloadType": _PAYLOAD, "payload": _base64(payload), "signatures": [signature]}
    return json.dumps(envelope, indent=2) + "\n"


def opened(envelope: bytes, keys: tuple[Ed25519PublicKey, ...]) -> tuple[Statement, Ed25519PublicKey]:
    """What was signed, and by which of these keys.

    Raises ValueError that says why it cannot be believed.
    """
    content = _json(envelope)
    payload, signatures = content.get("payload"), content.get("signatures")
    if content.get("payloadType") != _PAYLOAD or not isinstance(payload, str) or not isinstance(signatures, list):
        raise ValueError("it is not an envelope with an in-toto statement")
    body = _unwrapped(payload)
    for key in keys:
        if any(_signs(key, body, each) for each in signatures):
            return _read(_json(body)), key
    raise ValueError("no key that was named here has signed it: the key is another one, or something was changed")


def _signs(key: Ed25519PublicKey, payload: bytes, signature: Any) -> bool:
    from cryptography.exceptions import InvalidSignature

    sig = signature.get("sig") if isinstance(signature, dict) else None
    try:
        key.verify(_unwrapped(sig if isinstance(sig, str) else ""), _authenticated(payload))
    except (InvalidSignature, ValueError):
        return False
    return True


def _authenticated(payload: bytes) -> bytes:
    """The bytes that are signed: DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(_PAYLOAD), _PAYLOAD.encode("ascii"), len(payload), payload)


def _key_id(key: Ed25519PublicKey) -> str:
    """A hint for people with several keys: nothing depends on it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _written(statement: Statement) -> dict[str, Any]:
    digests = zip(_FILES, (statement.report, statement.journal), strict=True)
    return {
        "_type": _STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in digests],
        "predicateType": _PREDICATE,
        "predicate": {
            **asdict(statement.about),
            "level": statement.level,
            "issued": statement.issued,
            "expires": statement.expires,
        },
    }


def _read(content: dict[str, Any]) -> Statement:
    """A statement from what `_written` makes of it.

    Raises ValueError where it is something else.
    """
    if content.get("_type") != _STATEMENT or content.get("predicateType") != _PREDICATE:
        raise ValueError("it is a statement about something else")
    try:
        digests = {subject["name"]: subject["digest"]["sha256"] for subject in content["subject"]}
        said = dict(content["predicate"])
        level, issued, expires = (said.pop(key) for key in ("level", "issued", "expires"))
        about = About(**{**said, "verdict": RunVerdict(said["verdict"]), "run_by": Party(said["run_by"])})
        report, journal = (digests[name] for name in _FILES)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"its statement is not complete: {error}") from None
    return Statement(report=report, journal=journal, about=about, level=level, issued=issued, expires=expires)


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    raise ValueError("it is not a JSON object")


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _unwrapped(text: str) -> bytes:
    """What base64 holds.

    Raises ValueError for a text that is none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it holds something that is not base64") from None

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from conformance.platform.signature import Signature
from conformance.signing import sign, signer_of
from shipped import specification

KEY = b"key \xff of any bytes"
BODY = b'{"amount": "1.00", "note": "\xc3\xa9{timestamp}{body}"}'
PLAIN = Signature(
    digest="sha256",
    content="{timestamp}.{body}",
    encoding="base64",
    headers=(("X-Signature", "{signature}"), ("X-Time", "{timestamp}")),
    tolerance=300.0,
)


def hmac_by_hand(key: bytes, content: bytes, digest: str) -> bytes:
    """RFC 2104, written out: H(K ^ opad, H(K ^ ipad, text))."""
    block = hashlib.new(digest).block_size
    padded = (hashlib.new(digest, key).digest() if len(key) > block else key).ljust(block, b"\0")
    inner = hashlib.new(digest, bytes(b ^ 0x36 for b in padded) + content).digest()
    return hashlib.new(digest, bytes(b ^ 0x5C for b in padded) + inner).digest()


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("key", [KEY, b"", b"long" * 100], ids=["plain", "empty", "longer than a block"])
def test_a_signature_is_the_hmac_of_time_and_body(digest: str, key: bytes) -> None:
    """The signature is what RFC 2104 says, over exactly the content that the scheme names."""
    signed = hmac_by_hand(key, b"1760000000." + BODY, digest)

    assert (
        (b"X-Signature", base64.b64encode(signed)),
        (b"X-Time", b"1760000000"),
    ) == sign(replace(PLAIN, digest=digest), key=key, body=BODY, now=1_760_000_000.9)


def test_a_placeholder_in_a_body_is_a_part_of_the_body() -> None:
    """A partner may be told of an invoice whose note reads `{timestamp}`."""
    scheme = replace(PLAIN, content="{body}.{timestamp}", headers=(("X", "{signature}"),), encoding="hex")
    signed = hmac_by_hand(KEY, BODY + b".5", "sha256")

    assert ((b"X", signed.hex().encode()),) == sign(scheme, key=KEY, body=BODY, now=5)


def test_headers_are_templates() -> None:
    """One header may carry all, with words around it."""
    scheme = replace(PLAIN, encoding="hex", headers=(("Signature", "t={timestamp},v1={signature}"),))
    ((name, value),) = sign(scheme, key=KEY, body=b"", now=7.2)

    assert b"Signature" == name
    assert b"t=7,v1=" + hmac.new(KEY, b"7.", "sha256").hexdigest().encode() == value


def test_feewise_signs_as_its_documentation_says() -> None:
    """HMAC-SHA256 over `<unix seconds>.<raw body>`, in two headers."""
    scheme = specification("feewise").description.signature
    assert scheme is not None
    signed = base64.b64encode(hmac.digest(b"secret", b"1760000000.{}", "sha256"))

    assert (
        (b"X-FeeWise-Webhook-Signature", signed),
        (b"X-FeeWise-Webhook-Signature-Timestamp", b"1760000000"),
    ) == sign(scheme, key=b"secret", body=b"{}", now=1_760_000_000)


def test_another_body_another_key_and_another_time_are_another_signature() -> None:
    """Whatever a partner must check changes the signature."""
    right = sign(PLAIN, key=KEY, body=BODY, now=1000)

    assert right == sign(PLAIN, key=KEY, body=BODY, now=1000.99)
    assert right[0] != sign(PLAIN, key=KEY, body=BODY + b" ", now=1000)[0]
    assert right[0] != sign(PLAIN, key=KEY + b"!", body=BODY, now=1000)[0]
    assert right[0] != sign(PLAIN, key=KEY, body=BODY, now=1001)[0]


ROTATING = replace(
    PLAIN,
    content="{id}.{timestamp}.{body}",
    headers=(("webhook-id", "{id}"), ("webhook-timestamp", "{timestamp}"), ("webhook-signature", "{signature}")),
    version="v1,",
    unknown_version="v9,",
    separator=" ",
)


def test_a_scheme_may_sign_the_event_id() -> None:
    """Standard Webhooks: `<id>.<timestamp>.<body>`, three headers, a version before each signature."""
    signed = base64.b64encode(hmac_by_hand(KEY, b"msg_1.1760000000." + BODY, "sha256"))

    assert (
        (b"webhook-id", b"msg_1"),
        (b"webhook-timestamp", b"1760000000"),
        (b"webhook-signature", b"v1," + signed),
    ) == sign(ROTATING, key=KEY, body=BODY, now=1_760_000_000, event_id="msg_1")


def test_several_signatures_stand_in_one_header() -> None:
    """In the order in which they are given, each with its version."""
    signer = signer_of(ROTATING, BODY, "msg_1", 5)
    old, new, unknown = signer.signature(b"old"), signer.signature(b"new"), signer.signature(b"old", version="v9,")

    assert (b"webhook-signature", old + b" " + new) == signer.headers(old, new)[2]
    assert old.removeprefix(b"v1,") == unknown.removeprefix(b"v9,")
    assert b"v9," == unknown[:3]


def test_what_is_told_need_not_be_what_is_signed() -> None:
    """A story can sign one time and tell another, or neither a time."""
    signer = signer_of(PLAIN, BODY, "", 1000)
    signed_later = signer_of(PLAIN, BODY, "", 2000)

    assert signed_later.headers(signer.signature(KEY))[0] == signer.headers(signer.signature(KEY))[0]
    assert ((b"X-Signature", b"?"), (b"X-Time", b"NaN")) == signer.headers(b"?", timestamp=b"NaN")
    assert signed_later.signature(KEY) == signer.signature(KEY, timestamp=b"2000")

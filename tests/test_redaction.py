from __future__ import annotations

import base64
import gzip
import html
import json
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange import Request, Response
from conformance.redaction import Redactor

SECRET = 'kö/y+of "tests" 2'
SECRETS = {"api_key": SECRET, "signing_secret": "another-secret", "empty": ""}
ENCODED = {
    "plain": SECRET.encode(),
    "percent": quote(SECRET, safe="").encode(),
    "form": quote_plus(SECRET).encode(),
    "json": json.dumps(SECRET)[1:-1].encode(),
    "json, not ascii": json.dumps(SECRET, ensure_ascii=False)[1:-1].encode(),
    "base64": base64.b64encode(SECRET.encode()),
    "base64url": base64.urlsafe_b64encode(SECRET.encode()),
    "hex": SECRET.encode().hex().encode(),
    "HEX": SECRET.encode().hex().upper().encode(),
}
# What nobody writes who only uses a secret, and what a log or an error page may write all the same.
LIKENESSES = {
    "escaped twice for a URL": quote(quote(SECRET, safe=""), safe="").encode(),
    "every byte escaped for a URL": "".join(f"%{byte:02x}" for byte in SECRET.encode()).encode(),
    "every character escaped for JSON": "".join(f"\\u{ord(each):04X}" for each in SECRET).encode(),
    "JSON within JSON": json.dumps(json.dumps(SECRET))[3:-3].encode(),
    "slashes escaped for JSON": SECRET.replace("/", "\\/").replace('"', '\\"').encode(),
    "HTML": html.escape(SECRET).encode(),
    "HTML within HTML": html.escape(html.escape(SECRET)).encode(),
    "every character escaped for HTML": "".join(f"&#{ord(each)};" for each in SECRET).encode(),
    "every character escaped for HTML, in sixteens": "".join(f"&#x{ord(each):X};" for each in SECRET).encode(),
    "as Python shows bytes": repr(SECRET.encode())[2:-1].encode(),
    "another case": SECRET.encode().upper(),
    "from its end": SECRET.encode()[::-1],
    "base32": base64.b32encode(SECRET.encode()),
    "base64 of base64": base64.b64encode(base64.b64encode(SECRET.encode())),
    "UTF-16": SECRET.encode("utf-16-le"),
}


def redactor(**more: str) -> Redactor:
    """A redactor of the secrets above."""
    return Redactor({**SECRETS, **more}, key=b"key of the run", credential_headers=["X-Partner-Key"])


def credential(name: bytes, value: bytes) -> bytes:
    """What is kept of a header."""
    ((_, kept),) = redactor().headers(((name, value),))
    return kept


@pytest.mark.parametrize("form", ENCODED)
def test_a_secret_is_found_in_every_encoding(form: str) -> None:
    """Wherever a secret stands and however it is written, a mark with its name takes its place."""
    text = b"before " + ENCODED[form] + b" after"

    assert b"before [secret api_key] after" == redactor().raw(text).replace(b"=", b"")


@pytest.mark.parametrize("form", ENCODED)
def test_no_part_of_an_exchange_keeps_a_secret(form: str) -> None:
    """Target, headers and bodies of requests and answers are all clean."""
    found = ENCODED[form]
    request = redactor().request(
        Request("GET", f"/things?key={found.decode()}", ((b"X-" + b"Note", b"a " + found),), b"{" + found + b"}")
    )
    response = redactor().response(Response(200, ((b"X-Echo", found),), found * 2))
    assert response is not None
    parts = [
        request.target.encode(),
        request.body,
        response.body,
        *(v for _, v in (*request.headers, *response.headers)),
    ]

    assert [] == [part for part in parts if found.rstrip(b"=") in part]
    assert all(b"[secret api_key]" in part for part in parts)


@pytest.mark.parametrize("form", LIKENESSES)
def test_what_resembles_a_secret_is_no_proof_of_it(form: str) -> None:
    """It is replaced all the same, by a mark that no judge takes for the right credential."""
    text = LIKENESSES[form]

    assert b"before [like secret api_key] after" == redactor().raw(b"before " + text + b" after").replace(b"=", b"")
    assert b"[unknown " == credential(b"Authorization", text)[:9]


@given(st.binary(max_size=5), st.binary(max_size=5), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
def test_a_secret_is_found_within_base64(before: bytes, after: bytes, encode: Callable[[bytes], bytes]) -> None:
    """Wherever its bytes begin and whatever follows, as in the credentials of `Basic` and in a token that holds it."""
    kept = redactor().raw(b'{"a": "' + encode(before + SECRET.encode() + after) + b'"}')
    longest = max(
        re.findall(rb"[\w+/-]+", kept.replace(b"[like secret api_key]", b" ").replace(b"[secret api_key]", b" "))
    )

    assert b"secret api_key]" in kept
    assert len(longest) <= 8


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_packed_body_that_holds_a_secret_is_not_kept(pack: Callable[[bytes], bytes]) -> None:
    """Others stay as they are, and so does what only begins like one, or is cut."""
    told, plain = pack(b'{"key": "' + ENCODED["json"] + b'"}'), pack(b"nothing to hide")
    bodies = [told, plain, plain[:-6], plain[:2] + b"no more", b"\x1f"]

    assert [b"[a packed body that holds a secret]", *bodies[1:]] == [
        redactor().request(Request("POST", "/", (), body)).body for body in bodies
    ]


def test_a_method_keeps_no_secret() -> None:
    """Any word can be one."""
    assert "[secret signing_secret]" == redactor().request(Request("another-secret", "/")).method


@pytest.mark.parametrize(
    "text",
    ["&nothing; &#99999999; %zz \\u{} \\ud800 &#xd800; \\q", "%25" * 20, "\\" * 50 + "u0041", "&amp;" * 50],
)
def test_escapes_of_something_else_stay(text: str) -> None:
    """And so do those of nothing."""
    assert text == redactor().text(text)


def test_escapes_in_lower_case_are_found_too() -> None:
    """RFC 3986, section 2.1: the case of a percent-encoded byte does not matter."""
    text = quote(SECRET, safe="").replace("%2F", "%2f").replace("%C3%B6", "%c3%b6").replace("%2B", "%2b")

    assert SECRET not in redactor().text(text)
    assert "[secret api_key]" == redactor().text(text)


def test_a_secret_within_another_is_told_by_the_longer_one() -> None:
    """Where one secret begins with another, the longer one is found."""
    assert "[secret long]" == redactor(long="another-secret-and-more").text("another-secret-and-more")


def test_text_without_secrets_stays() -> None:
    """Nothing else is touched, invalid UTF-8 included."""
    assert b"\xff\x00 plain" == redactor().raw(b"\xff\x00 plain")
    assert "plain \udcff" == redactor().text("plain \udcff")
    assert b"anything" == Redactor({}, key=b"").raw(b"anything")
    assert None is redactor().response(None)


def test_a_lone_surrogate_does_not_stop_redaction() -> None:
    """A reason may quote what a partner wrote, and JSON can write what UTF-8 cannot."""
    assert "[secret api_key]" in redactor().text(f"\ud800 {SECRET}")


@pytest.mark.parametrize(
    "name",
    [
        b"Authorization",
        b"COOKIE",
        b"set-cookie",
        b"X-API-KEY",
        b"Proxy-Authorization",
        b"Api-Key",
        b"X-Auth-Token",
        b"x-partner-key",
    ],
)
def test_an_unknown_credential_becomes_a_fingerprint(name: bytes) -> None:
    """What stands in a header for credentials is never written down, known or not."""
    kept = credential(name, b"somebody's key")

    assert kept.startswith(b"[unknown ")
    assert b"somebody" not in kept


def test_fingerprints_tell_wrong_credentials_apart() -> None:
    """Equal ones are equal, different ones differ, the right one has its name, and the scheme stays."""
    right = credential(b"Authorization", b"Bearer " + SECRET.encode())
    wrong = credential(b"Authorization", b"Bearer wrong")

    assert b"Bearer [secret api_key]" == right
    assert wrong == credential(b"authorization", b"Bearer wrong")
    assert wrong != credential(b"authorization", b"Bearer wronger")
    assert wrong.startswith(b"Bearer [unknown ")


def test_fingerprints_of_two_runs_cannot_be_compared() -> None:
    """The key of the run makes the fingerprint, so that a list of likely keys says nothing."""
    headers = ((b"Authorization", b"Bearer wrong"),)

    assert Redactor({}, key=b"one").headers(headers) != Redactor({}, key=b"two").headers(headers)


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Bearer "])
def test_an_empty_credential_is_shown_as_it_is(value: bytes) -> None:
    """A missing credential is no secret, and a reader must see that it is missing."""
    kept = credential(b"Authorization", value)

    assert value.strip() in {kept.strip(), b"Bearer"}


def test_a_known_secret_with_more_around_it_is_no_known_secret() -> None:
    """The right credential with a letter too many is a wrong one, and shows neither."""
    kept = credential(b"Authorization", b"Bearer " + SECRET.encode() + b"x")

    assert b"Bearer [unknown " == kept[:16]


def test_other_headers_keep_their_spelling_and_order() -> None:
    """Names are not folded, repeats stay."""
    headers = ((b"X-b", b"1"), (b"x-A", b"2"), (b"X-b", b"3"))

    assert headers == redactor().headers(headers)


@given(st.text(min_size=8, alphabet=st.characters(exclude_categories=["Cs"])), st.binary(), st.binary())
def test_no_known_secret_is_ever_in_the_output(secret: str, before: bytes, after: bytes) -> None:
    """Whatever the secret and whatever is around it, the output does not hold it."""
    kept = Redactor({"it": secret}, key=b"k").raw(before + secret.encode() + after)

    assert secret.encode() not in kept or secret in "[secret it]"


def test_a_secret_that_is_learned_later_is_kept_from_then_on() -> None:
    """In all its forms, beside those that were known before; an empty one is none."""
    learned = redactor()
    assert b"drawn later" == learned.raw(b"drawn later")
    learned.learn("new_signing_secret", "drawn later")
    assert b"[secret new_signing_secret]" == learned.raw(b"drawn later")
    learned.learn("nothing", "")

    assert b"[secret new_signing_secret] [secret api_key] x" == learned.raw(b"drawn later " + SECRET.encode() + b" x")
    assert b"[secret new_signing_secret]" == learned.raw(b"drawn later".hex().encode())
    assert b"drawn later" == redactor().raw(b"drawn later")

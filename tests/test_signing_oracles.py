"""What the kit signs, verified by the libraries that receivers use, and by the examples that platforms publish."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
import standardwebhooks
import stripe
import svix
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageSignaturesException, HTTPMessageVerifier, algorithms
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, OKPKey
from slack_sdk.signature import SignatureVerifier

from conformance.platform.signature import Signature
from conformance.signing import key_of, new_secret, partner_secret, sign
from signed_platforms import PRESETS, described

BODY: Final = '{"type":"order.created","data":{"note":"Grüße, {body} {timestamp}"}}'.encode()
URL: Final = "https://partner.example:8443/webhooks/in?tenant=7"
# How the libraries say no.
REFUSALS: Final = (
    HTTPMessageSignaturesException,
    InvalidSignature,
    JoseError,
    ValueError,
    standardwebhooks.WebhookVerificationError,
    stripe.SignatureVerificationError,
    svix.WebhookVerificationError,
)
EVENT: Final = "3f0c2d9e-0000-4000-8000-000000000001"


def scheme(preset: str, **differences: Any) -> Signature:
    """The scheme of a preset."""
    signature = described(preset, **differences).signature
    assert signature is not None
    return signature


@dataclass(frozen=True)
class Signed:
    """A delivery as it arrives, and what the receiver was told of the secret."""

    scheme: Signature
    headers: dict[str, str]
    told: str
    body: bytes = BODY


def signed(preset: str, *, age: float = 0.0) -> Signed:
    """A delivery that the kit has signed now, or so long ago."""
    known = scheme(preset)
    secret = new_secret(known, lambda length: "a7" * length)
    made = sign(known, key=key_of(known, secret), body=BODY, now=time.time() - age, event_id=EVENT, url=URL)
    headers = {name.decode(): value.decode() for name, value in made}
    return Signed(known, headers, partner_secret(known, secret))


def by_standardwebhooks(given: Signed) -> None:
    """The library of the specification."""
    standardwebhooks.Webhook(given.told).verify(given.body, given.headers)


def by_svix(given: Signed) -> None:
    """The library of those who wrote the specification; it knows both families of headers."""
    svix.Webhook(given.told).verify(given.body, given.headers)


def by_stripe(given: Signed) -> None:
    """The library of Stripe."""
    header = given.headers["Stripe-Signature"]
    stripe.WebhookSignature.verify_header(given.body.decode(), header, given.told, tolerance=300)


def by_slack(given: Signed) -> None:
    """The library of Slack, which says no by returning False."""
    if not SignatureVerifier(given.told).is_valid_request(given.body, given.headers):
        raise ValueError("refused")


def by_github(given: Signed) -> None:
    """The verifier that GitHub's documentation shows."""
    wanted = "sha256=" + hmac.new(given.told.encode(), msg=given.body, digestmod=hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, given.headers["X-Hub-Signature-256"]):
        raise ValueError("refused")


def by_shopify(given: Signed) -> None:
    """The verifier that Shopify's documentation shows."""
    wanted = base64.b64encode(hmac.new(given.told.encode(), given.body, digestmod=hashlib.sha256).digest())
    if not hmac.compare_digest(wanted, given.headers["X-Shopify-Hmac-SHA256"].encode()):
        raise ValueError("refused")


def by_cryptography(given: Signed) -> None:
    """Ed25519 with the public key, over the three parts of Standard Webhooks."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(given.told.removeprefix("whpk_")))
    version, _, written = given.headers["webhook-signature"].partition(",")
    content = f"{given.headers['webhook-id']}.{given.headers['webhook-timestamp']}.".encode() + given.body
    assert "v1a" == version
    key.verify(base64.b64decode(written), content)


def by_discord(given: Signed) -> None:
    """Ed25519 with the public key in hex, as Discord's documentation shows it."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(given.told))
    content = given.headers["X-Signature-Timestamp"].encode() + given.body
    key.verify(bytes.fromhex(given.headers["X-Signature-Ed25519"]), content)


@dataclass(frozen=True)
class Message:
    """A request as the library of RFC 9421 reads one."""

    headers: dict[str, str]
    method: str = "POST"
    url: str = URL


def by_http_message_signatures(given: Signed) -> None:
    """The library that verifies HTTP Message Signatures."""

    class Keys:
        def resolve_public_key(self, key_id: str) -> Any:
            assert "webhooks" == key_id
            if given.scheme.algorithm == "ed25519":
                return Ed25519PublicKey.from_public_bytes(base64.b64decode(given.told))
            return given.told.encode()

    known = {"ed25519": algorithms.ED25519, "hmac-sha256": algorithms.HMAC_SHA256}
    keys: Any = Keys()
    verifier = HTTPMessageVerifier(signature_algorithm=known[given.scheme.algorithm], key_resolver=keys)
    verifier.verify(Message(given.headers), body=given.body, require_components=given.scheme.components)


def by_joserfc(given: Signed) -> None:
    """The library that verifies JSON Web Signatures."""
    protected, _, signature = given.headers["X-JWS-Signature"].split(".")
    payload = base64.urlsafe_b64encode(given.body).rstrip(b"=").decode()
    key: Any = OctKey.import_key(given.told)
    if given.scheme.algorithm == "Ed25519":
        public = base64.urlsafe_b64encode(base64.b64decode(given.told)).rstrip(b"=").decode()
        key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": public})
    registry = jws.JWSRegistry(algorithms=[given.scheme.algorithm], strict_check_header=False)
    found = jws.deserialize_compact(f"{protected}.{payload}.{signature}", key, registry=registry)
    assert given.body == found.payload


VERIFIERS: Final[dict[str, Callable[[Signed], None]]] = {
    "standard-webhooks": by_standardwebhooks,
    "svix": by_svix,
    "stripe": by_stripe,
    "slack": by_slack,
    "github": by_github,
    "shopify": by_shopify,
    "standard-webhooks-ed25519": by_cryptography,
    "discord": by_discord,
    "rfc9421": by_http_message_signatures,
    "rfc9421-ed25519": by_http_message_signatures,
    "jws": by_joserfc,
    "jws-ed25519": by_joserfc,
}


@pytest.mark.parametrize("preset", VERIFIERS)
def test_what_the_kit_signs_is_verified_by_others(preset: str) -> None:
    """The receiver's own library accepts it."""
    VERIFIERS[preset](signed(preset))


@pytest.mark.parametrize("preset", VERIFIERS)
def test_another_body_is_refused_by_others(preset: str) -> None:
    """So the verifier does verify."""
    given = signed(preset)

    with pytest.raises(REFUSALS):
        VERIFIERS[preset](replace(given, body=given.body + b" "))


@pytest.mark.parametrize("preset", ["standard-webhooks", "svix", "stripe", "slack"])
def test_a_stale_signature_is_refused_by_others(preset: str) -> None:
    """What the kit calls stale is stale to them, and what it calls skewed is not."""
    VERIFIERS[preset](signed(preset, age=50))

    with pytest.raises(REFUSALS):
        VERIFIERS[preset](signed(preset, age=600))


def test_every_preset_has_an_oracle() -> None:
    """But for the one that has no platform of its own: two headers in place of one, otherwise Stripe's."""
    assert {"timestamped"} == set(PRESETS) - VERIFIERS.keys()


def test_the_example_of_github() -> None:
    """From its documentation: "Hello, World!" under "It's a Secret to Everybody"."""
    made = sign(scheme("github"), key=b"It's a Secret to Everybody", body=b"Hello, World!", now=0)
    wanted = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    assert ((b"X-Hub-Signature-256", wanted),) == made


def test_the_example_of_slack() -> None:
    """From its documentation, a slash command in form encoding."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
        b"96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    made = dict(sign(scheme("slack"), key=b"8f742231b10e8888abcd99yyyzzz85a5", body=body, now=1_531_420_618))

    assert b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503" == made[b"X-Slack-Signature"]


def test_the_example_of_rfc_8032() -> None:
    """Section 7.1, test 2: one byte under a known key, here in hex and with no time."""
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    known = scheme("discord", content="{body}", headers={"X-Signature": "{signature}"})
    wanted = (
        b"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        b"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )

    assert ((b"X-Signature", wanted),) == sign(known, key=seed, body=b"\x72", now=0)


def test_a_detached_token_tells_when_it_was_made() -> None:
    """The time of signing is a number in the protected header, and the payload is left out."""
    known = scheme("jws", key_id="k1", claims={"iat": "{timestamp}", "event": "{id}"})
    ((_, token),) = sign(known, key=b"k" * 32, body=BODY, now=1_760_000_000.9, event_id=EVENT)
    protected, payload, _ = token.split(b".")
    told = json.loads(base64.urlsafe_b64decode(protected + b"=="))

    assert b"" == payload
    assert {"alg": "HS256", "kid": "k1", "iat": 1_760_000_000, "event": EVENT} == told

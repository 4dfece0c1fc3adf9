"""What a description may say of handshakes, and what of it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import handshaking_platforms
from conformance.errors import ConfigurationError
from conformance.partner_settings import partner_settings
from conformance.platform.description_file import read_description
from conformance.platform.specification import read_specification
from small_platform import places, platform

CHALLENGE = {"method": "GET", "query": {"c": "{challenge}"}, "answers": [{"text": "{challenge}"}]}
PING = {"type": "ping", "body": {"id": "{id}"}}
SIGNATURE = {"content": "{body}", "encoding": "hex", "headers": {"X-Signature": "{signature}"}}


def _refused(folder: Path, said: Any, **others: Any) -> list[str]:
    """Where the mistakes of a handshake stand."""
    with pytest.raises(ConfigurationError) as caught:
        read_description(platform(folder, description={"/handshake": said, **{f"/{n}": v for n, v in others.items()}}))
    return places(caught.value)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({}, "/handshake"),
        ({"when": ["at-start"]}, "/handshake"),
        ({"challenge": {**CHALLENGE, "method": "PUT"}}, "/handshake/challenge/method"),
        ({"challenge": {**CHALLENGE, "answers": []}}, "/handshake/challenge/answers"),
        ({"challenge": {**CHALLENGE, "answers": [{"text": "ok"}]}}, "/handshake/challenge/answers/0"),
        ({"challenge": {**CHALLENGE, "query": {"c": "fixed"}}}, "/handshake/challenge"),
        ({"challenge": {**CHALLENGE, "body": {"c": "{challenge}"}}}, "/handshake/challenge/body"),
        ({"challenge": {**CHALLENGE, "answers": [{"json": {"/c": "ok"}}]}}, "/handshake/challenge/answers"),
        ({"challenge": {**CHALLENGE, "answers": [{"text": "{proof}"}]}}, "/handshake/challenge/answers"),
        ({"challenge": {**CHALLENGE, "method": "POST", "signed": True}}, "/handshake/challenge/signed"),
        ({"ping": {**PING, "type": "thing.told"}}, "/handshake/ping/type"),
        ({"ping": {**PING, "object_type": "nothing"}}, "/handshake/ping/object_type"),
        ({"options": {"origin": "o"}, "when": ["at-subscription"]}, "/handshake/when"),
    ],
)
def test_what_does_not_fit_is_refused(said: Any, where: str, tmp_path: Path) -> None:
    """With its place."""
    assert [where] == _refused(tmp_path, said)


def test_a_get_is_signed_where_the_signature_covers_what_is_sent(tmp_path: Path) -> None:
    """The query stands in the place of the body; a scheme with a form of its own for bodies has none for it."""
    signed = {"challenge": {**CHALLENGE, "signed": True}}
    token = {"scheme": "jws", "algorithm": "HS256", "headers": {"X-Signature": "{signature}"}}
    described = platform(tmp_path, description={"/handshake": signed, "/signature": SIGNATURE})

    assert read_description(described).handshake is not None
    assert ["/handshake/challenge/signed"] == _refused(tmp_path, signed, signature=token)


def test_deliveries_name_the_origin_that_was_permitted(tmp_path: Path) -> None:
    """Unless the description has a header of that name itself."""
    asks = {"/handshake": {"options": {"origin": "things.example"}}}
    implied = read_description(platform(tmp_path, description=asks)).delivery_headers
    own = {**asks, "/deliveries/headers": {"webhook-request-origin": "other.example"}}
    told = read_description(platform(tmp_path, description=own)).delivery_headers

    assert (("WebHook-Request-Origin", "things.example"),) == implied
    assert (("webhook-request-origin", "other.example"),) == told


@pytest.mark.parametrize("differs", [{"scheme": "own"}, {"scheme": "ed25519"}])
def test_a_key_pair_makes_no_hmac(differs: Any, tmp_path: Path) -> None:
    """The partner has no secret of the platform's then."""
    said = {"challenge": {**CHALLENGE, "answers": [{"text": "{proof}"}]}}

    assert ["/handshake/challenge/answers"] == _refused(tmp_path, said, signature={**SIGNATURE, **differs})


def test_a_shared_secret_makes_an_hmac(tmp_path: Path) -> None:
    """What is not said has its default."""
    said = {"challenge": {**CHALLENGE, "answers": [{"text": "{proof}"}]}}
    handshake = read_description(
        platform(tmp_path, description={"/handshake": said, "/signature": SIGNATURE})
    ).handshake

    assert handshake is not None
    assert (True, False, 400, None) == (
        handshake.at_start,
        handshake.at_subscription,
        handshake.refused,
        handshake.limit,
    )
    assert handshake.challenge is not None
    assert ("sha256", "hex") == (handshake.challenge.digest, handshake.challenge.encoding)


def test_a_token_that_only_a_handshake_has_is_needed(tmp_path: Path) -> None:
    """It is the webhook token, whether deliveries carry it or not."""
    said = {"challenge": {**CHALLENGE, "query": {"c": "{challenge}", "t": "{token}"}}}
    with_token = read_description(platform(tmp_path, description={"/handshake": said}))
    without = read_description(platform(tmp_path, description={"/handshake": {"challenge": CHALLENGE}}))

    assert (True, False) == (with_token.needs_webhook_token, without.needs_webhook_token)
    assert "proven-challenge" in with_token.features - without.features


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "getting",
            [
                "Handshakes with you, at any time:",
                "  GET to your URL?hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={token}",
                "    answer 200 and a body that is {challenge}",
            ],
        ),
        (
            "posting",
            [
                "  POST to your URL, signed as deliveries are",
                "    answer 200 and a JSON body with {challenge} at /plain, sha256={proof} at /code",
                "    {proof}: HMAC-SHA256 of the challenge with the signing secret, in base64",
                "  a delivery of type webhook.ping, which tells of nothing: answer any 2xx and do nothing",
            ],
        ),
        (
            "granting",
            [
                "Handshakes with you, when you subscribe:",
                "  OPTIONS to your URL with WebHook-Request-Origin: feewise.example",
                "    answer with WebHook-Allowed-Origin with feewise.example or * and a WebHook-Allowed-Rate",
            ],
        ),
        ("validating", ["    answer 200 and a body that is {challenge} as text/plain"]),
    ],
)
def test_a_partner_is_told_what_it_is_asked(name: str, lines: list[str], tmp_path: Path) -> None:
    """And what to answer."""
    told = partner_settings(read_specification(str(handshaking_platforms.platform(tmp_path, name))), "http://x")

    assert [] == [line for line in lines if line not in told.splitlines()]


def test_a_token_of_a_handshake_is_named_among_the_secrets(tmp_path: Path) -> None:
    """Where deliveries carry none."""
    said = {"challenge": {**CHALLENGE, "query": {"c": "{challenge}", "t": "{token}"}}}
    told = partner_settings(read_specification(str(platform(tmp_path, description={"/handshake": said}))), "http://x")

    assert (
        "  CONFORMANCE_WEBHOOK_TOKEN    the platform proves by it that a challenge is its own ({token} below)" in told
    )

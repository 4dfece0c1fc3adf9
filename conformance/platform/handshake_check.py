"""What in the handshake of a description a JSON Schema cannot tell: parts that do not fit one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.platform.handshake import Challenge, handshake_from_raw
from conformance.platform.signature import signature_from_raw
from conformance.platform.signature_check import preset_names
from conformance.signing import has_key_pair

__all__ = ["handshake_mistakes"]


def handshake_mistakes(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Where, what, and what to do."""
    handshake = handshake_from_raw(raw.get("handshake"))
    if handshake is None:
        return
    does = {role["does"] for role in raw.get("operations", {}).values()}
    if handshake.at_subscription and not ("subscriptions" in raw and "create-subscription" in does):
        what = "at-subscription needs 'subscriptions', and an operation that does create-subscription"
        yield "/handshake/when", what, "Describe both, or say `when: [at-start]`."
    if handshake.ping is not None:
        if handshake.ping.type in {*raw["events"]["types"], raw["events"]["unknown_type"]}:
            yield "/handshake/ping/type", f"{handshake.ping.type!r} is the type of other events", "Take that of pings."
        if handshake.ping.object_type not in {"", *raw["object_types"]}:
            hint = "Leave it out, or name one of object_types."
            yield "/handshake/ping/object_type", f"no object type {handshake.ping.object_type!r}", hint
    if handshake.challenge is not None:
        yield from _of_challenge(raw, handshake.challenge)


def _of_challenge(raw: Mapping[str, Any], challenge: Challenge) -> Iterator[tuple[str, str, str]]:
    here = "/handshake/challenge"
    if challenge.method == "GET" and challenge.body is not None:
        yield f"{here}/body", "a GET has no body", "Say what stands in its `query`."
    if not challenge.holds_challenge:
        yield here, "{challenge} stands neither in 'query' nor in 'body'", "Put it where the partner finds the text."
    if challenge.signed and "signature" not in raw:
        what = "a challenge is signed only where the description has a 'signature'"
        yield f"{here}/signed", what, "Describe the signature, or leave `signed` out."
    elif challenge.signed and challenge.method == "GET" and not _has_content(raw["signature"]):
        what = "a GET is signed only where 'content' of the signature says what is signed"
        yield f"{here}/signed", what, "Leave `signed` out: this scheme signs no query."
    if any(
        "{challenge}" not in text and "{proof}" not in text
        for text in map(str, raw["handshake"]["challenge"]["answers"])
    ):
        yield f"{here}/answers", "an answer holds neither {challenge} nor {proof}", "Put one of them into it."
    if challenge.wants_proof and not _has_shared_secret(raw.get("signature")):
        what = "{proof} needs a 'signature' whose secret both sides have"
        yield f"{here}/answers", what, "Describe such a signature, or send {challenge} back alone."


def _has_content(signature: Mapping[str, Any]) -> bool:
    """Whether it says what is signed; of a preset that there is not nobody knows."""
    return "content" in signature or signature.get("preset", next(iter(preset_names()))) not in preset_names()


def _has_shared_secret(raw: Mapping[str, Any] | None) -> bool:
    scheme = signature_from_raw(raw)
    return scheme is not None and not has_key_pair(scheme) and scheme.scheme != "own"

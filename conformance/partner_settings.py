"""What a partner configures to be judged: where deliveries come, how they are signed, where the API is."""

from __future__ import annotations

import json
from collections.abc import Iterator

from conformance.platform.description import Description
from conformance.platform.handshake import Handshake
from conformance.platform.specification import Specification
from conformance.signing import secret_shown, shown

__all__ = ["partner_settings"]


def partner_settings(specification: Specification, platform_url: str) -> str:
    """The settings of the partner's side, in words; no secret is among them."""
    return "\n".join(_lines(specification, platform_url))


def _lines(specification: Specification, platform_url: str) -> Iterator[str]:
    d = specification.description
    yield f"{d.title}: what to configure on the partner's side"
    yield ""
    yield "Secrets, the same on both sides (the kit reads VARIABLE, or the file that VARIABLE_FILE names):"
    yield from _secrets(d)
    yield ""
    if d.operations:
        yield f"The platform's API, for your API client: {platform_url}"
        yield f"  every call carries {', '.join(f'{name}: {value}' for name, value in d.api_credentials)}"
        yield from _operations(specification)
        yield ""
    yield "Deliveries to you:"
    yield from _deliveries(d)
    yield ""
    yield "Then:"
    url = "http://127.0.0.1:8000" if d.endpoint_per_type else "http://127.0.0.1:8000/webhooks"
    yield f"  pytest --partner-url={url} --platform={d.name}"
    if not d.assumptions:
        return
    yield ""
    yield "What the platform does not publish, and the kit assumes (change it with --conformance-set NAME.NAME=VALUE):"
    yield from (f"  {a.at.strip('/').replace('/', '.')} = {a.value}\n      {a.reason}" for a in d.assumptions)


def _secrets(d: Description) -> Iterator[str]:
    if d.signature is not None:
        yield f"  CONFORMANCE_SIGNING_SECRET   signs deliveries; {secret_shown(d.signature)}"
    if d.operations:
        yield "  CONFORMANCE_API_KEY          what you send to the platform's API ({api_key} below)"
    if d.has_partner_id:
        yield "  CONFORMANCE_PARTNER_ID       your id on the platform ({partner_id} below)"
    if d.credential is not None:
        yield f"  CONFORMANCE_WEBHOOK_TOKEN    deliveries carry it: {d.credential.shown}"
    elif d.needs_webhook_token:
        yield "  CONFORMANCE_WEBHOOK_TOKEN    the platform proves by it that a challenge is its own ({token} below)"
    yield "  CONFORMANCE_CONTROL_TOKEN    your control endpoint, if you have one (--partner-control-url)"


def _operations(specification: Specification) -> Iterator[str]:
    for role in specification.description.operations.values():
        operation = specification.document.operation(role.operation)
        if operation is not None:
            what = f" {role.object_type}" if role.object_type else ""
            yield f"  {operation.method:<6} {operation.path}   ({role.does}{what})"


def _deliveries(d: Description) -> Iterator[str]:
    if d.endpoint_per_type:
        yield "  POST to your URL followed by the path of the object type:"
        yield from (f"    {path}   ({name})" for name, path in d.paths.items())
    else:
        yield "  POST to your URL as given"
    yield from (f"  with {name}: {value}" for name, value in d.delivery_headers)
    if d.signature is not None:
        s = d.signature
        yield from (f"  {line}" for line in shown(s))
        if s.version:
            yield f"    every signature begins with {s.version!r}; ignore those that begin otherwise"
        if s.separator:
            yield f"    several may stand there, with {s.separator!r} between them; one that is right is enough"
        if s.tolerance is not None:
            yield f"    refuse a timestamp older than {s.tolerance:g} s"
    yield from _handshake(d.handshake)
    if d.correlation_header:
        yield f"  with a correlation id in {d.correlation_header}; carry it on the calls that the event leads to"
    yield f"  answer any 2xx within {d.ack_limit:g} s; refuse forgeries with {' or '.join(map(str, d.refused_with))}"


def _handshake(handshake: Handshake | None) -> Iterator[str]:
    if handshake is None:
        return
    when = [
        *(["at any time"] if handshake.at_start else []),
        *(["when you subscribe"] if handshake.at_subscription else []),
    ]
    if handshake.kinds:
        yield f"Handshakes with you, {' and '.join(when)}:"
    if handshake.challenge is not None:
        c = handshake.challenge
        query = "&".join(f"{name}={value}" for name, value in c.query)
        signed = ", signed as deliveries are" if c.signed else ""
        yield f"  {c.method} to your URL{f'?{query}' if query else ''}{signed}"
        if c.body is not None:
            yield f"    body: {json.dumps(c.body)}"
        yield f"    answer {c.shown()}"
        if c.wants_proof:
            yield f"    {{proof}}: HMAC-{c.digest.upper()} of the challenge with the signing secret, in {c.encoding}"
    if handshake.options is not None:
        yield f"  OPTIONS to your URL with WebHook-Request-Origin: {handshake.options.origin}"
        yield f"    answer with {handshake.options.shown()}"
    if handshake.ping is not None:
        yield f"  a delivery of type {handshake.ping.type}, which tells of nothing: answer any 2xx and do nothing"

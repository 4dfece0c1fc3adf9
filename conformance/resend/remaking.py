"""A recorded delivery as a request that can be sent now: the same but for what depends on the moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random
from typing import Final
from urllib.parse import urlsplit

from conformance.errors import NotReproducible
from conformance.exchange import Delivery, Failure, Headers, Request
from conformance.generate.names import fresh_id
from conformance.kit import Secrets
from conformance.platform.description import Description
from conformance.platform.signature import Credential, Signature
from conformance.resend.signed import Recorded
from conformance.scenarios.forgeries import forged_credential
from conformance.signing import needs_hook
from conformance.transcript import Play, Transcript
from conformance.wire import PLAIN, Form

__all__ = ["Orders", "Remade", "remade"]

_MARKS: Final = re.compile(rb"\[(?:secret \w+|unknown [0-9a-f]+)\]")
_TOKEN: Final = "[secret webhook_token]"  # noqa: S105  # what stands in a journal in place of one
_WORD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PATH: Final = re.compile(r"[\x21-\x7e]*")
_BREAK: Final = re.compile(rb"[\r\n\0]")
# What the sender makes itself.
_FRAMING: Final = frozenset({b"host", b"content-length", b"connection", b"transfer-encoding", b"expect"})
_CHUNKS: Final = 4
# What the stories call a delivery whose body drips, and a story whose deliveries share a connection.
_DRIPPING: Final = "dripping"
_REUSED: Final = "reused-connection"
# So many genuine deliveries are looked at to see whether the run had the secret of the environment.
_LOOKED_AT: Final = 8
_OTHER_KEY: Final = "the run had another signing secret than the environment has"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the operator wants: where to, at which moment, and whether the event gets a new id."""

    partner_url: str
    now: float
    random: Random
    fresh_ids: bool = False


@dataclass(frozen=True, slots=True)
class Remade:
    """The request with its secrets, the form in which it goes over the wire, and remarks."""

    request: Request
    form: Form
    remarks: tuple[str, ...]


def remade(transcript: Transcript, delivery: Delivery, secrets: Secrets, orders: Orders) -> Remade:
    """The delivery once more.

    Raises NotReproducible where the journal does not tell how to make it truly.
    """
    description = Description.from_text(transcript.header.description)
    play = next((play for play in transcript.plays if play.id == delivery.play), None)
    recorded = delivery.request
    if delivery.failure is Failure.CANCELLED:
        raise NotReproducible("the kit broke it off on purpose, and the journal does not keep where")
    # A key in the operator's own URL is in the one that was given now, and a mark in that is of no matter.
    url = _address(description, delivery, orders.partner_url)
    if _MARKS.search(recorded.body) or _MARKS.search(url.encode()):
        raise NotReproducible("a secret stood in its body or its address, and the journal keeps a mark in its place")
    fresh = _fresh(delivery, orders)
    body = recorded.body.replace(*fresh)
    headers = tuple((n, v.replace(*fresh)) for n, v in recorded.headers if n.lower() not in _FRAMING)
    signed = _Signed(transcript, description, delivery, secrets.signing, orders, fresh)
    headers, remarks = signed.headers(Request("POST", url, headers, body))
    headers = _with_credential(description.credential, headers, play, secrets.webhook_token, orders.random)
    if not _sendable(recorded.method, url.removeprefix(orders.partner_url.rstrip("/")), headers):
        raise NotReproducible("its method, its path or a header cannot be sent: no run writes such a thing")
    request = Request(recorded.method, url, headers, body)
    form, told = _form(delivery, play)
    return Remade(request, form, (*remarks, *told, *_of_ids(fresh, delivery)))


def _sendable(method: str, path: str, headers: Headers) -> bool:
    """Whether these make one request, and not two."""
    named = _WORD.fullmatch(method.encode()) and all(_WORD.fullmatch(name) for name, _ in headers)
    return bool(named and _PATH.fullmatch(path)) and not any(_BREAK.search(value) for _, value in headers)


def _fresh(delivery: Delivery, orders: Orders) -> tuple[bytes, bytes]:
    """The id of the event, and what takes its place: another of the same form, or the same."""
    old = delivery.event_id.encode()
    if not orders.fresh_ids:
        return old or b"\0", old or b"\0"
    if old not in delivery.request.body and not any(old in value for _, value in delivery.request.headers):
        raise NotReproducible("it does not show its event id in a form that could be changed")
    new = fresh_id(orders.random) if len(old) == 36 and old.count(b"-") == 4 else _alike(old.decode(), orders.random)
    return old, new.encode()


def _alike(name: str, random: Random) -> str:
    """Another text of the same form: digits for digits, letters for letters; the first character stays."""

    def other(character: str) -> str:
        if character.isdigit():
            return random.choice("0123456789")
        if character.isascii() and character.isalpha():
            letters = "abcdefghijklmnopqrstuvwxyz"
            return random.choice(letters if character.islower() else letters.upper())
        return character

    return name[:1] + "".join(map(other, name[1:]))


def _of_ids(fresh: tuple[bytes, bytes], delivery: Delivery) -> Iterator[str]:
    if fresh[0] != fresh[1]:
        yield f"The event has a new id, {fresh[1].decode()}, in place of {fresh[0].decode()}."
    elif delivery.is_event:
        yield (
            "The event has the id that it had in the run. A partner that remembers it may answer as to a duplicate: "
            "--fresh-ids gives it a new one."
        )


def _address(description: Description, delivery: Delivery, partner_url: str) -> str:
    """Where it goes now; below the operator's URL wherever it went in the run."""
    parts = urlsplit(delivery.request.target)
    query = f"?{parts.query}" if parts.query else ""
    if not description.endpoint_per_type:
        own = urlsplit(partner_url)
        return partner_url if not query or own.query else partner_url + query
    paths = sorted(description.paths.values(), key=len, reverse=True)
    path = next((path for path in paths if parts.path.endswith(path)), None)
    if path is None:
        raise NotReproducible(f"it went to {parts.path}, which is none of the platform's endpoints")
    return partner_url.rstrip("/") + path + query


@dataclass(frozen=True, slots=True)
class _Signed:
    """What is known of the signature of a delivery."""

    transcript: Transcript
    description: Description
    delivery: Delivery
    secret: str
    orders: Orders
    fresh: tuple[bytes, bytes]

    def headers(self, request: Request) -> tuple[Headers, tuple[str, ...]]:
        """The headers with signatures of now, and what to say of them."""
        scheme = self.description.signature
        if scheme is None:
            return request.headers, ()
        if needs_hook(scheme):
            raise NotReproducible("the platform signs by a hook of pytest, which is not called here")
        mine = self._recorded(scheme, self.delivery)
        if not mine.headers:
            return request.headers, ("It carries no signature, as in the run.",)
        remark = "Signed anew." if mine.way is not None else "What stands in place of a signature is sent as it was."
        if mine.way is None and mine.has_signature:
            known = self._is_known(scheme)
            if not known and not self.delivery.genuine:
                raise NotReproducible(f"it was forged, and {_OTHER_KEY}: what is wrong with it cannot be told")
            if not known:
                anew = mine.anew(self.orders.now, request)
                return _replaced(request.headers, mine.headers, anew), (f"Signed anew; {_OTHER_KEY}.",)
            remark = "Signed anew with a key that is not the platform's, as in the run."
        made = mine.again(now=self.orders.now, request=request, fresh=self.fresh, random=self.orders.random)
        return _replaced(request.headers, mine.headers, made), (remark,)

    def _recorded(self, scheme: Signature, delivery: Delivery) -> Recorded:
        started_at = datetime.fromisoformat(self.transcript.header.started_at).timestamp()
        return Recorded(delivery, scheme, self.secret, started_at)

    def _is_known(self, scheme: Signature) -> bool:
        """Whether the run signed with the secret that is at hand."""
        genuine = (d for play in self.transcript.plays for d in play.deliveries() if d.genuine and d.is_event)
        return any(self._recorded(scheme, each).way is not None for each in islice(genuine, _LOOKED_AT))


def _replaced(headers: Headers, recorded: Headers, made: Headers) -> Headers:
    """The headers with those that carry the signature as they are made now, in their places."""
    names = {name.lower() for name, _ in recorded}
    left = iter(made)
    kept = [next(left, (name, value)) if name.lower() in names else (name, value) for name, value in headers]
    return (*kept, *left)


def _with_credential(
    credential: Credential | None, headers: Headers, play: Play | None, token: str, random: Random
) -> Headers:
    """The headers with the token of deliveries, or what a forgery had in its place."""
    if credential is not None:
        named = {name.lower().encode() for name in credential.secret_headers}
        genuine = {(n.lower(), v) for n, v in _recorded_form(credential, token)}
        forged = forged_credential(play.parameter, token, random) if play is not None else None
        carried = {name.lower(): value for name, value in credential.carried(token)}
        instead = {name.lower(): value for name, value in credential.carried(forged)} if forged else {}
        found = []
        for name, value in headers:
            if name.lower() in named and (name.lower(), value) in genuine:
                found.append((name, carried[name.lower()]))
            elif name.lower() in named and b"[unknown " in value and instead:
                found.append((name, instead[name.lower()]))
            else:
                found.append((name, value))
        headers = tuple(found)
    marked = next((name.decode("latin-1") for name, value in headers if _MARKS.search(value)), "")
    if marked:
        raise NotReproducible(f"the header {marked} carried a secret that the journal keeps a mark in place of")
    return headers


def _recorded_form(credential: Credential, token: str) -> Headers:
    """The headers of the genuine token as a journal has them."""
    basic = credential.basic(token).encode()
    plain = credential.carried(token)
    mark = _TOKEN.encode()
    return tuple((n, (v.replace(basic, mark) if basic else v).replace(token.encode(), mark)) for n, v in plain)


def _form(delivery: Delivery, play: Play | None) -> tuple[Form, tuple[str, ...]]:
    """How it went over the wire, as far as the journal tells, and what of that is not so now."""
    form, told = PLAIN, []
    if "chunked" in (delivery.request.header("Transfer-Encoding") or "").lower():
        form = Form(chunks=_CHUNKS)
        told.append(f"The body goes out in {_CHUNKS} chunks.")
    elif delivery.request.header("Expect"):
        form = Form(expect=True)
        told.append("It asks for leave to send the body (100-continue).")
    if delivery.role == _DRIPPING:
        told.append("In the run its body went out in pieces: here it goes at once.")
    if play is not None and play.parameter == _REUSED:
        told.append("In the run it shared a connection with others: here it has one of its own.")
    if play is not None and any(_overlap(delivery, other) for other in play.deliveries()):
        told.append("In the run others of its story were under way at the same time: here it goes alone.")
    return form, tuple(told)


def _overlap(one: Delivery, other: Delivery) -> bool:
    return one.id != other.id and one.started < other.ended and other.started < one.ended

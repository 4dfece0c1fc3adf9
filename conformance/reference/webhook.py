"""The webhook: what a delivery is answered. Everything that takes time is left to the worker."""

from __future__ import annotations

import json
import re
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.reference import credential, form, signature
from conformance.reference.defects import SMALL_BODY
from conformance.reference.document import Json, read, write
from conformance.reference.event import Event, MalformedEventError, UnfitPayloadError, identity, is_uuid
from conformance.reference.handshake import Handshakes
from conformance.reference.message import Reply, Request, refusal
from conformance.reference.store import Receipt
from conformance.reference.stumbles import stumble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.reference.defects import Defects
    from conformance.reference.effect import Effects
    from conformance.reference.inbox import Inbox
    from conformance.reference.profile import Profile
    from conformance.reference.recovery import Recoveries
    from conformance.reference.subscription import OwnSubscriptions

__all__ = ["Webhook"]

# The age, in seconds, that one of the defects does not bear.
_LATE = 1800.0
_LONG_HEADER = 2048
_MANY_HEADERS = 40
# What a limit that nobody has thought about amounts to: the defect `refuses-large-bodies`.


class Webhook:
    """Verifies, stores, acknowledges."""

    def __init__(
        self,
        profile: Profile,
        inbox: Inbox,
        effects: Effects,
        recoveries: Recoveries,
        subscriptions: OwnSubscriptions,
        defects: Defects,
        *,
        token: str,
        secrets: Iterable[str],
    ) -> None:
        """`token` is the credential of deliveries, `secrets` are the signing secrets that count."""
        self._profile = profile
        self._inbox = inbox
        self._effects = effects
        self._recoveries = recoveries
        self._subscriptions = subscriptions
        self._defects = defects
        self._token = token
        self._keys: tuple[bytes, ...] = ()
        self._signatures: set[tuple[str, ...]] = set()
        self._forged: set[str] = set()
        self._turn = threading.Lock()
        self._handshakes = Handshakes(profile, subscriptions, defects, token=token)
        self._is_stopped = False
        self._in_hand = 0
        self._counting = threading.Lock()
        self.accept_secrets(secrets)

    def accept_secrets(self, secrets: Iterable[str]) -> None:
        """Accept these signing secrets from now on, and no others. Raises ValueError where one is not in its form."""
        if self._profile.signature is not None:
            retired = self._keys if self._defects.on("keeps-retired-keys") else ()
            self._keys = (*retired, *signature.keys(self._profile.signature, secrets))

    def answer(self, request: Request) -> Reply:
        """Answer a delivery: who sent it is decided before anything in its body counts."""
        if self._defects.on("answers-one-at-a-time"):
            with self._turn:
                # Of twenty that come together, the last but one is late then.
                time.sleep(max(0.15, 0.06 * self._profile.usually_within))
        if self._defects.on("answers-nothing-while-fetching"):
            with self._effects.hanging:
                pass
        if self._serves(request.path):
            greeting = self._handshakes.answer(request, self._keys, is_signed=lambda: self._is_from_platform(request))
            if greeting is not None:
                return greeting
        unfit = self._unfit(request)
        if unfit is not None or request.body is None:
            return unfit or self._too_large()
        if not self._has_credential(request):
            told = f": {self._token} was expected" if self._defects.on("tells-the-token") else ""
            if self._defects.on("echoes-headers"):
                told = f": {dict(request.headers)}"
            return refusal(self._profile.refused, f"the credential is refused{told}", WWW_Authenticate="Bearer")
        if self._defects.on("parses-before-verifying") and self._document(request.body) is None:
            return refusal(400, "this is not JSON")
        if not self._is_signed(request, request.body):
            return self._unsigned(request, request.body)
        return self._pinged(request, request.body) or self._take(request, request.body)

    def _unsigned(self, request: Request, body: bytes) -> Reply:
        """Refuse what the platform has not signed; three defects do something with it before."""
        if self._defects.on("stores-before-verifying"):
            self._take(request, body)
        if self._defects.on("notes-ids-before-verifying"):
            self._forged |= self._ids(request)
        if self._defects.on("acknowledges-replays") and self._is_known(request):
            return self._accepted()
        return refusal(self._profile.refused, f"the signature is refused{self._told(request, body)}")

    def _told(self, request: Request, body: bytes) -> str:
        """Give what one of the talkative defects tells of a signature that is refused."""
        scheme = self._profile.signature
        if self._defects.on("echoes-headers"):
            return f": {dict(request.headers)}"
        if not self._defects.on("tells-the-right-signature") or scheme is None:
            return ""
        return f": {signature.right(scheme, self._keys[0], request.headers, body)} was expected"

    def _too_large(self) -> Reply:
        status = 500 if self._defects.on("fails-on-oversized-bodies") else 413
        return refusal(status, "the body is too large")

    def _unfit(self, request: Request) -> Reply | None:
        """Refuse what cannot be a delivery, whoever sent it."""
        if not self._serves(request.path):
            return refusal(404, "nothing is served here")
        if request.method == "GET" and self._defects.on("answers-get"):
            return self._accepted()
        if request.method != "POST" and not (self._defects.on("takes-any-method") and request.body):
            return refusal(405, "deliveries are posted", Allow="POST")
        if not self._is_json(request):
            return refusal(415, f"deliveries are {self._profile.content_type}")
        return self._pettiness(request)

    def _is_json(self, request: Request) -> bool:
        wanted = self._profile.content_type
        if self._defects.on("minds-content-type-case"):
            return (request.header("content-type") or "").startswith(wanted)
        if self._defects.on("minds-content-type-parameters"):
            return (request.header("content-type") or "").lower() == wanted
        return request.is_of_type(wanted) or self._defects.on("accepts-any-content-type")

    def _pettiness(self, request: Request) -> Reply | None:
        """Refuse for its form what is right in every form: the defects that cannot cope with HTTP."""
        if self._defects.on("refuses-chunked-bodies") and request.header("transfer-encoding"):
            return refusal(411, "the length is missing")
        longest = max((len(value) for values in request.headers.values() for value in values), default=0)
        if self._defects.on("refuses-long-headers") and longest > _LONG_HEADER:
            return refusal(431, "a header is too long")
        if self._defects.on("refuses-many-headers") and sum(map(len, request.headers.values())) > _MANY_HEADERS:
            return refusal(431, "there are too many headers")
        if self._defects.on("refuses-expectations") and request.header("expect"):
            return refusal(417, "nothing can be expected here")
        largest = self._profile.body_limit * 1000 // 1024
        if self._defects.on("counts-kilobytes-in-thousands") and len(request.body or b"") > largest:
            return refusal(413, "the body is too large")
        if self._defects.on("refuses-large-bodies") and len(request.body or b"") > SMALL_BODY:
            return refusal(413, "the body is too large")
        return None

    def _serves(self, path: str) -> bool:
        return path == "/" if self._profile.one_endpoint else path in self._profile.paths

    def _has_credential(self, request: Request) -> bool:
        wanted = self._profile.credential
        if wanted is None or self._defects.on("ignores-webhook-credential"):
            return True
        if self._defects.on("minds-header-case") and not request.spelled.issuperset(wanted.headers):
            return False
        compared = 8 if self._defects.on("accepts-token-prefix") else None
        if self._defects.on("accepts-token-and-more"):
            compared = len(self._token)
        return credential.has(wanted, request, self._token, compared=compared)

    def _is_signed(self, request: Request, body: bytes) -> bool:
        scheme = self._profile.signature
        return scheme is None or signature.accepts(
            scheme,
            request.headers,
            body,
            keys=self._keys,
            now=time.time(),
            defects=self._defects,
            method=request.method,
            path=request.path,
        )

    def _is_from_platform(self, request: Request) -> bool:
        """Say whether the credential and the signature of a request are right."""
        # A GET has no body: its query is signed.
        signed = request.asked.encode() if request.method == "GET" else request.body or b""
        return self._has_credential(request) and self._is_signed(request, signed)

    def _take(self, request: Request, body: bytes) -> Reply:
        """Take in what is genuine: all events of it, or none."""
        if self._defects.on("takes-an-empty-body-for-a-ping") and not body:
            return self._accepted()
        text = form.text(body, self._profile)
        if text is None:
            return refusal(400, f"the form has no {self._profile.field}")
        if self._defects.on("replaces-broken-bytes"):
            text = text.decode(errors="replace").encode()
        document = self._read(text)
        if document is None:
            return self._accepted() if self._defects.on("accepts-malformed-json") else refusal(400, "this is not JSON")
        found = form.events(document, request, self._profile)
        if found is None:
            return refusal(400, "this is no batch of events")
        if self._defects.on("crashes-without-an-object") and not all(isinstance(each, dict) for each in found):
            return refusal(500, "something went wrong")
        if self._defects.on("reads-only-first-of-batch"):
            found = found[:1]
        try:
            taken = [(self._event(request, each), each) for each in found]
        except MalformedEventError as error:
            is_spoiled = self._defects.on("drops-a-spoiled-batch") and len(found) > 1
            return self._accepted() if is_spoiled else self._unread(error)
        # Kept as it came, where it came alone: one of the defects looks at its very bytes.
        whole = [text] if found[0] is document else [write(each) for each in found]
        replies = [
            self._take_event(request, event, each, said) for (event, each), said in zip(taken, whole, strict=True)
        ]
        return next((reply for reply in replies if reply.status != HTTPStatus.OK), replies[0])

    def _event(self, request: Request, document: Json) -> Event:
        """Read an event. Raises MalformedEventError."""
        endpoint_of = self._profile.paths.get(request.path, "")
        return self._inbox.read(document, endpoint_of=endpoint_of, named=form.event_id(request, self._profile))

    def _take_event(self, request: Request, event: Event, document: Json, body: bytes) -> Reply:
        """Take in one event, whose JSON stands in `body`."""
        endpoint_of = self._profile.paths.get(request.path, "")
        if self._is_elsewhere(event, endpoint_of):
            return refusal(422, "events of this type have another endpoint")
        if self._defects.on("refuses-unknown-types") and event.type not in self._profile.event_types:
            return refusal(400, "the event type is not known")
        if self._subscriptions.refuses(event.type):
            return refusal(422, "the event type is not subscribed to")
        if self._is_lost(event) or identity(event.id) in self._forged:
            return self._accepted()
        misbehaviour = self._misbehaviour(request, event) or stumble(document, self._profile, self._defects)
        return misbehaviour or self._acknowledge(request, event, document, body)

    def _document(self, body: bytes) -> Json:
        """Read the JSON of a body, None where there is none."""
        text = form.text(body, self._profile)
        return None if text is None else _document(text)

    def _pinged(self, request: Request, body: bytes) -> Reply | None:
        """Acknowledge what tells of nothing; None for what is an event."""
        document = self._document(body)
        told = (form.events(document, request, self._profile) or [document])[0]
        if not self._handshakes.is_ping(request, told):
            return None
        if self._defects.on("refuses-pings"):
            return refusal(400, "a ping is no event")
        if self._defects.on("takes-a-ping-for-news"):
            return self._take_news(request, self._handshakes.as_news(told))
        return self._accepted()

    def _take_news(self, request: Request, news: Json) -> Reply:
        """Take a ping for an event, in whatever form it came."""
        try:
            return self._take_event(request, self._event(request, news), news, write(news))
        except MalformedEventError as error:
            return self._unread(error)

    def _is_known(self, request: Request) -> bool:
        body = request.body or b""
        named = form.event_id(request, self._profile)
        try:
            found = form.events(self._document(body), request, self._profile) or ()
            return any(self._inbox.knows(each, body, named=named) for each in found)
        except MalformedEventError:
            return False

    def _ids(self, request: Request) -> set[str]:
        """Give the ids of the events that a request holds, if any."""
        named = form.event_id(request, self._profile)
        try:
            found = form.events(self._document(request.body or b""), request, self._profile) or ()
            return {identity(self._inbox.read(each, named=named).id) for each in found}
        except MalformedEventError:
            return set()

    def _read(self, body: bytes) -> Json:
        """Read the body; None where it is not JSON: two defects read more than that."""
        if self._defects.on("ignores-trailing-garbage"):
            text = body.decode("utf-8", "replace").lstrip()
            with suppress(ValueError, RecursionError):
                body = text[: json.JSONDecoder().raw_decode(text)[1]].encode()
        if self._defects.on("quotes-bare-keys"):
            body = re.sub(rb"([{,]\s*)([A-Za-z_]\w*)(\s*:)", rb'\1"\2"\3', body)
        return _document(body)

    def _is_replayed(self, request: Request) -> bool:
        """Say whether the signature of a delivery came before, and remember it."""
        scheme = self._profile.signature
        carried = tuple(request.header(name) or "" for name in signature.carrying(scheme)) if scheme else ()
        replayed = bool(carried) and carried in self._signatures
        self._signatures.add(carried)
        return replayed

    def _unread(self, error: MalformedEventError) -> Reply:
        """Refuse what cannot be read as an event."""
        is_unfit = isinstance(error, UnfitPayloadError)
        if is_unfit and self._defects.on("stops-at-unfit-payload"):
            self._is_stopped = True
        if self._defects.on("ignores-unfit-payloads") and is_unfit:
            return self._accepted()
        if self._defects.on("accepts-incomplete-events") and not is_unfit:
            return self._accepted()
        if self._defects.on("crashes-on-incomplete-events"):
            return refusal(500, "something went wrong")
        if self._defects.on("shows-its-query"):
            return refusal(400, 'no event for: SELECT * FROM "inbox" WHERE event_id = $1')
        if self._defects.on("shows-stack-traces"):
            return refusal(400, "".join(traceback.format_exception(error)))
        return refusal(400, str(error))

    def _is_elsewhere(self, event: Event, endpoint_of: str) -> bool:
        if self._profile.one_endpoint or self._defects.on("ignores-the-endpoint"):
            return False
        return event.type in self._profile.event_types and event.object_type != endpoint_of

    def _is_lost(self, event: Event) -> bool:
        """Say whether one of the losing defects acknowledges the event and drops it."""
        if self._is_stopped:
            return True
        if self._defects.on("loses-events-during-recovery"):
            return self._recoveries.under_way
        if self._defects.on("drops-events-under-load"):
            return self._is_crowded()
        return self._defects.on("loses-event-during-create") and self._effects.is_new_during_create(event)

    def _is_crowded(self) -> bool:
        """Say whether this event came beside four others; it takes a while, so that a burst is one."""
        with self._counting:
            self._in_hand += 1
            is_crowded = self._in_hand > 4
        time.sleep(0.2)
        with self._counting:
            self._in_hand -= 1
        return is_crowded

    def _acknowledge(self, request: Request, event: Event, document: Json, body: bytes) -> Reply:
        correlation_id = self._inbox.correlation_id(self._correlation(request))
        if self._defects.on("fetches-before-acknowledging"):
            self._effects.fetch_first(event, correlation_id)
        is_another = self._defects.on("applies-replays") and self._is_replayed(request)
        receipt = self._inbox.take(event, document, body, correlation_id=correlation_id, is_another=is_another)
        if receipt is Receipt.KNOWN and self._defects.on("refuses-duplicates"):
            return refusal(409, "the event is known")
        if self._defects.on("echoes-decoded-correlation-id"):
            return replace(self._accepted(), headers={"X-Correlation": unquote(self._correlation(request) or "")})
        return self._accepted()

    def _correlation(self, request: Request) -> str | None:
        """Give the correlation id of a delivery; header names mean the same in any case."""
        header = self._profile.correlation_header
        if self._defects.on("finds-one-header-spelling") and header not in request.spelled:
            return None
        return request.header(header) if header else None

    def _misbehaviour(self, request: Request, event: Event) -> Reply | None:
        """Give the answer that one of the answering defects makes instead of the right one."""
        while self._defects.on("waits-for-own-create") and self._effects.is_new_during_create(event):
            time.sleep(0.02)
        if self._subscriptions.fails():
            return refusal(500, "something went wrong")
        if self._defects.on("sheds-load-without-a-word") and self._is_crowded():
            return refusal(503, "too much to do")
        if (odd := self._odd_correlation(request, event)) is not None:
            return odd
        delivered = [each.name for each in self._profile.event_types.values() if each.delivered]
        if self._defects.on("answers-500-to-one-type") and event.type == delivered[-1]:
            return refusal(500, "something went wrong")
        if self._defects.on("acknowledges-after-limit") and event.type == delivered[-2]:
            time.sleep(self._profile.acknowledge_within + 2)
        if self._defects.on("redirects-deliveries") and event.type == delivered[-3]:
            return refusal(308, "look there", Location=f"{request.path.rstrip('/')}/")
        if self._defects.on("refuses-late-retries") and event.time and event.time < (time.time() - _LATE) * 1_000_000:
            return refusal(422, "the event is too old")
        return None

    def _odd_correlation(self, request: Request, event: Event) -> Reply | None:
        """Refuse an event because of its correlation id: the defects that cannot cope with one."""
        if self._defects.on("refuses-uncorrelated-events") and not self._correlation(request):
            return refusal(400, "the event has no correlation id")
        if self._defects.on("chokes-on-odd-correlation-id") and not is_uuid(self._correlation(request) or event.id):
            return refusal(500, "something went wrong")
        if self._defects.on("chokes-on-long-correlation-id") and len(self._correlation(request) or "") > 256:
            return refusal(500, "something went wrong")
        return None

    def _accepted(self) -> Reply:
        return Reply(200, {"status": "accepted"})


def _document(body: bytes) -> Json:
    """Read the body; None where it is not JSON, and for the JSON `null`, which is no event either."""
    try:
        return read(body)
    except ValueError:
        return None

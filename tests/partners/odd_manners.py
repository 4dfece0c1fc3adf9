"""A correct partner with a manner of its own: `PARTNER_MANNER` names it, `PARTNER_PLATFORM` the platform.

Started as a process, set up by its environment like the reference partner, with which it shares no line. Each manner is
allowed; what a requirement says of it stands beside the tests that start it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from odd_calls import Calls, new_correlation
from odd_http import Asked, PartnerServer, Reply, refusal
from odd_platforms import PLATFORMS, Platform, UnfitError, finite, no_number, plain, read_event
from odd_store import Store
from odd_work import NotOffered, PlatformFailed, Work

_LIMIT: Final = 262_144
_TOLERANCE: Final = 300
_SIGNATURE: Final = "x-feewise-webhook-signature"
_TIMESTAMP: Final = "x-feewise-webhook-signature-timestamp"
_CORRELATION: Final = "x-correlation-id"
_LONGEST_CORRELATION: Final = 200
_DEEPEST: Final = 60
# The restart comes once so many events were taken in: somewhere in the middle.
_RESTART_AFTER: Final = "60"
_AWAY: Final = 0.4


@dataclass(frozen=True, slots=True)
class Manner:
    """How this partner differs from the next one.

    `accepted` is the status of an acknowledgement; `delay` comes before every answer to a delivery; `every` is the
    pause between batches, `talk` the one between rounds of calls that nobody asked for; `clock` is how far its clock
    is ahead; times are in seconds.
    """

    accepted: int = 200
    threads: int = 4
    delay: float = 0.0
    every: float = 0.0
    clock: float = 0.0
    version: str = "HTTP/1.1"
    strict: bool = False
    talk: float = 0.0
    supervised: bool = False
    restarts: bool = False


MANNERS: Final = {
    "queue": Manner(accepted=202, threads=1, supervised=True),
    "slow": Manner(accepted=204, delay=4.0, threads=8),
    "batch": Manner(every=5.0, threads=8, version="HTTP/1.0"),
    "strict": Manner(strict=True),
    "chatty": Manner(accepted=201, talk=1.0),
    "ahead": Manner(clock=60.0),
    "behind": Manner(clock=-60.0),
    "restarts": Manner(supervised=True, restarts=True),
}


class Partner:
    """The partner of one platform, in one manner."""

    def __init__(self, platform: Platform, manner: Manner, environment: dict[str, str]) -> None:
        """Listen, and take up what is in the store."""
        self._platform = platform
        self._manner = manner
        self._token = environment["CONFORMANCE_WEBHOOK_TOKEN"]
        self._control_token = environment["CONFORMANCE_CONTROL_TOKEN"]
        self._secret = environment.get("CONFORMANCE_SIGNING_SECRET", "").encode()
        self._store = Store(Path(environment["PARTNER_DATABASE"]))
        api_key, partner_id = environment["CONFORMANCE_API_KEY"], environment.get("CONFORMANCE_PARTNER_ID", "")
        if platform.thin:
            credentials = {"Authorization": f"Bearer {api_key}"}
        else:
            credentials = {"X-API-KEY": api_key, "X-CHANNEL-PARTNER-ID": partner_id}
        header = "" if platform.thin else "X-Correlation-ID"
        base = environment["PARTNER_API_URL"] + platform.prefix
        self._calls = Calls(base, credentials, correlation_header=header, now=self._now)
        self._work = Work(
            platform,
            self._store,
            self._calls,
            now=self._now,
            threads=manner.threads,
            every=manner.every,
            curious=manner.talk > 0,
            subscription=_subscription(partner_id, self._token),
        )
        self._server = PartnerServer(
            int(environment["PARTNER_PORT"]), self._answer, limit=_LIMIT, hasty=manner.strict, version=manner.version
        )
        self._paths = {f"/{name}": name for name in platform.kinds} if platform.thin else {"/": ""}

    def serve(self) -> None:
        """Answer for ever."""
        self._work.start()
        if self._manner.talk:
            threading.Thread(target=self._chat, daemon=True).start()
        self._server.serve_forever(poll_interval=0.05)

    def taken(self) -> int:
        """How many events there are."""
        return self._store.count()

    def _now(self) -> float:
        return time.time() + self._manner.clock

    # Deliveries

    def _answer(self, asked: Asked) -> Reply:
        if asked.path == "/control" or asked.path.startswith("/control/"):
            return self._controlled(asked)
        if self._manner.delay:
            time.sleep(self._manner.delay)
        reply = self._unfit(asked) or self._stranger(asked) or self._taken(asked)
        return reply if reply.status < 300 or self._manner.strict else replace(reply, content_type="application/json")

    def _unfit(self, asked: Asked) -> Reply | None:
        """Refuse what cannot be a delivery, whoever sent it."""
        if asked.path not in self._paths:
            return refusal(404, "nothing is here")
        if asked.method != "POST":
            return refusal(405, "events are posted", Allow="POST")
        if asked.body is None:
            return refusal(413, "the body is too large")
        if not _is_json(asked.one("content-type") or "", strict=self._manner.strict):
            return refusal(415, "events are application/json", Accept="application/json")
        if self._manner.strict and (asked.one("content-encoding") or "identity").lower() != "identity":
            return refusal(415, "this content coding is not known", Accept_Encoding="identity")
        if self._manner.strict and asked.query:
            return refusal(400, "there is nothing to ask for")
        return None

    def _stranger(self, asked: Asked) -> Reply | None:
        """Refuse who is not the platform."""
        scheme, _, given = (asked.one("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._token.encode()):
            return refusal(401, "the credential is not right", WWW_Authenticate="Bearer")
        if self._platform.thin:
            return None
        if self._manner.strict and (_SIGNATURE not in asked.headers or _TIMESTAMP not in asked.headers):
            return refusal(428, "deliveries are signed")
        return None if self._is_signed(asked) else refusal(401, "the signature is not right")

    def _is_signed(self, asked: Asked) -> bool:
        signature, told = asked.one(_SIGNATURE) or "", asked.one(_TIMESTAMP) or ""
        if not (told.isascii() and told.isdecimal() and len(told) <= 12 and signature.isascii()):
            return False
        if abs(self._now() - int(told)) > _TOLERANCE:
            return False
        try:
            given = base64.b64decode(signature, validate=True)
        except binascii.Error:
            return False
        return hmac.compare_digest(
            given, hmac.digest(self._secret, told.encode() + b"." + (asked.body or b""), "sha256")
        )

    def _taken(self, asked: Asked) -> Reply:
        body = asked.body or b""
        malformed, unfit = (400, 422) if self._manner.strict else (400, 400)
        try:
            document = _document(body, strict=self._manner.strict)
        except (ValueError, RecursionError):
            return refusal(malformed, "this is not JSON")
        try:
            event = read_event(self._platform, document)
        except UnfitError as error:
            return refusal(unfit, str(error))
        place = self._paths[asked.path]
        if event.kind and place not in {"", event.kind}:
            return refusal(unfit, "this has an endpoint of its own")
        correlation = asked.one(_CORRELATION) or ""
        if not correlation.isprintable() or not 0 < len(correlation) <= _LONGEST_CORRELATION:
            correlation = new_correlation()
        self._work.take(event, body, correlation)
        return Reply(self._manner.accepted, {"taken": True} if self._manner.accepted in {200, 201} else None)

    # The control endpoints

    def _controlled(self, asked: Asked) -> Reply:
        if asked.one("authorization") != f"Bearer {self._control_token}":
            return refusal(401, "the control token is not right")
        try:
            document = json.loads(asked.body) if asked.body else {}
            return self._order(asked, [unquote(part) for part in asked.path.split("/")[2:]], document)
        except NotOffered:
            return refusal(501, "the platform has no such operation")
        except PlatformFailed:
            return refusal(502, "the platform failed")

    def _order(self, asked: Asked, words: list[str], given: dict[str, Any]) -> Reply:
        work = self._work
        orders: dict[tuple[str, str], Callable[[], Any]] = {
            ("POST", "create"): lambda: {"id": work.create(given["object_type"])},
            ("POST", "update"): lambda: work.update(given["object_type"], given["id"]),
            ("POST", "subscribe"): lambda: {"ids": work.subscribe(given["url"], given["event_types"])},
            ("POST", "unsubscribe"): lambda: work.unsubscribe(given["ids"]),
            ("POST", "recover"): lambda: work.recover(failed_only=given.get("status") == "failed"),
            ("POST", "secrets"): lambda: self._accept(given["accept"]),
            ("GET", "events"): lambda: {"applied": self._store.applied(plain(words[1]))},
        }
        if not words:
            return Reply(200, {"offers": self._offers()})
        if words[0] == "objects":
            tenant = parse_qs(asked.query).get("tenant")
            held = self._store.held(words[1], plain(words[2]), plain(tenant[0]) if tenant else None)
            return Reply(200, held) if held is not None else refusal(404, "nothing is held")
        order = orders.get((asked.method, words[0]))
        return Reply(200, order() or {}) if order else refusal(404, "nothing is here")

    def _offers(self) -> list[str]:
        both = ["create", "objects", "events"]
        return [*both, "update"] if self._platform.thin else [*both, "subscribe", "unsubscribe", "recover"]

    def _accept(self, secrets: list[str]) -> None:
        self._secret = secrets[0].encode()

    # Talk

    def _chat(self) -> None:
        """Ask the platform for this and that, all the time, and make something now and then."""
        chance = random.Random(4711)  # noqa: S311  # what is talked about is no secret
        kinds = [name for name, kind in self._platform.kinds.items() if kind.get]
        for number in range(1, sys.maxsize):
            time.sleep(self._manner.talk)
            if self._calls.in_trouble:
                continue
            correlation = new_correlation()
            paths = [] if self._platform.thin else ["/events/topics", "/webhooks", "/payouts", "/events"]
            name = chance.choice(kinds)
            kind, held = self._platform.kinds[name], self._store.some_held(name)
            paths += [kind.path(kind.get, held)] if held else []
            for path in filter(None, paths):
                self._calls.get(path, correlation)
            if number % 4 == 0:
                self._make_something(chance)

    def _make_something(self, chance: random.Random) -> None:
        made = [name for name, kind in self._platform.kinds.items() if kind.body]
        try:
            self._work.create(chance.choice(made))
        except PlatformFailed:
            sys.stderr.write("an object could not be made\n")


def _subscription(partner_id: str, token: str) -> dict[str, Any]:
    return {
        "party_id": partner_id,
        "name": "Everything",
        "description": "What the practice software wants to know.",
        "status": "Enabled",
        "authentication": {"type": "bearer_token", "add_position": "header", "data": {"token": token}},
    }


def _is_json(text: str, *, strict: bool) -> bool:
    told = Message()
    told["Content-Type"] = text
    charset = told.get_param("charset", "utf-8")
    fits = not strict or str(charset).lower() in {"utf-8", "us-ascii"}
    return told.get_content_type() == "application/json" and fits


def _document(body: bytes, *, strict: bool) -> Any:
    """Read JSON; a strict reader refuses also what RFC 8259 leaves to the reader."""
    pairs = _once_each if strict else None
    document = json.loads(body.decode(), parse_constant=no_number, parse_float=finite, object_pairs_hook=pairs)
    if strict and _depth(document) > _DEEPEST:
        raise UnfitError("nested too deeply")
    if strict:
        json.dumps(document, ensure_ascii=False).encode()
    return document


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnfitError("a name stands twice in an object")
    return found


def _depth(document: Any) -> int:
    below: Iterable[Any] = ()
    if isinstance(document, dict):
        below = document.values()
    elif isinstance(document, list):
        below = document
    return 1 + max(map(_depth, below), default=0)


def _supervise(environment: dict[str, str]) -> int:
    """Start the partner, kill it once when it says so, and start it again whenever it is killed."""
    words = [sys.executable, str(Path(__file__)), "child"]
    killed = False
    while True:
        child = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE)
        Path(environment["PARTNER_DATABASE"] + ".pid").write_text(str(child.pid))
        signal.signal(signal.SIGTERM, lambda *_, child=child: (child.kill(), sys.exit(0)))
        assert child.stdout is not None
        if child.stdout.readline() and not killed:
            killed = True
            child.kill()
            time.sleep(_AWAY)
        child.wait()


def _tell(partner: Partner, enough: int) -> None:
    """Tell the supervisor when it is time."""
    while partner.taken() < enough:
        time.sleep(0.05)
    sys.stdout.write("enough\n")
    sys.stdout.flush()


def main() -> int:
    """Run until the end comes from outside."""
    environment = dict(os.environ)
    manner = MANNERS[environment["PARTNER_MANNER"]]
    manner = replace(
        manner,
        delay=float(environment.get("PARTNER_DELAY", manner.delay)),
        every=float(environment.get("PARTNER_EVERY", manner.every)),
        talk=float(environment.get("PARTNER_TALK", manner.talk)),
    )
    if manner.supervised and sys.argv[1:] != ["child"]:
        return _supervise(environment)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    partner = Partner(PLATFORMS[environment["PARTNER_PLATFORM"]], manner, environment)
    if manner.restarts:
        enough = int(environment.get("PARTNER_RESTART_AFTER", _RESTART_AFTER))
        threading.Thread(target=_tell, args=(partner, enough), daemon=True).start()
    partner.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())

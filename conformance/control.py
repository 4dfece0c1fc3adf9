"""The partner's optional control endpoint, asked and written down. What it answers is for judges to read."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from conformance.clock import Clock
from conformance.delivery import Sender
from conformance.errors import ControlChannelError, NotAssessable, PlatformRefusal, RunRefused
from conformance.exchange import Asking, Failure, Request
from conformance.journal import Journal
from conformance.platform.event import Thing, compact
from conformance.redaction import Redactor

__all__ = ["CALLS", "Control"]

CALLS: Final = ("create", "update", "objects", "events", "subscribe", "unsubscribe", "recover", "secrets")
_DEADLINE: Final = 60.0
_OFFERS_DEADLINE: Final = 10.0
_LONGEST_ERROR: Final = 300
# As for deliveries, and a little longer: by then they have found out whether the whole partner is gone.
_RECONNECT_AFTER: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 4.0)
# One that closes connections again and again means it.
_CLOSED_AGAIN: Final = 1.0


@dataclass(slots=True, kw_only=True)
class Control:
    """The control endpoint at `url`; an empty one offers nothing."""

    url: str
    token: str
    sender: Sender
    journal: Journal
    clock: Clock
    redactor: Redactor
    offers: tuple[str, ...] = ()
    given_up: bool = False
    numbers: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)

    async def read_offers(self) -> None:
        """Ask what is offered.

        Raises RunRefused when the endpoint does not answer as one: that is configuration, not conformance.
        """
        if not self.url:
            return
        asking = await self._attempt(None, "offers", "GET", "", deadline=_OFFERS_DEADLINE)
        content = asking.response.json() if asking.succeeded and asking.response else None
        offers = content.get("offers") if isinstance(content, dict) else None
        if not isinstance(offers, list) or not all(isinstance(name, str) for name in offers):
            said = "something that is not the list of what it offers" if asking.succeeded else asking.outcome()
            check = "CONFORMANCE_CONTROL_TOKEN" if asking.status in {401, 403} else "--partner-control-url"
            check = "its certificate, or give --conformance-ca-file" if asking.failure is Failure.TLS else check
            raise RunRefused(
                f"The control endpoint {self.url} answers GET with {said}. "
                f'It must answer 200 and {{"offers": [...]}}; check {check}.'
            )
        self.offers = tuple(name for name in CALLS if name in offers)

    async def create(self, play: str, object_type: str) -> str | None:
        """Have the partner create an object; its id, None where that type is not offered (501)."""
        asking = await self._ask(
            play, "create", "POST", "/create", {"object_type": object_type}, object_type=object_type
        )
        if asking.status == 501:
            return None
        return _text(_checked_with_platform(asking), "id")

    async def update(self, play: str, thing: Thing) -> bool:
        """Have the partner update an object; False where that is not offered (501)."""
        body = {"object_type": thing.object_type, "id": thing.id}
        asking = await self._ask(play, "update", "POST", "/update", body, object_type=thing.object_type, about=thing.id)
        if asking.status == 501:
            return False
        _checked_with_platform(asking)
        return True

    async def held(self, play: str, thing: Thing) -> Any:
        """What the partner holds of an object, None when nothing."""
        path = f"/objects/{quote(thing.object_type, safe='')}/{quote(thing.id, safe='')}"
        query = f"?tenant={quote(thing.tenant, safe='')}" if thing.tenant else ""
        asking = await self._ask(play, "objects", "GET", path + query, object_type=thing.object_type, about=thing.id)
        return None if asking.status == 404 else _checked(asking)

    async def applied(self, play: str, event_id: str) -> int:
        """How often the partner handled an event to its end."""
        asking = await self._ask(play, "events", "GET", f"/events/{quote(event_id, safe='')}", about=event_id)
        count = _checked(asking).get("applied")
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ControlChannelError(f'GET {asking.request.target} does not answer {{"applied": number}}')
        return count

    async def subscribe(self, play: str, url: str, event_types: tuple[str, ...]) -> tuple[str, ...]:
        """Have the partner subscribe; the ids that it was given."""
        asking = await self._ask(
            play, "subscribe", "POST", "/subscribe", {"url": url, "event_types": list(event_types)}
        )
        ids = _checked_with_platform(asking).get("ids")
        if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
            raise ControlChannelError('POST /subscribe does not answer {"ids": [text]}')
        return tuple(ids)

    async def unsubscribe(self, play: str, ids: tuple[str, ...]) -> None:
        """Have the partner delete subscriptions."""
        _checked_with_platform(await self._ask(play, "unsubscribe", "POST", "/unsubscribe", {"ids": list(ids)}))

    async def recover(self, play: str, *, failed_only: bool = False) -> bool:
        """Have the partner ask for what it missed; False where it cannot ask for failed events only (501)."""
        body = {"status": "failed"} if failed_only else {}
        asking = await self._ask(play, "recover", "POST", "/recover", body)
        if failed_only and asking.status == 501:
            return False
        _checked_with_platform(asking)
        return True

    async def accept_secrets(self, play: str, secrets: tuple[str, ...]) -> None:
        """Have the partner accept these signing secrets from now on, and no others."""
        _checked(await self._ask(play, "secrets", "POST", "/secrets", {"accept": list(secrets)}))

    async def _ask(
        self,
        play: str,
        call: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        object_type: str | None = None,
        about: str | None = None,
    ) -> Asking:
        """Ask; what has not reached the partner is asked again, and so is a question that was not answered.

        An endpoint that was given up once is given a single try from then on: only deliveries tell who is gone.
        Raises NotAssessable when the partner went away in the middle of doing what it was asked to.
        """
        again = iter(() if self.given_up else _RECONNECT_AFTER)
        while True:
            asking = await self._attempt(play, call, method, path, body, object_type=object_type, about=about)
            broken_off = asking.failure is Failure.CLOSED and asking.response is None
            if broken_off and method != "GET":
                await self._mind_restart(play, asking)
                return asking
            pause = next(again, None) if broken_off or asking.failure is Failure.REFUSED else None
            if pause is None or (broken_off and pause > _CLOSED_AGAIN):
                self.given_up = broken_off or asking.failure is Failure.REFUSED
                return asking
            await asyncio.sleep(pause)

    async def _mind_restart(self, play: str, asking: Asking) -> None:
        """Tell a partner that is away from one that closes connections: what a restart cuts off is nobody's fault."""
        look = await self._attempt(play, "offers", "GET", "", deadline=_OFFERS_DEADLINE)
        if look.failure is Failure.REFUSED:
            raise NotAssessable(
                f"the partner went away in the middle of {asking.request.method} {asking.request.target}"
            )

    async def _attempt(
        self,
        play: str | None,
        call: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        object_type: str | None = None,
        about: str | None = None,
        deadline: float = _DEADLINE,
    ) -> Asking:
        headers = [(b"Authorization", f"Bearer {self.token}".encode()), (b"Accept-Encoding", b"identity")]
        if body is not None:
            headers.append((b"Content-Type", b"application/json"))
        content = b"" if body is None else compact(body)
        started = self.clock.elapsed
        request = Request(method, self.url + path, tuple(headers), content)
        sent = await self.sender.send(request, deadline=deadline)
        asking = Asking(
            id=f"q{self.numbers()}",
            play=play,
            request=self.redactor.request(sent.request),
            response=self.redactor.response(sent.response),
            failure=sent.failure,
            started=started,
            ended=self.clock.elapsed,
            call=call,
            object_type=object_type,
            about=about,
        )
        self.journal.add(asking)
        return asking


def _checked_with_platform(asking: Asking) -> dict[str, Any]:
    """The JSON object that a control call answered which makes the partner call the platform.

    Raises PlatformRefusal for 502, and ControlChannelError for everything else that is not 200 with a JSON object.
    """
    if asking.status == 502:
        what = f"{asking.request.method} {asking.request.target}"
        raise PlatformRefusal(f"{what} answers 502: the platform failed the call underneath")
    return _checked(asking)


def _checked(asking: Asking) -> dict[str, Any]:
    """The JSON object that a control call answered.

    Raises ControlChannelError for everything else that is not 200 with a JSON object.
    """
    what = f"{asking.request.method} {asking.request.target}"
    if asking.failure is not None or asking.response is None or asking.response.status != 200:
        raise ControlChannelError(f"control channel: {what} offered, but {asking.outcome()}{_said(asking)}")
    try:
        content = json.loads(asking.response.body)
    except (ValueError, RecursionError):
        raise ControlChannelError(f"control channel: {what} answers something that is not JSON") from None
    if not isinstance(content, dict):
        raise ControlChannelError(f"control channel: {what} answers JSON that is not an object")
    return content


def _said(asking: Asking) -> str:
    """What the partner says of its own failure, where it does."""
    content = asking.response.json() if asking.response is not None else None
    error = content.get("error") if isinstance(content, dict) else None
    return f" ({error[:_LONGEST_ERROR]})" if isinstance(error, str) and error else ""


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise ControlChannelError(f"control channel: the answer has no text {name!r}")
    return value

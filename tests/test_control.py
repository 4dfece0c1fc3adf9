from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from conformance import control as control_module
from conformance.clock import Clock
from conformance.control import CALLS, Control
from conformance.delivery import Sent
from conformance.errors import ControlChannelError, NotAssessable, PlatformRefusal, RunRefused
from conformance.exchange import Asking, Failure, Request
from conformance.journal import Journal
from conformance.platform.event import Thing
from conformance.redaction import Redactor
from senders import FakeSender, answers, fails

THING = Thing("invoice", "1/2", "t 3")
TOKEN = "control-token-of-tests"

CALLERS: dict[str, Callable[[Control], Awaitable[object]]] = {
    "create": lambda c: c.create("p1", "invoice"),
    "update": lambda c: c.update("p1", THING),
    "objects": lambda c: c.held("p1", THING),
    "events": lambda c: c.applied("p1", "e1"),
    "subscribe": lambda c: c.subscribe("p1", "https://partner.example/", ("a", "b")),
    "unsubscribe": lambda c: c.unsubscribe("p1", ("s1",)),
    "recover": lambda c: c.recover("p1"),
    "secrets": lambda c: c.accept_secrets("p1", ("old", "new")),
}
GOOD: dict[str, tuple[object, object]] = {
    "create": ({"id": "i1"}, "i1"),
    "update": ({}, True),
    "objects": ({"id": "1/2", "x": [1]}, {"id": "1/2", "x": [1]}),
    "events": ({"applied": 2}, 2),
    "subscribe": ({"ids": ["s1", "s2"]}, ("s1", "s2")),
    "unsubscribe": ({}, None),
    "recover": ({}, True),
    "secrets": ({}, None),
}


def control(partner: Callable[[Request], Sent], *, url: str = "http://partner.example/control") -> Control:
    """The control endpoint of a partner that is a function."""
    return Control(
        url=url,
        token=TOKEN,
        sender=FakeSender(partner),
        journal=Journal(),
        clock=Clock(),
        redactor=Redactor({"control_token": TOKEN}, key=b"k"),
    )


def asked(call: str, partner: Callable[[Request], Sent]) -> Any:
    """What a call comes to."""
    return asyncio.run(_run(CALLERS[call], control(partner)))


async def _run(caller: Callable[[Control], Awaitable[object]], endpoint: Control) -> object:
    return await caller(endpoint)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further tries follow at once: that they come is tested, not when."""
    monkeypatch.setattr(control_module, "_RECONNECT_AFTER", (0.0,) * 7)


@pytest.mark.parametrize("call", GOOD)
def test_a_good_answer_is_understood(call: str) -> None:
    """Each call yields what the contract says that its answer holds."""
    content, expected = GOOD[call]

    assert expected == asked(call, lambda request: answers(request, content))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("create", ("POST", "/create", {"object_type": "invoice"})),
        ("update", ("POST", "/update", {"object_type": "invoice", "id": "1/2"})),
        ("objects", ("GET", "/objects/invoice/1%2F2?tenant=t%203", None)),
        ("events", ("GET", "/events/e1", None)),
        ("subscribe", ("POST", "/subscribe", {"url": "https://partner.example/", "event_types": ["a", "b"]})),
        ("unsubscribe", ("POST", "/unsubscribe", {"ids": ["s1"]})),
        ("recover", ("POST", "/recover", {})),
        ("secrets", ("POST", "/secrets", {"accept": ["old", "new"]})),
    ],
)
def test_a_call_is_made_as_the_contract_says(call: str, expected: tuple[str, str, object]) -> None:
    """Method, path, quoting and body are those of DESIGN 5.2, with the bearer token."""
    seen: list[Request] = []

    def partner(request: Request) -> Sent:
        seen.append(request)
        return answers(request, GOOD[call][0])

    asked(call, partner)
    (request,) = seen
    body = json.loads(request.body) if request.body else None

    assert expected == (request.method, request.target.removeprefix("http://partner.example/control"), body)
    assert f"Bearer {TOKEN}" == request.header("Authorization")
    assert ("application/json" if request.method == "POST" else None) == request.header("Content-Type")


def test_failed_events_only_can_be_asked_for() -> None:
    """`recover` may be narrowed to what could not be delivered."""
    endpoint = control(lambda request: answers(request, {}))
    asyncio.run(endpoint.recover("p1", failed_only=True))
    assert isinstance(endpoint.sender, FakeSender)

    assert {"status": "failed"} == json.loads(endpoint.sender.requests[0].body)


def test_who_cannot_recover_failed_events_only_may_say_so() -> None:
    """501 is an honest no to the narrow question, and breaks the contract where the plain one is offered."""
    endpoint = control(lambda request: answers(request, status=501))

    assert not asyncio.run(endpoint.recover("p1", failed_only=True))
    with pytest.raises(ControlChannelError, match="status 501"):
        asyncio.run(endpoint.recover("p1"))


def test_501_is_an_honest_no() -> None:
    """A partner need not create every object type, nor update any."""
    assert None is asked("create", lambda request: answers(request, status=501))
    assert False is asked("update", lambda request: answers(request, status=501))


def test_404_for_an_object_means_that_none_is_held() -> None:
    """An object that the partner does not hold is no error."""
    assert None is asked("objects", lambda request: answers(request, status=404))


@pytest.mark.parametrize("call", CALLERS)
def test_502_is_the_platforms_refusal(call: str) -> None:
    """Of a call that makes the partner call the platform; any other has nothing underneath that could fail."""
    expected = ControlChannelError if call in {"objects", "events", "secrets"} else PlatformRefusal

    with pytest.raises(expected, match="502"):
        asked(call, lambda request: answers(request, status=502))


@pytest.mark.parametrize("call", CALLERS)
@pytest.mark.parametrize("status", [500, 401, 403, 301, 204, 202])
def test_any_other_status_breaks_the_contract(call: str, status: int) -> None:
    """Whatever is not 200 is told with its status."""
    with pytest.raises(ControlChannelError, match=f"status {status}"):
        asked(call, lambda request: answers(request, {}, status=status))


@pytest.mark.parametrize("call", sorted({*CALLERS} - {"objects"}))
def test_404_breaks_the_contract_of_every_other_call(call: str) -> None:
    """Who offers a call serves it."""
    with pytest.raises(ControlChannelError, match="status 404"):
        asked(call, lambda request: answers(request, status=404))


@pytest.mark.parametrize("call", CALLERS)
@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"text"', b"null", b"\xff"])
def test_what_is_no_json_object_breaks_the_contract(call: str, body: bytes) -> None:
    """Every answer is a JSON object."""
    with pytest.raises(ControlChannelError):
        asked(call, lambda request: answers(request, body))


def test_an_answer_too_deep_to_parse_breaks_the_contract() -> None:
    """A megabyte of brackets is no JSON object, and no fault of the kit."""
    with pytest.raises(ControlChannelError):
        asked("objects", lambda request: answers(request, b"[" * 100_000))


@pytest.mark.parametrize(
    ("call", "content"),
    [
        ("create", {}),
        ("create", {"id": ""}),
        ("create", {"id": 7}),
        ("events", {}),
        ("events", {"applied": "1"}),
        ("events", {"applied": True}),
        ("events", {"applied": 1.5}),
        ("events", {"applied": -1}),
        ("subscribe", {}),
        ("subscribe", {"ids": "s1"}),
        ("subscribe", {"ids": [1]}),
    ],
)
def test_an_answer_without_what_was_asked_breaks_the_contract(call: str, content: object) -> None:
    """A field that is missing or of another type is the partner's mistake, not a zero."""
    with pytest.raises(ControlChannelError):
        asked(call, lambda request: answers(request, content))


def _in_turn(*outcomes: Failure | None, then: object) -> Callable[[Request], Sent]:
    """A partner that fails in these ways, one call after the other, and then answers."""
    left = iter(outcomes)

    def partner(request: Request) -> Sent:
        failure = next(left, None)
        return answers(request, then) if failure is None else fails(request, failure)

    return partner


@pytest.mark.parametrize("call", GOOD)
def test_a_partner_that_restarts_is_asked_again(call: str) -> None:
    """What was refused a connection has not reached the partner, so it does no harm to ask again."""
    content, expected = GOOD[call]

    assert expected == asked(call, _in_turn(Failure.REFUSED, Failure.REFUSED, then=content))


@pytest.mark.parametrize("call", ["objects", "events"])
def test_a_question_that_was_broken_off_is_asked_again(call: str) -> None:
    """To ask what is held changes nothing."""
    content, expected = GOOD[call]

    assert expected == asked(call, _in_turn(Failure.CLOSED, Failure.REFUSED, then=content))


@pytest.mark.parametrize("call", sorted({*GOOD} - {"objects", "events"}))
def test_an_order_that_a_restart_broke_off_shows_nothing(call: str) -> None:
    """Nobody knows how far the partner came, and it is not asked to do it twice."""
    with pytest.raises(NotAssessable, match=f"went away in the middle of POST .*/{call}"):
        asked(call, _in_turn(Failure.CLOSED, Failure.REFUSED, then=GOOD[call][0]))


def test_a_question_that_is_closed_again_and_again_breaks_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partner that closes connections for seconds is not one that restarts."""
    monkeypatch.setattr(control_module, "_CLOSED_AGAIN", -1.0)
    with pytest.raises(ControlChannelError, match=str(Failure.CLOSED)):
        asked("events", _in_turn(Failure.CLOSED, then=GOOD["events"][0]))


@pytest.mark.parametrize("call", CALLERS)
@pytest.mark.parametrize("failure", list(Failure))
def test_no_answer_breaks_the_contract(call: str, failure: Failure) -> None:
    """A time-out, a refused connection and all else are told by their name."""
    with pytest.raises(ControlChannelError, match=str(failure)):
        asked(call, lambda request: fails(request, failure))


@pytest.mark.parametrize(
    ("call", "failure", "expected"),
    [
        ("events", Failure.REFUSED, [8, 9]),
        ("create", Failure.REFUSED, [8, 9]),
        ("events", Failure.CLOSED, [8, 9]),
        ("create", Failure.CLOSED, [2, 4]),  # each with a look whether the partner is away
        ("events", Failure.TIMEOUT, [1, 2]),
    ],
)
def test_a_call_that_nobody_read_is_made_again(call: str, failure: Failure, expected: list[int]) -> None:
    """Until deliveries have told whether the whole partner is gone; who was given up once is asked a single time."""
    tries: list[Request] = []

    def partner(request: Request) -> Sent:
        tries.append(request)
        return fails(request, failure)

    async def twice() -> list[int]:
        endpoint, counts = control(partner), []
        for _ in range(2):
            with pytest.raises(ControlChannelError):
                await CALLERS[call](endpoint)
            counts.append(len(tries))
        return counts

    assert expected == asyncio.run(twice())


def test_a_call_that_is_read_in_the_end_is_answered() -> None:
    """A partner that restarts is away for a moment."""
    outcomes = iter([True, True, False])

    def partner(request: Request) -> Sent:
        return fails(request, Failure.REFUSED) if next(outcomes) else answers(request, {"applied": 1})

    assert 1 == asked("events", partner)


def test_a_call_is_written_down_without_its_secret() -> None:
    """The journal shows what was asked, about what, in which play, and no token."""
    endpoint = control(lambda request: answers(request, {"applied": 1, "echo": TOKEN}))
    asyncio.run(endpoint.applied("p1", "e1"))
    (record,) = endpoint.journal.records

    assert isinstance(record, Asking)
    assert ("p1", "events", "e1") == (record.play, record.call, record.about)
    assert TOKEN not in repr(record)


def test_offers_are_read_in_the_order_of_the_contract() -> None:
    """Unknown names are left out: a later version of the contract may have more."""
    endpoint = control(lambda request: answers(request, {"offers": ["recover", "fly", "create"]}))
    asyncio.run(endpoint.read_offers())

    assert ("create", "recover") == endpoint.offers
    assert set(endpoint.offers) <= set(CALLS)


def test_no_endpoint_offers_nothing() -> None:
    """Without a URL nothing is asked."""
    endpoint = control(lambda request: answers(request, {"offers": ["create"]}), url="")
    asyncio.run(endpoint.read_offers())

    assert () == endpoint.offers
    assert [] == endpoint.journal.records


@pytest.mark.parametrize(
    "partner",
    [
        lambda request: answers(request, status=404),
        lambda request: answers(request, {"offers": "create"}),
        lambda request: answers(request, {"offers": [1]}),
        lambda request: answers(request, {}),
        lambda request: answers(request, []),
        lambda request: answers(request, b"<html>"),
        lambda request: answers(request, b"[" * 100_000),
        lambda request: fails(request, Failure.REFUSED),
        lambda request: fails(request, Failure.TIMEOUT),
    ],
    ids=["404", "text", "numbers", "nothing", "list", "HTML", "too deep", "refused", "time-out"],
)
def test_an_endpoint_that_does_not_say_what_it_offers_refuses_the_run(partner: Callable[[Request], Sent]) -> None:
    """A wrong URL or token is a mistake of the operator, told before anything is played."""
    with pytest.raises(RunRefused, match="--partner-control-url"):
        asyncio.run(control(partner).read_offers())


def test_an_endpoint_that_is_not_trusted_refuses_the_run() -> None:
    """The operator is told how to trust a private authority."""
    with pytest.raises(RunRefused, match="--conformance-ca-file"):
        asyncio.run(control(lambda request: fails(request, Failure.TLS)).read_offers())

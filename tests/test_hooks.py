from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from conformance import PlatformRefusal
from conformance.clock import Clock
from conformance.control import CALLS, Control
from conformance.errors import ControlChannelError
from conformance.exchange import Asking, Request
from conformance.hooks import HOOK_URL, HookSender
from conformance.journal import Journal
from conformance.platform.event import Thing
from conformance.redaction import Redactor
from shipped import SECRETS

THING = Thing("invoice", "1/2", "t 3")

CALLERS: dict[str, Callable[[Control], Awaitable[object]]] = {
    "create": lambda c: c.create("p1", "invoice"),
    "update": lambda c: c.update("p1", THING),
    "objects": lambda c: c.held("p1", THING),
    "events": lambda c: c.applied("p1", "e1"),
    "subscribe": lambda c: c.subscribe("p1", "https://partner.example/", ("a", "b")),
    "unsubscribe": lambda c: c.unsubscribe("p1", ("s1",)),
    "recover": lambda c: c.recover("p1"),
}
# What each function is called with, returns, and what becomes of that.
GOOD: dict[str, tuple[Mapping[str, object], object, object]] = {
    "create": ({"object_type": "invoice"}, "i1", "i1"),
    "update": ({"object_type": "invoice", "object_id": "1/2"}, None, True),
    "objects": ({"object_type": "invoice", "object_id": "1/2", "tenant": "t 3"}, {"x": [1]}, {"x": [1]}),
    "events": ({"event_id": "e1"}, 2, 2),
    "subscribe": ({"url": "https://partner.example/", "event_types": ["a", "b"]}, ("s1", "s2"), ("s1", "s2")),
    "unsubscribe": ({"ids": ["s1"]}, "whatever", None),
    "recover": ({"status": ""}, None, True),
}


def control(**functions: Callable[..., Any]) -> Control:
    """The control channel to a partner that answers by functions."""
    return Control(
        url=HOOK_URL,
        token=SECRETS.control_token,
        sender=HookSender(functions),
        journal=Journal(),
        clock=Clock(),
        redactor=Redactor({"api_key": SECRETS.api_key}, key=b"k"),
    )


def asked(call: str, function: Callable[..., Any]) -> Any:
    """What a call comes to."""
    return asyncio.run(_run(CALLERS[call], control(**{call: function})))


async def _run(caller: Callable[[Control], Awaitable[object]], channel: Control) -> object:
    return await caller(channel)


def raising(error: BaseException) -> Callable[..., Any]:
    """A function that raises."""

    def function(**arguments: object) -> None:
        raise error

    return function


@pytest.mark.parametrize("call", GOOD)
def test_a_function_is_called_and_its_value_understood(call: str) -> None:
    """With the arguments of its hook, and what it returns is what an endpoint would have said."""
    arguments, value, expected = GOOD[call]
    seen: list[dict[str, object]] = []

    def function(**given: object) -> object:
        seen.append(given)
        return value

    assert expected == asked(call, function)
    assert [arguments] == seen


def test_failed_events_only_can_be_asked_for() -> None:
    """The status says so."""
    seen: list[str] = []

    def recover(status: str) -> None:
        seen.append(status)

    channel = control(recover=recover)

    assert asyncio.run(channel.recover("p1", failed_only=True))
    assert ["failed"] == seen


def test_secrets_can_be_replaced() -> None:
    """The call has its place in the table, whoever makes it."""
    seen: list[list[str]] = []

    def secrets(accept: list[str]) -> None:
        seen.append(accept)

    sender = HookSender({"secrets": secrets})
    request = Request("POST", f"{HOOK_URL}/secrets", (), b'{"accept": ["a", "b"]}')
    sent = asyncio.run(sender.send(request, deadline=5))

    assert sent.response is not None
    assert (200, b"{}") == (sent.response.status, sent.response.body)
    assert [["a", "b"]] == seen


def test_what_is_implemented_is_offered() -> None:
    """In the order of the contract."""
    channel = control(recover=print, create=print)
    asyncio.run(channel.read_offers())

    assert ("create", "recover") == channel.offers
    assert set(CALLERS) < set(CALLS)


def test_nothing_held_is_no_error() -> None:
    """None says so, and so does a lookup that fails."""
    assert None is asked("objects", lambda **_: None)
    assert None is asked("objects", raising(KeyError("1/2")))


def test_an_honest_no_is_no_error() -> None:
    """A partner need not create every type, nor update any, nor recover failed events only."""
    no = raising(NotImplementedError())

    assert None is asked("create", no)
    assert False is asked("update", no)
    assert False is asyncio.run(control(recover=no).recover("p1", failed_only=True))


@pytest.mark.parametrize("call", [call for call in CALLERS if call not in {"objects", "events", "secrets"}])
def test_the_platforms_refusal_has_its_own_error(call: str) -> None:
    """It is raised on the one side and caught on the other."""
    with pytest.raises(PlatformRefusal, match="502"):
        asked(call, raising(PlatformRefusal("the platform answered 500")))


@pytest.mark.parametrize("call", CALLERS)
@pytest.mark.parametrize("error", [ValueError("no id"), SystemExit(3), pytest.fail.Exception("no"), OSError()])
def test_whatever_else_is_raised_breaks_the_contract(call: str, error: BaseException) -> None:
    """The type and the message are told, with the call as it was made."""
    with pytest.raises(ControlChannelError) as caught:
        asked(call, raising(error))

    assert f"HOOK pytest_partner_{call}(" in str(caught.value)
    assert f"({type(error).__name__}: {error})" in str(caught.value)


@pytest.mark.parametrize("call", sorted({*CALLERS} - {"objects"}))
def test_a_lookup_that_fails_is_an_error_elsewhere(call: str) -> None:
    """A misspelt key is no answer."""
    with pytest.raises(ControlChannelError, match="KeyError: 'i1'"):
        asked(call, raising(KeyError("i1")))


@pytest.mark.parametrize(
    ("call", "value", "why"),
    [
        ("create", None, "NoneType, which cannot be used: str is wanted"),
        ("create", 7, "int, which"),
        ("create", "", "no text 'id'"),
        ("events", None, "NoneType, which"),
        ("events", True, "bool, which"),
        ("events", 1.0, "float, which"),
        ("subscribe", None, "NoneType, which"),
        ("subscribe", "s1", "a list of texts is wanted"),
        ("subscribe", [1], "list, which cannot be used: str is wanted"),
        ("objects", 7, "int, which"),
        ("objects", {"at": object()}, "not JSON serializable"),
    ],
)
def test_a_value_of_another_kind_breaks_the_contract(call: str, value: object, why: str) -> None:
    """What cannot be read is the partner's mistake, not a zero."""
    with pytest.raises(ControlChannelError) as caught:
        asked(call, lambda **_: value)

    assert why in str(caught.value)


def test_functions_run_at_the_same_time_and_in_threads() -> None:
    """One that waits for another does not wait for ever."""
    met = threading.Barrier(2, timeout=60)
    threads: list[threading.Thread] = []

    def meet(event_id: str) -> int:
        threads.append(threading.current_thread())
        met.wait()
        return 1

    async def both() -> list[int]:
        channel = control(events=meet)
        return list(await asyncio.gather(channel.applied("p1", "e1"), channel.applied("p1", "e2")))

    assert [1, 1] == asyncio.run(both())
    assert all(thread.daemon and thread is not threading.main_thread() for thread in threads)


def test_time_ends_a_function_that_does_not() -> None:
    """It goes on in its thread, and what it returns later is nobody's."""
    go_on, ended = threading.Event(), threading.Event()

    def wait(event_id: str) -> int:
        go_on.wait(10)
        ended.set()
        return 1

    async def ask() -> tuple[object, float]:
        began = time.monotonic()
        sent = await HookSender({"events": wait}).send(Request("GET", f"{HOOK_URL}/events/e1"), deadline=0.05)
        return sent, time.monotonic() - began

    sent, took = asyncio.run(ask())
    go_on.set()

    assert "no complete answer before the deadline" in repr(sent)
    assert took < 5
    assert ended.wait(5)


def test_a_call_is_written_down_as_it_was_made() -> None:
    """Method, hook, arguments and answer, without secrets and with what it is about."""
    channel = control(objects=lambda **_: {"key": SECRETS.api_key})
    asyncio.run(channel.held("p1", THING))
    (record,) = channel.journal.records

    assert isinstance(record, Asking)
    assert ("HOOK", "pytest_partner_objects(object_type='invoice', object_id='1/2', tenant='t 3')") == (
        record.request.method,
        record.request.target,
    )
    assert ("p1", "objects", "1/2", 200) == (record.play, record.call, record.about, record.status)
    assert SECRETS.api_key not in repr(record)

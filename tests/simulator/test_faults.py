from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Iterator

import pytest

from conformance.exchange import Call, Failure
from conformance.simulator.faults import Fault, FaultKind, Faults
from played_platform import Answered, PlayedPlatform

UUID = "3f6ad9be-4f3b-4a5e-9d26-0a6a0c5d0001"


@pytest.fixture
def platform() -> Iterator[PlayedPlatform]:
    """Wawex behind a port."""
    with PlayedPlatform("wawex") as played:
        yield played


class Caller(threading.Thread):
    """A call that is made while the test goes on."""

    def __init__(self, platform: PlayedPlatform, target: str) -> None:
        super().__init__(daemon=True)
        self._platform = platform
        self._target = target
        self.answer: Answered | None = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        """Call, and keep what comes of it."""
        try:
            self.answer = self._platform.call("GET", self._target)
        except (OSError, http.client.HTTPException) as error:
            self.error = error

    def answered(self) -> Answered:
        """The answer, once it has come."""
        self.join(10)
        assert self.answer is not None
        return self.answer


def happened(platform: PlayedPlatform, event: asyncio.Event) -> None:
    """Wait until something has happened to a call."""
    asyncio.run_coroutine_threadsafe(event.wait(), platform._loop).result(5)


def test_a_status_comes_with_its_headers(platform: PlayedPlatform) -> None:
    """429 with Retry-After, in the platform's error shape."""
    thing = platform.make("document")
    platform.fault(
        Fault(kind=FaultKind.STATUS, object_id=thing.id, status=429, headers=((b"Retry-After", b"2"),), times=1)
    )
    answer = platform.call("GET", f"/documents/{thing.id}")

    assert (429, "2") == (answer.status, answer.headers["retry-after"])
    assert {"code", "message"} == answer.json.keys()
    assert "status 429" == platform.last_call.fault
    assert None is platform.last_call.failure


def test_headers_can_be_made_up_when_a_fault_strikes(platform: PlayedPlatform) -> None:
    """A date to come again at depends on when the call came."""
    thing, made = platform.make("document"), iter((b"1", b"2"))
    platform.fault(
        Fault(
            kind=FaultKind.STATUS,
            object_id=thing.id,
            status=429,
            headers=((b"X-Limit", b"9"),),
            headers_then=lambda: ((b"Retry-After", next(made)),),
        )
    )
    answers = [platform.call("GET", f"/documents/{thing.id}").headers for _ in range(2)]

    assert [("9", "1"), ("9", "2")] == [(headers["x-limit"], headers["retry-after"]) for headers in answers]


def test_a_fault_strikes_so_many_times(platform: PlayedPlatform) -> None:
    """The third call is answered after two that failed."""
    thing = platform.make("document")
    fault = platform.fault(Fault(kind=FaultKind.STATUS, object_id=thing.id, status=503, times=2))
    statuses = [platform.call("GET", f"/documents/{thing.id}").status for _ in range(3)]

    assert ([503, 503, 200], 2) == (statuses, fault.struck)


def test_a_fault_strikes_no_other_object(platform: PlayedPlatform) -> None:
    """Stories overlap, so a fault is that of one object; its id is found in any case."""
    thing, other = platform.make("document"), platform.make("document")
    fault = platform.fault(Fault(kind=FaultKind.STATUS, object_id=thing.id.upper(), status=500))

    assert 200 == platform.call("GET", f"/documents/{other.id}").status
    assert 500 == platform.call("GET", f"/documents/{thing.id}").status
    platform.on_loop(lambda: platform.faults.remove(fault))
    assert 200 == platform.call("GET", f"/documents/{thing.id}").status


def test_a_wrong_call_meets_no_fault(platform: PlayedPlatform) -> None:
    """A call that is refused does not use a fault up."""
    thing = platform.make("document")
    fault = platform.fault(Fault(kind=FaultKind.STATUS, object_id=thing.id, times=1))

    assert 401 == platform.call("GET", f"/documents/{thing.id}", without="Authorization").status
    assert 0 == fault.struck


def test_a_held_call_is_answered_when_it_is_released(platform: PlayedPlatform) -> None:
    """The answer is that of the moment in which the call came, whatever changes meanwhile."""
    thing = platform.make("document")
    fault = platform.fault(Fault(kind=FaultKind.HOLD, object_id=thing.id))
    caller = Caller(platform, f"/documents/{thing.id}")
    happened(platform, fault.made)
    platform.on_loop(lambda: platform.state.change(thing, age=0))
    early = (caller.answer, fault.held)
    platform.on_loop(fault.release.set)

    assert (None, thing) == early
    assert 1 == caller.answered().json["version"]
    assert "hold" == platform.last_call.fault


def test_a_late_answer_is_made_up_when_it_is_asked_for(platform: PlayedPlatform) -> None:
    """What changes while a call is held is in the answer, where the story wants it so."""
    thing = platform.make("document")
    fault = platform.fault(Fault(kind=FaultKind.HOLD, object_id=thing.id, late=True))
    caller = Caller(platform, f"/documents/{thing.id}")
    happened(platform, fault.holding)
    early = fault.made.is_set()
    platform.on_loop(lambda: platform.state.change(thing, age=0))
    platform.on_loop(fault.make.set)
    happened(platform, fault.made)
    platform.on_loop(lambda: platform.state.change(thing, age=0))
    platform.on_loop(fault.release.set)

    assert not early
    assert 2 == caller.answered().json["version"]


def test_an_end_of_a_fault_lets_go_whom_it_holds(platform: PlayedPlatform) -> None:
    """A story that ends leaves nobody hanging."""
    thing = platform.make("document")
    fault = platform.fault(Fault(kind=FaultKind.HOLD, object_id=thing.id))
    caller = Caller(platform, f"/documents/{thing.id}")
    happened(platform, fault.holding)
    platform.on_loop(lambda: platform.faults.remove(fault))

    assert 200 == caller.answered().status


def test_a_hold_ends_by_itself(platform: PlayedPlatform) -> None:
    """After its time the answer is given, or the connection is broken."""
    thing = platform.make("document")
    platform.fault(Fault(kind=FaultKind.HOLD, object_id=thing.id, seconds=0.05, times=1))
    assert 200 == platform.call("GET", f"/documents/{thing.id}").status
    platform.fault(Fault(kind=FaultKind.HOLD, object_id=thing.id, seconds=0.05, reset_after=True, times=1))

    with pytest.raises(ConnectionResetError):
        platform.call("GET", f"/documents/{thing.id}")
    assert (Failure.CLOSED, None) == (platform.last_call.failure, platform.last_call.response)


def test_a_reset_is_a_reset(platform: PlayedPlatform) -> None:
    """The partner sees a broken connection, and the object did not change."""
    platform.fault(Fault(kind=FaultKind.RESET, does="create", object_type="transfer"))

    with pytest.raises(ConnectionResetError):
        platform.call("POST", "/transfers", {})
    assert (Failure.CLOSED, "reset") == (platform.last_call.failure, platform.last_call.fault)
    assert 0 == len(platform.state.objects)
    assert 200 == platform.call("POST", "/customers", {}).status


def test_a_truncated_answer_is_half_an_answer(platform: PlayedPlatform) -> None:
    """The length promises more than comes."""
    thing = platform.make("document")
    platform.fault(Fault(kind=FaultKind.TRUNCATE, object_id=thing.id, times=1))

    with pytest.raises(http.client.IncompleteRead):
        platform.call("GET", f"/documents/{thing.id}")
    assert (Failure.CLOSED, 200) == (platform.last_call.failure, platform.last_call.status)


def test_a_stop_of_the_server_ends_held_calls() -> None:
    """When a run ends, whoever is held sees the connection end, and the call is written down as given up."""
    with PlayedPlatform("wawex") as platform:
        thing = platform.make("document")
        fault = platform.fault(Fault(kind=FaultKind.HOLD, object_id=thing.id))
        caller = Caller(platform, f"/documents/{thing.id}")
        happened(platform, fault.holding)
    caller.join(5)

    assert caller.error is not None
    assert Failure.CANCELLED is platform.last_call.failure


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(kind=FaultKind.RESET), True),
        (Fault(kind=FaultKind.RESET, does="get"), True),
        (Fault(kind=FaultKind.RESET, does="create"), False),
        (Fault(kind=FaultKind.RESET, object_type="document"), True),
        (Fault(kind=FaultKind.RESET, object_type="transfer"), False),
        (Fault(kind=FaultKind.RESET, object_id=UUID.upper()), True),
        (Fault(kind=FaultKind.RESET, object_id="a"), True),
        (Fault(kind=FaultKind.RESET, object_id="A"), False),
        (Fault(kind=FaultKind.RESET, object_id="b"), False),
        (Fault(kind=FaultKind.RESET, object_id="a", does="create"), False),
        (Fault(kind=FaultKind.RESET, times=0), False),
    ],
)
def test_a_fault_strikes_what_all_its_words_name(fault: Fault, *, expected: bool) -> None:
    """Object, operation and type narrow it down together."""
    assert expected == fault.strikes(ids=frozenset({"a", UUID}), does="get", object_type="document")


def test_the_oldest_fault_strikes_first() -> None:
    """Faults follow one another: a script of failures is a list of faults."""
    faults = Faults()
    first = faults.add(Fault(kind=FaultKind.RESET, times=1))
    second = faults.add(Fault(kind=FaultKind.STATUS, times=1))
    struck = [faults.take(ids=frozenset(), does="get", object_type="") for _ in range(3)]

    assert [first, second, None] == struck
    faults.remove(first)
    faults.remove(first)
    assert first.release.is_set()


def test_a_body_comes_as_it_stands(platform: PlayedPlatform) -> None:
    """Any bytes, under any type, with any status."""
    thing = platform.make("document")
    platform.fault(
        Fault(kind=FaultKind.BODY, object_id=thing.id, status=200, body=b"<p>", content_type="text/html", times=1)
    )
    answer = platform.call("GET", f"/documents/{thing.id}")

    assert (200, b"<p>", "text/html") == (answer.status, answer.body, answer.headers["content-type"])
    assert ("body", None) == (platform.last_call.fault, platform.last_call.version)


def test_what_was_asked_for_is_done_although_the_answer_is_lost(platform: PlayedPlatform) -> None:
    """The object is there, and the call was broken."""
    fault = platform.fault(Fault(kind=FaultKind.LOSE, does="create", times=1))
    with pytest.raises((OSError, http.client.HTTPException)):
        platform.call("POST", "/customers", {})

    assert fault.held is not None
    assert 200 == platform.call("GET", f"/customers/{fault.held.id}").status
    assert ("lose", Failure.CLOSED) == next(
        (c.fault, c.failure) for c in platform.journal.records if isinstance(c, Call) and c.does == "create"
    )

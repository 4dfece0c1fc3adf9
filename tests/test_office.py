"""The office of a controller answers workers, and no stranger keeps it from that."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from multiprocessing import AuthenticationError
from typing import Any

import pytest

from conformance.errors import RunRefused
from conformance.items import ItemPlan, ItemVerdict
from conformance.office import Office, ask_office
from conformance.verdict import Verdict

PLANS = [ItemPlan("ACK-01", "ACK-01", "MUST", "Accepts a genuine event")]
# An abrupt end in place of an orderly one.
_RESET = struct.pack("ii", 1, 0)


class _Source:
    """A run whose items all pass."""

    def __init__(self) -> None:
        self.begun: list[list[str]] = []

    def plans(self) -> list[ItemPlan]:
        return PLANS

    def begin(self, names: list[str]) -> None:
        self.begun.append(names)

    def verdict(self, name: str) -> ItemVerdict:
        if name != "ACK-01":
            raise RunRefused(f"there is no {name}")
        return ItemVerdict(Verdict.PASS, "", "")


@pytest.fixture
def source() -> _Source:
    """The run that the office speaks for."""
    return _Source()


@pytest.fixture
def card(source: _Source) -> Iterator[dict[str, Any]]:
    """The way to an office that is open."""
    office = Office(source)
    try:
        yield office.card
    finally:
        office.close()


def _stranger(card: dict[str, Any]) -> socket.socket:
    return socket.create_connection((card["host"], card["port"]))


def test_workers_ask_and_are_answered(card: dict[str, Any], source: _Source) -> None:
    """Plans and verdicts come over as they are, and the first worker alone begins the run."""
    one, other = ask_office(card), ask_office(card)
    one.begin(["ACK-01"])
    other.begin(["ACK-01"])

    assert PLANS == one.plans() == other.plans()
    assert ItemVerdict(Verdict.PASS, "", "") == other.verdict("ACK-01")
    assert [["ACK-01"]] == source.begun


def test_a_refusal_comes_over_as_one(card: dict[str, Any]) -> None:
    """What the run refuses is refused to the worker in the same words."""
    with pytest.raises(RunRefused, match="there is no ACK-99"):
        ask_office(card).verdict("ACK-99")


def test_strangers_who_hang_up_close_no_office(card: dict[str, Any]) -> None:
    """Who connects and leaves, in whatever way, takes nothing from the workers."""
    for says in (b"", b"\x00", b"GET / HTTP/1.1\r\n\r\n"):
        with _stranger(card) as stranger:
            stranger.sendall(says)
        with _stranger(card) as stranger:
            stranger.sendall(says)
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    assert PLANS == ask_office(card).plans()


def test_a_stranger_who_says_nothing_keeps_nobody_waiting(card: dict[str, Any]) -> None:
    """While one connection is silent, others are served."""
    with _stranger(card):
        assert PLANS == ask_office(card).plans()


def test_who_does_not_know_the_key_is_turned_away(card: dict[str, Any]) -> None:
    """A card with another key leads nowhere."""
    with pytest.raises(AuthenticationError):
        ask_office({**card, "key": "AAAA"})

    assert PLANS == ask_office(card).plans()

from __future__ import annotations

import pytest

from conformance.exchange import Request
from conformance.simulator.owners import Owners

MINE, OTHER, STRANGE = (
    "6f1c2d3e-4b5a-4c6d-8e7f-90a1b2c3d4e5",
    "0a9b8c7d-6e5f-4a3b-9c2d-1e0f9a8b7c6d",
    "13579bdf-2468-4ace-8024-68ace13579bd",
)


@pytest.fixture
def owners() -> Owners:
    """Two plays, each with an id."""
    owners = Owners()
    owners.claim(MINE, "p1")
    owners.claim(OTHER, "p2")
    return owners


def owner(owners: Owners, request: Request, **said: str | None) -> str | None:
    """Whose call it is."""
    return owners.of(
        request,
        does=said.get("does") or "get",
        object_type=said.get("object_type") or "thing",
        correlation=said.get("correlation"),
    )


@pytest.mark.parametrize(
    "target",
    [
        f"/things/{MINE}",
        f"/things/{MINE.upper()}",
        f"/things/{MINE.replace('-', '')}",
        f"/firms/{STRANGE}/things/{MINE}",
        f"/events?after={MINE}",
        f"/things/%7B{MINE}%7D",
    ],
)
def test_a_call_belongs_to_the_play_whose_id_it_names(owners: Owners, target: str) -> None:
    """Wherever the id stands in the target and however it is written."""
    assert "p1" == owner(owners, Request("GET", target))


def test_the_target_weighs_more_than_the_rest(owners: Owners) -> None:
    """What a call is about says more than what came with it."""
    request = Request("PUT", f"/things/{MINE}", (), OTHER.encode())
    owners.begin_creating("thing", "p3")

    assert "p1" == owner(owners, request, correlation=OTHER, does="create")


def test_a_creation_belongs_to_who_creates(owners: Owners) -> None:
    """While one play has objects of a type created, no other does; afterwards nobody does."""
    request = Request("POST", "/things", (), b"{}")
    owners.begin_creating("thing", "p1")
    creating = [owner(owners, request, does="create", object_type=kind) for kind in ("thing", "thong")]
    fetching = owner(owners, request)
    owners.end_creating("thing")
    owners.end_creating("thing")

    assert ["p1", None] == creating
    assert None is fetching
    assert None is owner(owners, request, does="create")


def test_a_correlation_id_tells_whose_call_it_is(owners: Owners) -> None:
    """Where the target names nothing that is known, the correlation id does, before the body."""
    request = Request("POST", f"/things/{STRANGE}", (), OTHER.encode())

    assert "p1" == owner(owners, request, correlation=MINE)
    assert "p2" == owner(owners, request, correlation=STRANGE)
    assert "p2" == owner(owners, request)


def test_what_nobody_claims_belongs_to_who_is_alone(owners: Owners) -> None:
    """A play that has the partner to itself gets what cannot be told otherwise."""
    request = Request("GET", "/events")
    before = owner(owners, request)
    owners.alone = "p9"

    assert (None, "p9") == (before, owner(owners, request))
    assert "p1" == owner(owners, Request("GET", f"/things/{MINE}"))


def test_a_recovery_belongs_to_who_is_alone(owners: Owners) -> None:
    """It begins at an event of any earlier play, and that play has nothing to do with it."""
    request = Request("GET", f"/events?after={MINE}")
    owners.alone = "p9"

    assert "p9" == owner(owners, request, does="list-events")


def test_a_later_claim_wins(owners: Owners) -> None:
    """An object that passes from one play to another belongs to the latter."""
    owners.claim(MINE.upper(), "p2")

    assert "p2" == owner(owners, Request("GET", f"/things/{MINE}"))


def test_who_creates_looks_for_what_it_has_created(owners: Owners) -> None:
    """A look by an id that no play knows belongs to who creates objects of that type; any other call does not."""
    owners.begin_creating("thing", "p3")
    request = Request("GET", f"/firms/{STRANGE}/things/by/{STRANGE}")

    assert "p3" == owner(owners, request, does="find")
    assert "p1" == owner(owners, Request("GET", f"/things/{MINE}"), does="find")
    assert owner(owners, request, does="find", object_type="other") is None
    assert owner(owners, request, does="list-events") is None


def test_an_id_tells_who_claimed_it(owners: Owners) -> None:
    """In any case, and nobody where nobody has."""
    assert ("p1", None) == (owners.claimant(MINE.upper()), owners.claimant(STRANGE))


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/orders/1700"),
        Request("GET", "/events?after=1700"),
        Request("POST", "/notes", (), b'{"order": 1700}'),
        Request("POST", "/notes", (), b'{"orders": ["1700"]}'),
        Request("GET", "/orders/17%30%30"),
    ],
    ids=lambda request: f"{request.target} {request.body.decode()}",
)
def test_an_id_that_is_no_uuid_is_found_where_it_stands_alone(owners: Owners, request_: Request) -> None:
    """As a step of the path, a value of the query, a text or a number of the body."""
    owners.claim("1700", "p3")

    assert "p3" == owner(owners, request_)


@pytest.mark.parametrize("target", ["/orders/17001", "/orders/evt_A", "/orders"])
def test_another_id_is_nobodys(owners: Owners, target: str) -> None:
    """A longer number, or a text in another case, names something else."""
    owners.claim("1700", "p3")
    owners.claim("evt_a", "p3")

    assert owner(owners, Request("GET", target)) is None

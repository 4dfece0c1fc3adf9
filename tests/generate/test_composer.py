from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from conformance import pointer
from conformance.generate.composer import Composer
from conformance.generate.corpus import Corpus
from conformance.generate.names import fresh_id
from conformance.generate.places import walk
from conformance.generate.renewal import renewed
from conformance.platform.description import Change, EventType
from conformance.platform.event import Event, Thing
from parcel_service import LARKPOST
from shipped import PLATFORMS, corpus, seeded, specification
from small_platform import platform

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AT = "2026-01-01T00:00:00.000001Z"
LATER = "2026-01-01T00:00:01.000001Z"
KINDS = [
    pytest.param(platform, kind, change, id=f"{kind.name}-{change}")
    for platform in PLATFORMS
    for kind in specification(platform).description.delivered_types
    for change in kind.changes
]


def composer(platform: str) -> Composer:
    """The composer of a shipped platform."""
    return Composer(specification(platform), corpus(platform))


def thing_of(platform: str, object_type: str, random: Random) -> Thing:
    """An object as a story makes one."""
    kind = specification(platform).description.object_types[object_type]
    name = fresh_id(random)
    return Thing(object_type, name, name if kind.tenant == kind.id else fresh_id(random) if kind.tenant else "")


def composed(platform: str, kind: EventType, change: Change, *, seed: int = 7) -> Event:
    """An event about the second version of a new object."""
    random = seeded(seed)
    made, thing = composer(platform), thing_of(platform, kind.object_type, random)
    first = made.state(thing, at=AT, random=random)
    state = made.changed(first, kind.object_type, version=2, at=LATER)
    return made.event(
        kind,
        thing,
        state,
        change=change,
        version=2,
        event_id=fresh_id(random),
        at=LATER,
        correlation=None,
        random=random,
    )


@pytest.mark.parametrize(("platform", "kind", "change"), KINDS)
def test_an_event_of_every_type_is_valid_and_names_its_object(platform: str, kind: EventType, change: Change) -> None:
    """Each event that can be sent is allowed by the document, and carries its id, its time and its object's id."""
    shipped = specification(platform)
    d = shipped.description
    event = composed(platform, kind, change)
    id_at = d.object_id_at if d.thin else d.payload_at + d.object_types[kind.object_type].id

    assert () == shipped.document.violations(shipped.document.event_schema_at(kind.name), event.content)
    assert event.id == pointer.read(event.content, d.id_at)
    assert LATER == pointer.read(event.content, d.time_at)
    assert kind.name == pointer.read(event.content, d.type_at)
    assert event.thing.id == pointer.read(event.content, id_at)


@pytest.mark.parametrize(("platform", "kind", "change"), KINDS)
def test_an_event_shows_the_state_that_it_stands_for(platform: str, kind: EventType, change: Change) -> None:
    """An event that tells of a payment that succeeded says so in its payload; a change is named where it can be."""
    d = specification(platform).description
    event = composed(platform, kind, change)

    for at, value in kind.sets:
        assert value == pointer.read(event.content, d.payload_at + at)
    if d.change_at:
        assert d.change_values[change] == pointer.read(event.content, d.change_at)


def test_the_same_seed_composes_the_same_event() -> None:
    """Nothing is drawn but from the random source that is given."""
    kind = specification("feewise").description.event_types["payout.paid"]

    assert composed("feewise", kind, "created") == composed("feewise", kind, "created")
    assert composed("feewise", kind, "created").id != composed("feewise", kind, "created", seed=8).id


def test_bodies_are_compact_ascii() -> None:
    """What is sent holds no space that is not inside of a text, and no byte above 127."""
    kind = specification("feewise").description.event_types["artifact.invoice.created"]
    body = composed("feewise", kind, "created").body

    assert body.isascii()
    assert body == json.dumps(json.loads(body), separators=(",", ":")).encode()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_versions_of_an_object_are_valid_and_differ(platform: str) -> None:
    """Every version of every object is allowed by the document, and differs from the one before where it can."""
    shipped, made, random = specification(platform), composer(platform), seeded(7)
    for name, kind in shipped.description.object_types.items():
        thing = thing_of(platform, name, random)
        states = [made.state(thing, at=AT, random=random)]
        for version in (2, 3):
            states.append(made.changed(states[-1], name, version=version, at=LATER))

        assert [] == [bad for s in states for bad in shipped.document.violations(shipped.object_schema_at(name), s)]
        assert [thing.id] * 3 == [pointer.read(state, kind.id) for state in states]
        for field in kind.changing:
            assert list(field.values[:3]) == [pointer.read(state, field.at) for state in states]
        if kind.version:
            assert [1, 2, 3] == [pointer.read(state, kind.version) for state in states]
        if kind.modified:
            assert [AT, LATER, LATER] == [pointer.read(state, kind.modified) for state in states]
        if kind.tenant:
            assert thing.tenant == pointer.read(states[-1], kind.tenant)


def test_what_the_creator_gave_stays() -> None:
    """The fields that a partner set are those that the platform holds, changing ones included."""
    made, random = composer("feewise"), seeded(7)
    thing = thing_of("feewise", "invoice", random)
    given = {"status": "Void", "amount": "1.10"}
    state = made.state(thing, at=AT, random=random, given=given)
    changed = made.changed(state, "invoice", version=2, at=LATER, given={"amount_due": "1.00"})

    assert ("Void", "1.10") == (state["status"], state["amount"])
    assert ("Awaiting Payment", "1.10", "1.00") == (changed["status"], changed["amount"], changed["amount_due"])


def test_composing_changes_no_sample() -> None:
    """The corpus is the same after a thousand events as before."""
    before = corpus("feewise").digest
    for kind in specification("feewise").description.delivered_types:
        composed("feewise", kind, kind.changes[0])

    assert before == corpus("feewise").digest


def test_an_object_without_a_sample_is_what_is_known_of_it() -> None:
    """Where the document declares no such object, its id and its fields are all there is."""
    made = Composer(specification("feewise"), Corpus({}, {}, {}))
    thing = Thing("webhook", "11111111-2222-4333-8444-555555555555")

    assert {"webhook_id": thing.id} == made.state(thing, at=AT, random=seeded(7))


def test_fresh_ids_are_version_4_uuids() -> None:
    """Ids are drawn from the random source, and look like anyone's."""
    names = [fresh_id(seeded(seed)) for seed in range(50)]

    assert 50 == len(set(names))
    assert {4} == {UUID(name).version for name in names}
    assert fresh_id(seeded(7)) == fresh_id(seeded(7))


def _named(value: object) -> set[str]:
    return {inner for _, inner in walk(value) if isinstance(inner, str) and UUID_TEXT.fullmatch(inner)}


@pytest.mark.parametrize(("platform", "kind", "change"), KINDS)
def test_no_two_objects_name_the_same(platform: str, kind: EventType, change: Change) -> None:
    """What an event names inside of its object, such as a transaction, belongs to that object alone."""
    one, other = (composed(platform, kind, change, seed=seed).content for seed in (7, 8))

    assert not _named(one) & _named(other)


def test_two_events_about_an_object_name_the_same() -> None:
    """A transaction of a payout is the same one in the next event about the payout."""
    payout = {"transactions": [{"transaction_id": str(UUID(int=7))}], "count": 1, "name": "x"}

    assert renewed(payout, of="a") == renewed(payout, of="a") != renewed(payout, of="b")
    assert {"transactions", "count", "name"} == renewed(payout, of="a").keys()


def test_a_thin_event_tells_all_by_which_its_object_is_got() -> None:
    """The tenant that stands in the path of the get operation is the object's own."""
    made, random = composer(LARKPOST), seeded()
    described = specification(LARKPOST)
    kind, thing = described.description.event_types["parcel.moved"], thing_of(LARKPOST, "parcel", random)
    state = made.state(thing, at=AT, random=random)
    event = made.event(
        kind,
        thing,
        state,
        change="status-changed",
        version=1,
        event_id=fresh_id(random),
        at=AT,
        correlation=None,
        random=random,
    )

    assert thing.tenant == event.content["about"]["shipper"]
    assert (("/about/shipper", "/shipper"),) == described.description.address_at("parcel")
    assert () == described.document.violations(described.document.event_schema_at(kind.name), event.content)


def test_an_event_that_is_its_own_payload_keeps_its_name(tmp_path: Path) -> None:
    """The object has the fields of the event as well, and yet each event has its own id, type and time."""
    said = {
        "/events/payload": "",
        "/object_types/thing": {"id": "/thing/id", "origin": ["platform"]},
        "/operations": {},
        "/unlisted": {"operations": "unused"},
    }
    path = str(platform(tmp_path, description=said))
    (kind,) = specification(path).description.delivered_types
    told = composed(path, kind, "created")

    assert (told.id, told.type, told.occurred_at) == tuple(told.content[part] for part in ("id", "type", "at"))
    assert told.thing.id == told.content["thing"]["id"]


def test_what_a_call_has_in_another_form_is_not_taken_over(tmp_path: Path) -> None:
    """A message is sent to one text, say, and is shown with a list of those that it went to."""
    path = str(platform(tmp_path))
    made, random = composer(path), seeded(7)
    thing = Thing("thing", fresh_id(random))
    state = made.state(thing, at=AT, random=random, given={"size": "large", "note": "mine"})
    later = made.changed(state, "thing", version=2, at=LATER, given={"size": "small"})

    assert ("mine", True) == (state["note"], isinstance(state["size"], int))
    assert isinstance(later["size"], int)

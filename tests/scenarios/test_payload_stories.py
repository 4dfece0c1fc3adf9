from __future__ import annotations

import json
from typing import Any

import pytest

from conformance import stage as stage_module
from conformance.delivery import Sent
from conformance.errors import NotAssessable
from conformance.exchange import Delivery, Failure, Request, Response
from conformance.scenarios.texts import BROKEN, ODD, SCRIPTS
from one_story import acted
from senders import answers, fails
from shipped import specification

PLATFORMS = pytest.mark.parametrize("platform", ["feewise", "wawex"])


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redeliveries follow at once."""
    monkeypatch.setattr(stage_module, "_RETRY_AFTER", (0.0, 0.0))
    monkeypatch.setattr(stage_module, "_RECONNECT_AFTER", (0.0, 0.0))


def content(delivery: Delivery) -> Any:
    """What was delivered."""
    return json.loads(delivery.request.body)


def depth(value: Any) -> int:
    """How many levels a value has."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def holding(request: Request) -> Sent:
    """A partner that holds whatever it was asked about."""
    if request.method == "GET":
        return Sent(request, Response(200, (), b'{"applied": 1, "amount": "1000.00"}'), None)
    return answers(request)


@PLATFORMS
def test_a_large_body_is_just_below_the_limit(platform: str) -> None:
    """It is one byte short of it, so that no count of bytes is too strict."""
    (large,) = acted(platform, "large-body").deliveries("large")
    described = specification(platform)

    assert described.description.body_limit - 1 == len(large.request.body)
    assert () == described.document.violations(described.document.event_schema_at(large.event_type), content(large))


@PLATFORMS
def test_an_oversized_body_is_twice_as_large(platform: str) -> None:
    """And an event of the usual size comes after it."""
    play = acted(platform, "oversized-body")
    (oversized,), (after,) = play.deliveries("oversized"), play.deliveries("after")

    assert 2 * specification(platform).description.body_limit == len(oversized.request.body)
    assert len(after.request.body) < 20_000
    assert not oversized.genuine


@PLATFORMS
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_text_of_any_script_is_what_the_document_allows(platform: str, script: str) -> None:
    """The escaped text is ASCII, the others are UTF-8."""
    (text,) = acted(platform, "unicode-text", script).deliveries("text")
    document = specification(platform).document

    assert (script == "escaped") == text.request.body.isascii()
    assert any(len(c.encode()) > 1 for c in json.dumps(content(text), ensure_ascii=False))
    assert () == document.violations(document.event_schema_at(text.event_type), content(text))


@PLATFORMS
@pytest.mark.parametrize("oddity", ODD)
def test_odd_json_is_well_formed(platform: str, oddity: str) -> None:
    """A parser takes it, and it is odd in one way."""
    (odd,) = acted(platform, "odd-json", oddity).deliveries("odd")
    keys: list[list[str]] = []
    json.loads(odd.request.body, object_pairs_hook=lambda pairs: keys.append([name for name, _ in pairs]))

    assert odd.request.body.isascii()
    assert (oddity == "duplicate-keys") == any(len(names) != len(set(names)) for names in keys)
    assert (oddity == "lone-surrogate") == (b"\\ud83d" in odd.request.body)
    assert (oddity == "depth-100") == (depth(content(odd)) == 100)


@PLATFORMS
@pytest.mark.parametrize("form", BROKEN)
def test_broken_text_is_broken_in_its_bytes_alone(platform: str, form: str) -> None:
    """With the bytes replaced it is JSON."""
    (broken,) = acted(platform, "broken-text", form).deliveries("broken")

    with pytest.raises(UnicodeDecodeError):
        broken.request.body.decode()
    assert json.loads(broken.request.body.decode(errors="replace"))


@PLATFORMS
def test_new_fields_are_announced_by_a_control(platform: str) -> None:
    """The event beside is of the same type and has no such fields."""
    play = acted(platform, "unknown-fields", "envelope")
    (control,), (extended,) = play.deliveries("control"), play.deliveries("extended")

    assert control.event_type == extended.event_type
    assert {f"/{name}" for name in content(extended).keys() - content(control).keys()} == set(
        play.note("changed").splitlines()
    )


def test_where_events_carry_no_object_new_fields_stand_in_the_object() -> None:
    """What the partner then gets has them; the event has not."""
    play = acted("wawex", "unknown-fields", "payload", partner=holding, offers=("events",))

    assert "seen" == play.note("effect")
    assert 6 == len(content(play.deliveries("extended")[0]))
    assert play.note("changed")


@pytest.mark.parametrize(("offers", "effect"), [(("objects",), "seen"), ((), "cannot be seen")])
def test_the_effect_of_an_object_is_what_is_held_of_it(offers: tuple[str, ...], effect: str) -> None:
    """To have got it is none."""
    play = acted("wawex", "unknown-fields", "payload", partner=holding, offers=offers)

    assert effect == play.note("effect")


@pytest.mark.parametrize("level", ["nested", "item"])
def test_what_a_platform_has_no_room_for_is_left_out(level: str) -> None:
    """The objects of this one are flat."""
    assert "no object of the platform" in acted("wawex", "unknown-fields", level).note("left out")


@pytest.mark.parametrize(
    ("platform", "form", "changed"),
    [
        ("wawex", "unknown-value", "/event"),
        ("feewise", "unknown-value", "/event/currency"),
        ("wawex", "absent-optional", ""),
        ("wawex", "null-optional", ""),
    ],
)
def test_what_is_unforeseen_is_written_down(platform: str, form: str, changed: str) -> None:
    """An item that the platform has no field for is left out."""
    play = acted(platform, "unforeseen-values", form)

    assert changed == play.note("changed")
    assert bool(changed) != bool(play.note("left out"))


def test_optional_fields_are_absent_or_null_together() -> None:
    """One event shows them all."""
    absent, null = (acted("feewise", "unforeseen-values", form) for form in ("absent-optional", "null-optional"))
    names = [at.rpartition("/")[2] for at in null.note("changed").splitlines()]

    assert absent.note("changed") == null.note("changed")
    assert not set(names) & content(absent.deliveries("varied")[0])["event"].keys()
    assert {None} == {content(null.deliveries("varied")[0])["event"][name] for name in names}


@PLATFORMS
def test_decimals_travel_in_the_event_or_in_its_object(platform: str) -> None:
    """Two objects, one of them with an amount below one."""
    play = acted(platform, "exact-values", "decimals", partner=holding, offers=("objects", "events"))
    told = [json.loads(text) for text in play.note_all("told")]

    assert {"1000.00", "0.10"} == {fact["value"] for fact in told}
    assert 2 == len({fact["object"] for fact in told}) == len(play.deliveries())
    if platform == "feewise":
        events = {d.object_id: content(d)["event"] for d in play.deliveries()}
        assert all(events[fact["object"]][fact["at"][1:]] == fact["value"] for fact in told)


@PLATFORMS
def test_an_absent_field_is_not_told_of(platform: str) -> None:
    """Neither in the event nor in the object."""
    play = acted(platform, "exact-values", "absent-or-null", partner=holding, offers=("objects", "events"))
    (fact,) = [json.loads(text) for text in play.note_all("told")]

    assert "absent" == fact["means"]
    assert fact["at"][1:] not in content(play.deliveries()[0]).get("event", {})


def test_what_the_partner_holds_must_be_asked() -> None:
    """Without the control call there is nothing to compare."""
    with pytest.raises(NotAssessable, match="'objects'"):
        acted("feewise", "exact-values", "decimals")


def test_no_platform_of_the_kit_holds_large_numbers() -> None:
    """The item is left out, and says why."""
    play = acted("feewise", "exact-values", "large-integers", partner=holding, offers=("objects",))

    assert "beyond 2^53" in play.note("left out")


def test_a_partner_that_minds_new_fields_is_not_asked_for_more() -> None:
    """What would be learned of it is what FWD-01 says."""

    def minds(request: Request) -> Sent:
        return answers(request, status=400 if b'"field' in request.body else 200)

    with pytest.raises(NotAssessable, match="with one new field \\(see FWD-01\\)"):
        acted("feewise", "large-body", partner=minds)


def test_a_connection_that_breaks_is_written_down() -> None:
    """The partner may have answered before it closed."""

    def closes(request: Request) -> Sent:
        return fails(request, Failure.CLOSED) if len(request.body) > 300_000 else answers(request)

    play = acted("feewise", "oversized-body", partner=closes)

    assert {Failure.CLOSED} == {d.failure for d in play.deliveries("oversized")}
    assert play.deliveries("after")[0].succeeded

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote
from uuid import uuid4

import pytest

from played_platform import Answered, PlayedPlatform

BASE = "/api/v3/partner/events"


@pytest.fixture
def platform() -> Iterator[PlayedPlatform]:
    """FeeWise behind a port."""
    with PlayedPlatform("feewise") as played:
        yield played


def ids(answer: Answered) -> list[str]:
    """The ids of listed events, in their order."""
    assert 200 == answer.status
    return [event["event_id"] for event in answer.json["events"]]


def test_events_are_listed_oldest_first(platform: PlayedPlatform) -> None:
    """Whatever the order in which they were made up, and the journal says which were listed."""
    newest, oldest, middle = (platform.told("payout.paid", age=age) for age in (10, 30, 20))
    listed = ids(platform.call("GET", BASE))

    assert [oldest.id, middle.id, newest.id] == listed
    assert tuple(listed) == platform.last_call.listed
    assert "list-events" == platform.last_call.does


def test_events_are_listed_as_they_were_sent(platform: PlayedPlatform) -> None:
    """A listed event is the event."""
    event = platform.told("payout.paid")

    assert [event.content] == platform.call("GET", BASE).json["events"]


def test_without_a_filter_the_list_covers_a_day(platform: PlayedPlatform) -> None:
    """What is older is listed only when it is asked for."""
    old, new = platform.told("payout.paid", age=90_000), platform.told("payout.paid", age=80_000)
    early = quote("2020-01-01T00:00:00Z")

    assert [new.id] == ids(platform.call("GET", BASE))
    assert [old.id, new.id] == ids(platform.call("GET", f"{BASE}?since={early}"))


@pytest.mark.parametrize("offset", ["Z", "+00:00", "+02:00"])
def test_since_takes_the_event_of_that_very_time(platform: PlayedPlatform, offset: str) -> None:
    """`since` includes its own moment, in any zone; a plus that became a space is one all the same."""
    first, second = platform.told("payout.paid", age=30), platform.told("payout.paid", age=20)
    hour = int(second.occurred_at[11:13])
    if offset == "+02:00" and hour > 21:
        hour -= 24  # over midnight the day would change, and the test is about the zone
        pytest.skip("too late in the day for this zone")
    shifted = hour + 2 if offset == "+02:00" else hour
    moment = f"{second.occurred_at[:11]}{shifted:02d}{second.occurred_at[13:-1]}{offset}"

    assert [second.id] == ids(platform.call("GET", f"{BASE}?since={quote(moment)}"))
    assert [first.id, second.id] == ids(platform.call("GET", f"{BASE}?since={quote(first.occurred_at)}"))


def test_after_an_event_means_those_that_came_later(platform: PlayedPlatform) -> None:
    """By filter or by the replay path, in any case of the id, however old the event is."""
    old, *rest = (platform.told("payout.paid", age=age) for age in (90_000, 80_000, 10))
    later = [event.id for event in rest]

    assert later == ids(platform.call("GET", f"{BASE}?since_webhook_event_id={old.id}"))
    assert later == ids(platform.call("GET", f"{BASE}/replay/{old.id}"))
    assert later == ids(platform.call("GET", f"{BASE}/replay/{old.id.upper()}"))
    assert [] == ids(platform.call("GET", f"{BASE}/replay/{later[-1]}"))


def test_replay_takes_the_other_filters(platform: PlayedPlatform) -> None:
    """The path and the filters must all hold."""
    first = platform.told("payout.paid", age=40)
    platform.told("payout.paid", age=30)
    wanted = platform.told("payout.failed", age=20)
    platform.told("payout.failed", age=10, delivered=True)
    since = quote(wanted.occurred_at)

    assert [wanted.id] == ids(
        platform.call("GET", f"{BASE}/replay/{first.id}?topic=payout.failed&status=failed&since={since}")
    )


@pytest.mark.parametrize("target", [f"{BASE}?since_webhook_event_id={{}}", f"{BASE}/replay/{{}}"])
def test_an_unknown_event_is_not_found(platform: PlayedPlatform, target: str) -> None:
    """404 in the platform's error shape, in both forms."""
    answer = platform.call("GET", target.format(uuid4()))

    assert 404 == answer.status
    assert "detail" in answer.json


@pytest.mark.parametrize("target", [f"{BASE}?since_webhook_event_id={{}}", f"{BASE}/replay/{{}}"])
def test_a_forgotten_event_is_unknown(platform: PlayedPlatform, target: str) -> None:
    """Until it is restored, beside what came since; what was kept is listed all the while."""
    last, kept = platform.told("payout.paid", age=20), platform.told("payout.paid", age=10)
    forgotten = platform.on_loop(lambda: platform.state.forget_events(but=kept))
    unknown = platform.call("GET", target.format(last.id)).status
    new = platform.told("payout.paid")
    meanwhile = ids(platform.call("GET", BASE))
    platform.on_loop(lambda: platform.state.restore_events(forgotten))

    assert 404 == unknown
    assert [kept.id, new.id] == meanwhile
    assert [kept.id, new.id] == ids(platform.call("GET", target.format(last.id)))


@pytest.mark.parametrize("query", ["", "?status=sent", "?since=2030-01-01T00:00:00Z", "/replay/{}"])
def test_a_story_may_choose_what_is_listed(platform: PlayedPlatform, query: str) -> None:
    """Whatever is asked for, and the journal says what it was."""
    first, second = platform.told("payout.paid", age=20), platform.told("payout.paid", age=10)
    platform.state.listing = (second, first)
    chosen = ids(platform.call("GET", BASE + query.format(second.id)))
    recorded = platform.last_call.listed
    platform.state.listing = ()

    assert [second.id, first.id] == chosen
    assert (second.id, first.id) == recorded
    assert [] == ids(platform.call("GET", BASE))


def test_a_time_and_an_event_together_are_refused(platform: PlayedPlatform) -> None:
    """FeeWise documents 400 for both filters at once."""
    event = platform.told("payout.paid")
    answer = platform.call("GET", f"{BASE}?since=2020-01-01T00:00:00Z&since_webhook_event_id={event.id}")

    assert 400 == answer.status


def test_events_are_listed_by_topic_and_status(platform: PlayedPlatform) -> None:
    """`payment.all` stands for every payment topic; `sent` and `failed` tell what could be delivered."""
    paid = platform.told("payout.paid", age=30, delivered=True)
    failed = platform.told("payment.failed", age=20)
    done = platform.told("payment.successful", age=10, delivered=True)

    assert [paid.id] == ids(platform.call("GET", f"{BASE}?topic=payout.paid"))
    assert [failed.id, done.id] == ids(platform.call("GET", f"{BASE}?topic=payment.all"))
    assert [failed.id] == ids(platform.call("GET", f"{BASE}?status=failed"))
    assert [done.id] == ids(platform.call("GET", f"{BASE}?topic=payment.all&status=sent"))


def test_the_answer_repeats_the_filters(platform: PlayedPlatform) -> None:
    """A partner sees what it asked for."""
    answer = platform.call("GET", f"{BASE}?topic=payout.paid&status=sent")

    assert {"topic": "payout.paid", "status": "sent"} == answer.json["filters"]


@pytest.mark.parametrize("query", ["status=lost", "topic=payout.lost", "since_webhook_event_id=1", "since=noon"])
def test_a_filter_that_is_none_is_refused(platform: PlayedPlatform, query: str) -> None:
    """The document says which values there are."""
    assert 400 == platform.call("GET", f"{BASE}?{query}").status

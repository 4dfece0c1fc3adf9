"""What the judges say of partners to whom recorded deliveries are played back."""

from __future__ import annotations

from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, Scene, applied, called, delivered, feewise, play

TOLERANCE = "/signature/tolerance"
SENTINEL = delivered("sentinel", event="e3", about="o3")


def _replayed(*then: Moment, status: int = 200) -> Scene:
    replayed = delivered("replayed", genuine=False, status=status)
    return play("replay", "", delivered("first"), applied("e1", 1), replayed, SENTINEL, *then)


def _late(age: str, *then: Moment, status: int = 401) -> Scene:
    replayed = delivered("replayed", genuine=False, status=status)
    return play("late-replay", age, delivered("first"), applied("e1", 1), replayed, SENTINEL, *then)


@case("RPL-01", Verdict.PASS)
def test_a_replay_changes_nothing() -> Transcript:
    """It may be acknowledged like any duplicate."""
    return feewise(_replayed(applied("e1", 1)))


@case("RPL-01", Verdict.PASS)
def test_a_replay_may_be_refused() -> Transcript:
    """A partner may remember signatures instead of events."""
    return feewise(_replayed(applied("e1", 1), status=409))


@case("RPL-01", Verdict.PASS)
def test_a_replay_may_be_refused_like_a_forgery() -> Transcript:
    """Who remembers signatures says that this one is not good any more."""
    return feewise(_replayed(applied("e1", 1), status=401))


@case("RPL-01", Verdict.NOT_ASSESSABLE, "the event is not accepted when it comes again (status 429)")
def test_who_is_too_busy_for_a_replay_has_not_met_it() -> Transcript:
    """Throttling is neither a refusal nor a memory."""
    return feewise(_replayed(applied("e1", 1), status=429))


@case("RPL-01", Verdict.WARN, "applied once / applied 2 times")
def test_a_replay_is_applied_again() -> Transcript:
    """The memory for duplicates is the only guard while the signature is fresh."""
    return feewise(_replayed(applied("e1", 2)))


@case("RPL-01", Verdict.WARN, "one effect / 2 times POST /things")
def test_a_replay_changes_something_again() -> Transcript:
    """A second call that changes something shows without a control endpoint."""
    made = called("create", "x1", target="/things", body=b'{"about": "o1"}')
    first, again = delivered("first"), delivered("replayed", genuine=False)
    return feewise(play("replay", "", first, made, again, made, SENTINEL), offers=())


@case("RPL-01", Verdict.NOT_ASSESSABLE, "does not offer 'events'")
def test_without_a_count_a_second_effect_stays_unseen() -> Transcript:
    """Silence is no proof."""
    again = delivered("replayed", genuine=False)
    return feewise(play("replay", "", delivered("first"), again, SENTINEL), offers=())


@case("RPL-02", Verdict.PASS)
def test_a_known_event_under_an_old_signature_is_refused() -> Transcript:
    """Whatever the partner knows of it."""
    return feewise(_late("twice-the-tolerance", applied("e1", 1)), _late("one-day-old", applied("e1", 1)))


@case("RPL-02", Verdict.PASS)
def test_the_answer_alone_can_decide() -> Transcript:
    """How often the event was applied need not be known."""
    again = delivered("replayed", genuine=False, status=401)
    return feewise(play("late-replay", "one-day-old", delivered("first"), again, SENTINEL), offers=())


@case("RPL-02", Verdict.FAIL, "a refusal / accepted with status 200")
def test_a_known_event_is_acknowledged_unverified() -> Transcript:
    """A day is beyond any tolerance."""
    return feewise(_late("one-day-old", applied("e1", 1), status=200))


@case("RPL-02", Verdict.WARN, "it rests on /signature/tolerance")
def test_a_known_event_is_acknowledged_beyond_an_assumed_tolerance() -> Transcript:
    """Where the platform names no tolerance, twice the assumed one warns."""
    return feewise(_late("twice-the-tolerance", applied("e1", 1), status=200))


@case("RPL-02", Verdict.FAIL, "accepted with status 200")
def test_a_known_event_is_acknowledged_beyond_a_confirmed_tolerance() -> Transcript:
    """A tolerance that the operator confirmed decides."""
    return feewise(_late("twice-the-tolerance", applied("e1", 1), status=200), confirmed={TOLERANCE: 300})


@case("RPL-02", Verdict.FAIL, "applied once / applied 2 times")
def test_a_refused_replay_is_applied() -> Transcript:
    """The right status does not excuse a second effect."""
    return feewise(_late("one-day-old", applied("e1", 2)))


@case("RPL-02", Verdict.WARN, "refused with 401 / refused with status 409")
def test_a_replay_is_refused_as_a_duplicate() -> Transcript:
    """It is refused, and its manner says that the signature was not looked at first."""
    return feewise(_late("one-day-old", applied("e1", 1), status=409))

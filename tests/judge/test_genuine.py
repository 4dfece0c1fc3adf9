"""What the judges say of partners that are sent what looks odd and is genuine."""

from __future__ import annotations

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from rotating_platform import SCHEME
from transcripts import Scene, delivered, feewise, noted, play, wawex


def _odd(form: str, *, status: int = 200, forged: int = 401, lost: Failure | None = None) -> Scene:
    """A genuine event was accepted, then came the odd one, then a forged one."""
    return play(
        "odd-but-genuine",
        form,
        delivered("control"),
        delivered("odd", event="e2", about="o2", status=status),
        delivered("forged", event="e3", about="o3", genuine=False, status=forged, failure=lost),
    )


@case("SIG-04", Verdict.PASS)
def test_json_is_accepted_in_every_form() -> Transcript:
    """Each form is an item of its own, and any 2xx will do."""
    forms = ("white-space", "key-order", "final-newline", "escaped-slash", "escape-in-upper-case", "fraction-of-zero")
    statuses = (200, 201, 202, 204, 200, 200)
    return feewise(*(_odd(form, status=status) for form, status in zip(forms, statuses, strict=True)))


@case("SIG-04", Verdict.FAIL, "a status from 200 to 299 / status 401")
def test_json_in_another_form_is_taken_for_forged() -> Transcript:
    """A signature over JSON that was printed again does not fit."""
    return feewise(_odd("white-space"), _odd("escaped-slash", status=401))


@case("SIG-04", Verdict.NOT_ASSESSABLE, "negative control failed: a forged event is not refused (status 200)")
def test_accepting_everything_proves_no_check() -> Transcript:
    """A partner that looks at no signature is not troubled by the form of what is signed."""
    return feewise(_odd("white-space", forged=200))


@case("SIG-04", Verdict.NOT_ASSESSABLE, "negative control failed: a forged event is not refused (no complete answer")
def test_no_answer_to_a_forgery_proves_no_check() -> Transcript:
    """A forgery that was lost in a busy moment might as well have been accepted."""
    return feewise(_odd("white-space", lost=Failure.TIMEOUT))


@case("SIG-04", Verdict.PASS)
def test_hanging_up_on_a_forgery_is_a_refusal() -> Transcript:
    """It has bad manners, which is for SIG-01 and its sisters to say."""
    return feewise(_odd("white-space", lost=Failure.CLOSED))


@case("SIG-04", Verdict.FAIL, "status 400")
def test_a_refusal_counts_whatever_else_is_accepted() -> Transcript:
    """The negative control keeps a PASS from being cheap, and excuses nothing."""
    return feewise(_odd("white-space", status=400, forged=200))


@case("SIG-04", Verdict.NOT_APPLICABLE, "no event of the platform has a place for it")
def test_a_form_that_no_schema_allows_is_left_out() -> Transcript:
    """Where no event holds a number, none can be written with a fraction."""
    left_out = noted("left out", "no event of the platform has a place for it")
    return feewise(play("odd-but-genuine", "fraction-of-zero", left_out))


@case("SIG-04", Verdict.PASS)
def test_an_attempt_that_found_no_connection_is_not_counted() -> Transcript:
    """The platform tries again, and the later answer counts."""
    lost = delivered("odd", event="e2", about="o2", failure=Failure.REFUSED)
    again = delivered("odd", event="e2", about="o2")
    return feewise(play("odd-but-genuine", "key-order", delivered("control"), lost, again))


@case("SIG-07", Verdict.PASS)
def test_other_clocks_are_borne() -> Transcript:
    """Behind and ahead."""
    return feewise(_odd("clock-behind"), _odd("clock-ahead"))


@case("SIG-07", Verdict.FAIL, "status 401")
def test_a_clock_ahead_is_not_borne() -> Transcript:
    """Where the operator confirmed the tolerance, it binds."""
    return feewise(_odd("clock-ahead", status=401), confirmed={"/signature/tolerance": 300})


@case("SIG-07", Verdict.WARN, "it rests on /signature/tolerance, which the platform does not publish")
def test_a_clock_ahead_is_not_borne_where_the_tolerance_is_assumed() -> Transcript:
    """A tolerance of half a minute would be the platform's to choose."""
    return feewise(_odd("clock-ahead", status=401))


@case("SIG-07", Verdict.NOT_ASSESSABLE, "negative control failed")
def test_a_partner_without_a_check_has_no_tolerance() -> Transcript:
    """Whoever accepts everything has not looked at the clock."""
    return feewise(_odd("clock-behind", forged=204))


@case("SIG-09", Verdict.PASS)
def test_its_own_signature_is_found_among_several() -> Transcript:
    """Whichever stands first; the secret need not change for that."""
    return feewise(_odd("known-key-first"), _odd("known-key-last"), changed=SCHEME)


@case("SIG-09", Verdict.FAIL, "status 401")
def test_the_first_signature_alone_is_read() -> Transcript:
    """A platform may put the new key's signature first."""
    return feewise(_odd("known-key-first"), _odd("known-key-last", status=401), changed=SCHEME)


@case("SIG-07", Verdict.NOT_ASSESSABLE, "negative control failed: a forged event is not refused (status 429)")
def test_a_limit_of_rate_is_no_negative_control() -> Transcript:
    """Whether the forged event would be refused is not known, so the acceptance proves nothing."""
    return feewise(_odd("clock-behind", forged=429))


@case("SIG-10", Verdict.PASS)
def test_a_signature_of_another_kind_is_passed_over() -> Transcript:
    """The good one beside it counts."""
    return feewise(_odd("beside-a-good-one"), changed=SCHEME)


@case("SIG-10", Verdict.WARN, "status 400")
def test_a_signature_of_another_kind_is_stumbled_over() -> Transcript:
    """A partner that refuses what it cannot read hinders the platform's next step."""
    return feewise(_odd("beside-a-good-one", status=400), changed=SCHEME)


@case("RPL-03", Verdict.PASS)
def test_late_retries_are_accepted() -> Transcript:
    """On platforms that sign and on others."""
    return wawex(_odd("one-hour-old"), _odd("one-day-old", status=202))


@case("RPL-03", Verdict.FAIL, "status 422")
def test_the_time_of_the_event_is_taken_for_that_of_the_delivery() -> Transcript:
    """What could not be delivered for a day is lost for ever."""
    return feewise(_odd("one-hour-old"), _odd("one-day-old", status=422))


@case("RPL-03", Verdict.PASS)
def test_where_nothing_can_be_forged_the_answer_decides() -> Transcript:
    """A platform that neither signs nor sends a credential has no negative control."""
    late = delivered("odd", event="e2", about="o2")
    return wawex(play("odd-but-genuine", "one-day-old", delivered("control"), late))


@case("SIG-04", Verdict.FAIL, "a status from 200 to 299 / status 400")
def test_the_last_control_and_the_last_attempt_are_cited() -> Transcript:
    """However often each was delivered."""
    gone = (delivered("control", failure=Failure.REFUSED), delivered("odd", event="e2", failure=Failure.REFUSED))
    return feewise(
        play(
            "odd-but-genuine",
            "key-order",
            gone[0],
            delivered("control"),
            gone[1],
            delivered("odd", event="e2", status=400),
        )
    )


@case("SIG-04", Verdict.PASS)
def test_the_last_forgery_is_the_negative_control() -> Transcript:
    """The one before it was answered by a gateway."""
    forged = (delivered("forged", genuine=False, status=200), delivered("forged", genuine=False, status=401))
    return feewise(play("odd-but-genuine", "key-order", delivered("control"), delivered("odd", event="e2"), *forged))

"""What the judges of the chapter Authenticity say of transcripts written by hand."""

from __future__ import annotations

from dataclasses import replace

from conformance.exchange import Failure
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from rotating_platform import SCHEME
from transcripts import Moment, Scene, applied, called, delivered, feewise, holds, noted, play, wawex

CONTROL = (delivered("control"), applied("e1", 1), noted("control effect", "seen"))
SENTINEL = (delivered("sentinel", event="e3", about="o3"), called("get", "o3"))
QUIET = (*SENTINEL, applied("e2", 0), holds("o2", None))
TOLERANCE = "/signature/tolerance"


def _forged(form: str, *then: Moment, status: int = 401, failure: Failure | None = None) -> Scene:
    forged = delivered("forged", event="e2", about="o2", genuine=False, status=status, failure=failure)
    return play("forged-event", form, *CONTROL, forged, *then)


@case("SIG-01", Verdict.PASS)
def test_an_unsigned_event_is_refused() -> Transcript:
    """Refused with the platform's status and without effect; what genuine events lead to meanwhile is none."""
    return feewise(_forged("no-signature", called("get"), *QUIET))


@case("SIG-01", Verdict.FAIL, "a refusal / accepted with status 202")
def test_an_unsigned_event_is_accepted() -> Transcript:
    """Accepted is accepted, with effect or without."""
    return feewise(_forged("no-signature", *QUIET, status=202))


@case("SIG-01", Verdict.FAIL, "a refusal / accepted with status 202")
def test_an_event_that_lacks_the_signature_alone_is_accepted() -> Transcript:
    """Its time is there, and nothing vouches for it."""
    return feewise(_forged("signature-left-out", *QUIET, status=202))


@case("SIG-01", Verdict.FAIL, "no effect / a call: GET /things/o2")
def test_a_refused_event_is_fetched() -> Transcript:
    """The right status does not excuse an effect."""
    return feewise(_forged("no-signature", called("get", "o2"), *QUIET))


@case("SIG-01", Verdict.FAIL, "the partner reports that it applied it once")
def test_a_refused_event_is_applied() -> Transcript:
    """An event that was to be refused is applied 0 times."""
    return feewise(_forged("no-signature", *SENTINEL, applied("e2", 1)))


@case("SIG-01", Verdict.FAIL, "the partner holds nothing of the object / the partner holds it")
def test_a_refused_event_is_stored() -> Transcript:
    """An event that is stored first and checked later has had its effect."""
    return feewise(_forged("no-signature", *SENTINEL, holds("o2", {"id": "o2"})))


@case("SIG-01", Verdict.WARN, "refused with 401 / refused with status 400")
def test_another_4xx_than_the_platforms_warns() -> Transcript:
    """The manner of a refusal is a recommendation."""
    return feewise(_forged("no-signature", *QUIET, status=400))


@case("SIG-01", Verdict.NOT_ASSESSABLE, "however often it came: no word about the event")
def test_a_limit_of_rate_is_no_refusal() -> Transcript:
    """Whoever is too busy for a forged event may take it a moment later."""
    return feewise(_forged("no-signature", *QUIET, status=429))


@case("SIG-01", Verdict.FAIL, "the partner reports that it applied it once")
def test_a_limit_of_rate_hides_no_effect() -> Transcript:
    """What was applied was not refused, whatever was answered."""
    return feewise(_forged("no-signature", *SENTINEL, applied("e2", 1), status=429))


@case("SIG-01", Verdict.PASS, "slow under load")
def test_silence_under_load_is_no_manner() -> Transcript:
    """A forged event that got no answer while stories overlapped, and a refusal in its own form twice alone."""
    lost = _forged("no-signature", *QUIET, failure=Failure.TIMEOUT)
    alone = _forged("no-signature", *QUIET)
    return feewise(replace(lost, alone=False), replace(alone, round=1), replace(alone, round=2))


@case("SIG-01", Verdict.WARN, "refused with status 500")
def test_a_crash_is_a_refusal_of_bad_manners() -> Transcript:
    """A 5xx refuses, and warns."""
    return feewise(_forged("no-signature", *QUIET, status=500))


@case("SIG-01", Verdict.WARN, "refused with connection closed before the answer was complete")
def test_a_dropped_connection_is_a_refusal_of_bad_manners() -> Transcript:
    """No answer is not a 2xx, and warns."""
    return feewise(_forged("no-signature", *QUIET, failure=Failure.CLOSED))


@case("SIG-01", Verdict.PASS, "so the status alone decides")
def test_where_no_effect_can_be_seen_the_status_decides() -> Transcript:
    """A partner that only verifies is judged by its answer, and the report says so."""
    forged = delivered("forged", event="e2", genuine=False, status=401)
    return feewise(
        play("forged-event", "no-signature", delivered("control"), noted("control effect", "not seen"), forged)
    )


@case("SIG-02", Verdict.PASS)
def test_other_keys_are_refused() -> Transcript:
    """A key of somebody else and no key at all are items of their own."""
    return feewise(_forged("another-key", *QUIET), _forged("empty-key", *QUIET))


@case("SIG-02", Verdict.FAIL, "accepted with status 200")
def test_an_empty_key_is_accepted() -> Transcript:
    """A secret that was never loaded lets anyone sign."""
    return feewise(_forged("another-key", *QUIET), _forged("empty-key", *QUIET, status=200))


@case("SIG-03", Verdict.PASS)
def test_changed_bodies_are_refused() -> Transcript:
    """A byte, white space, the order of keys: all are covered by the signature."""
    return feewise(*(_forged(form, *QUIET) for form in ("one-byte", "white-space", "key-order")))


@case("SIG-03", Verdict.FAIL, "accepted with status 202")
def test_a_body_that_was_printed_again_is_accepted() -> Transcript:
    """A check over parsed JSON does not see white space."""
    return feewise(_forged("one-byte", *QUIET), _forged("white-space", *QUIET, status=202))


@case("SIG-03", Verdict.FAIL, "accepted with status 202")
def test_an_event_under_another_id_is_accepted() -> Transcript:
    """The id that a header names is signed as well, and it is by this id that a redelivery is known."""
    return feewise(_forged("one-byte", *QUIET), _forged("another-id", *QUIET, status=202))


@case("SIG-05", Verdict.PASS)
def test_old_signatures_are_refused() -> Transcript:
    """Twice the tolerance and a day are both too old."""
    return feewise(_forged("twice-the-tolerance", *QUIET), _forged("one-day-old", *QUIET))


@case("SIG-05", Verdict.FAIL, "accepted with status 202")
def test_a_signature_of_yesterday_is_accepted() -> Transcript:
    """No tolerance covers a day, whether the operator has confirmed it or not."""
    return feewise(_forged("twice-the-tolerance", *QUIET), _forged("one-day-old", *QUIET, status=202))


@case("SIG-05", Verdict.FAIL, "accepted with status 202")
def test_a_signature_beyond_a_confirmed_tolerance_is_accepted() -> Transcript:
    """A tolerance that the operator confirmed decides."""
    return feewise(_forged("twice-the-tolerance", *QUIET, status=202), confirmed={TOLERANCE: 300})


@case("SIG-05", Verdict.WARN, "it rests on /signature/tolerance, which the platform does not publish")
def test_a_signature_beyond_an_assumed_tolerance_warns() -> Transcript:
    """A tolerance that the kit assumed warns."""
    return feewise(_forged("twice-the-tolerance", *QUIET, status=202))


@case("SIG-05", Verdict.PASS, "so the status alone decides")
def test_an_old_signature_without_visible_effect_is_judged_by_its_status() -> Transcript:
    """Remarks stand beside the findings of an assumed tolerance."""
    forged = delivered("forged", event="e2", genuine=False, status=401)
    control = noted("control effect", "cannot be seen")
    return feewise(play("forged-event", "twice-the-tolerance", delivered("control"), control, forged))


@case("SIG-06", Verdict.PASS)
def test_a_signature_from_the_future_is_refused() -> Transcript:
    """Twice the tolerance ahead is too far."""
    return feewise(_forged("from-the-future", *QUIET))


@case("SIG-06", Verdict.WARN, "accepted with status 200")
def test_a_signature_from_the_future_is_accepted() -> Transcript:
    """Some libraries look at the past only, so it is a warning, even where the tolerance is confirmed."""
    return feewise(_forged("from-the-future", *QUIET, status=200), confirmed={TOLERANCE: 300})


@case("SIG-08", Verdict.PASS)
def test_timestamps_that_are_not_the_signed_one_are_refused() -> Transcript:
    """A changed one, a second one, and one that is a second off."""
    return feewise(*(_forged(form, *QUIET) for form in ("restamped", "stamped-twice", "one-second-off")))


@case("SIG-08", Verdict.FAIL, "accepted with status 200")
def test_a_fresh_copy_of_the_timestamp_is_believed() -> Transcript:
    """It rests on no tolerance: the signature is a day old."""
    return feewise(_forged("restamped", *QUIET), _forged("stamped-twice", *QUIET, status=200))


@case("SIG-10", Verdict.PASS)
def test_a_version_that_nobody_knows_is_refused() -> Transcript:
    """What only a signature of an unknown version vouches for counts as unsigned."""
    return feewise(_forged("unknown-version", *QUIET), changed=SCHEME)


@case("SIG-10", Verdict.WARN, "accepted with status 200")
def test_a_version_is_not_looked_at() -> Transcript:
    """The right key is not enough: the kind of signature was another."""
    return feewise(_forged("unknown-version", *QUIET, status=200), changed=SCHEME)


@case("SIG-10", Verdict.NOT_APPLICABLE, "FeeWise has no signature versions")
def test_without_versions_none_is_unknown() -> Transcript:
    """Neither shipped platform asks."""
    return feewise(_forged("no-signature", *QUIET))


@case("SIG-11", Verdict.PASS)
def test_malformed_signatures_are_refused_with_any_4xx() -> Transcript:
    """The web server may have refused it, so the platform's own status is not asked for."""
    forms = (("empty", 401), ("not-ascii", 400), ("four-kilobytes", 431), ("timestamp-of-400-digits", 422))
    return feewise(*(_forged(form, *QUIET, status=status) for form, status in forms))


@case("SIG-11", Verdict.FAIL, "accepted with status 200")
def test_a_timestamp_that_is_no_number_is_accepted() -> Transcript:
    """What is neither too old nor too new got in."""
    return feewise(_forged("empty", *QUIET), _forged("timestamp-not-a-number", *QUIET, status=200))


@case("SIG-11", Verdict.WARN, "a refusal / accepted with status 200")
def test_a_timestamp_of_400_digits_is_a_number_from_the_future() -> Transcript:
    """Only the platform could sign it, and who accepts the future is warned as well."""
    return feewise(_forged("empty", *QUIET), _forged("timestamp-of-400-digits", *QUIET, status=200))


@case("SIG-11", Verdict.PASS, "so the status alone decides")
def test_a_timestamp_of_400_digits_is_refused_where_no_effect_is_seen() -> Transcript:
    """The status decides there as well."""
    control = (delivered("control"), noted("control effect", "cannot be seen"))
    forged = delivered("forged", event="e2", about="o2", genuine=False, status=401)
    return feewise(play("forged-event", "timestamp-of-400-digits", *control, forged))


@case("SIG-11", Verdict.WARN, "refused with a 4xx status / refused with status 500")
def test_a_check_that_crashes_warns() -> Transcript:
    """It refuses, as it happens."""
    return feewise(_forged("not-in-its-encoding", *QUIET, status=500))


def _key_change(*then: Moment, first: int = 200, second: int = 200, new: int = 200, old: int = 401) -> Transcript:
    story = play(
        "key-change",
        "key-change",
        *CONTROL,
        delivered("old-and-new", event="e4", about="o4", status=first),
        delivered("new-and-old", event="e5", about="o5", status=second),
        delivered("new-alone", event="e6", about="o6", status=new),
        delivered("retired", event="e2", about="o2", genuine=False, status=old),
        *(then or QUIET),
    )
    return feewise(story, changed=SCHEME)


@case("SIG-09", Verdict.PASS)
def test_a_key_changes_without_a_gap() -> Transcript:
    """Both keys count, then the new one alone."""
    return _key_change()


@case("SIG-09", Verdict.FAIL, "a status from 200 to 299 / status 401")
def test_the_second_signature_is_not_looked_at() -> Transcript:
    """A partner that reads one signature needs its key to stand first."""
    return _key_change(second=401)


@case("SIG-09", Verdict.FAIL, "a status from 200 to 299 / status 401")
def test_the_new_key_is_not_taken() -> Transcript:
    """A key that was agreed upon must count; the first refusal tells it."""
    return _key_change(second=401, new=401)


@case("SIG-09", Verdict.FAIL, "a refusal / accepted with status 200")
def test_the_retired_key_still_counts() -> Transcript:
    """Whoever has the leaked key still gets in."""
    return _key_change(old=200)


@case("SIG-09", Verdict.FAIL, "the partner reports that it applied it once")
def test_what_a_retired_key_signed_has_its_effect() -> Transcript:
    """The right answer does not excuse the effect."""
    return _key_change(*SENTINEL, applied("e2", 1))


@case("SIG-09", Verdict.WARN, "refused with 401 / refused with status 503")
def test_an_odd_refusal_of_the_retired_key_warns() -> Transcript:
    """The manner of a refusal is a recommendation here as well."""
    return _key_change(old=503)


@case("SIG-14", Verdict.NOT_ASSESSABLE, "no test over a network can tell; look for it in the code")
def test_the_time_of_a_comparison_is_left_to_attestation() -> Transcript:
    """No answer of a partner proves it, and none refutes it."""
    return feewise(_forged("no-signature", *QUIET))


@case("SIG-13", Verdict.PASS)
def test_deliveries_without_the_credential_are_refused() -> Transcript:
    """Where the platform publishes no status, 401 and 403 are both right."""
    forms = (("no-credential", 401), ("another-credential", 403), ("half-the-credential", 401))
    return wawex(*(_forged(form, *QUIET, status=status) for form, status in forms))


@case("SIG-13", Verdict.PASS)
def test_either_status_for_a_stranger_is_right_where_one_is_assumed() -> Transcript:
    """Whichever of the two the description says."""
    return wawex(_forged("no-credential", *QUIET, status=403), changed={"/acknowledgement/refused": [401]})


@case("SIG-13", Verdict.WARN, "refused with 401 / refused with status 403")
def test_a_status_for_a_stranger_that_was_confirmed_is_asked_for() -> Transcript:
    """Nothing is assumed any more."""
    return wawex(_forged("no-credential", *QUIET, status=403), confirmed={"/acknowledgement/refused": [401]})


@case("SIG-13", Verdict.FAIL, "accepted with status 202")
def test_half_the_credential_is_accepted() -> Transcript:
    """A comparison that stops early opens the door."""
    return feewise(_forged("no-credential", *QUIET), _forged("half-the-credential", *QUIET, status=202))


@case("SIG-13", Verdict.WARN, "refused with 401 or 403 / refused with status 422")
def test_an_odd_status_for_a_stranger_warns() -> Transcript:
    """Neither 401 nor 403 is a warning where the platform publishes no status."""
    return wawex(_forged("no-credential", *QUIET, status=422))


def _both(forged: int, malformed: int, both: int, *then: Moment, both_failed: Failure | None = None) -> Transcript:
    story = play(
        "forged-and-malformed",
        "forged-and-malformed",
        *CONTROL,
        delivered("forged", event="e2", about="o2", genuine=False, status=forged),
        delivered("malformed", event="e4", about="o4", genuine=False, status=malformed),
        delivered("both", event="e5", about="o5", genuine=False, status=both, failure=both_failed),
        *then,
    )
    return feewise(story)


@case("SIG-12", Verdict.PASS)
def test_forged_and_malformed_is_forged() -> Transcript:
    """What is both is answered as what is forged."""
    return _both(401, 400, 401, *QUIET)


@case("SIG-12", Verdict.PASS)
def test_one_status_for_all_is_allowed() -> Transcript:
    """The same 4xx for all three hides nothing that matters."""
    return _both(400, 400, 400, *QUIET)


@case("SIG-12", Verdict.FAIL, "status 401, as for a forged event that is well formed / status 400, as for a malformed")
def test_the_parser_speaks_first() -> Transcript:
    """What is both is answered as what is malformed: the payload was looked into first."""
    return _both(401, 400, 400, *QUIET)


@case("SIG-12", Verdict.FAIL, "status 500, as for a malformed event that is genuine")
def test_the_parser_crashes_first() -> Transcript:
    """A crash shows that the body was parsed before the signature was checked."""
    return _both(401, 400, 500, *QUIET)


@case("SIG-12", Verdict.FAIL, "connection closed")
def test_the_parser_takes_the_connection_with_it() -> Transcript:
    """A connection that breaks only there shows the same."""
    return _both(401, 400, 0, *QUIET, both_failed=Failure.CLOSED)


@case("SIG-12", Verdict.NOT_ASSESSABLE, "no word about the event")
def test_a_limit_of_rate_is_not_the_parser() -> Transcript:
    """429 says neither that an event is forged nor that it is malformed."""
    return _both(401, 400, 429, *QUIET)


@case("SIG-12", Verdict.WARN, "status 403")
def test_a_third_answer_is_odd() -> Transcript:
    """Another 4xx, that of neither, is a warning."""
    return _both(401, 400, 403, *QUIET)


@case("SIG-12", Verdict.FAIL, "a refusal / accepted with status 202")
def test_what_is_forged_and_malformed_is_accepted() -> Transcript:
    """A 2xx to a forgery fails, malformed or not."""
    return _both(401, 400, 202, *QUIET)


@case("SIG-12", Verdict.FAIL, "the partner reports that it applied it once")
def test_a_forged_event_has_its_effect_all_the_same() -> Transcript:
    """The right answer does not excuse the effect."""
    return _both(401, 400, 401, *SENTINEL, applied("e2", 1))


def _twins(*, forged: int = 401, genuine: int = 202, effect: str = "seen") -> tuple[Moment, ...]:
    """A forgery and, afterwards, the genuine event of the same id."""
    return (
        delivered("forged-twin", event="e6", about="o6", genuine=False, status=forged),
        *QUIET,
        delivered("twin", event="e6", about="o6", status=genuine),
        noted("twin effect", effect),
    )


@case("SIG-12", Verdict.PASS)
def test_a_forgery_keeps_nothing_out() -> Transcript:
    """The genuine event of the same id is handled like any other."""
    return _both(401, 400, 401, *_twins())


@case("SIG-12", Verdict.FAIL, "handled when the platform sends it / no effect of it was seen")
def test_a_forgery_suppresses_the_genuine_event() -> Transcript:
    """An id that is noted before the check lets anybody throw away what is to come."""
    return _both(401, 400, 401, *_twins(effect="not seen"))


@case("SIG-12", Verdict.FAIL, "a status from 200 to 299 / status 409")
def test_a_forgery_has_the_genuine_event_refused() -> Transcript:
    """It is no duplicate of what never was."""
    return _both(401, 400, 401, *_twins(genuine=409, effect=""))


@case("SIG-12", Verdict.PASS)
def test_where_no_effect_can_be_seen_a_twin_proves_nothing() -> Transcript:
    """Its acknowledgement is enough."""
    return _both(401, 400, 401, *_twins(effect="cannot be seen"))


@case("SIG-12", Verdict.PASS)
def test_a_twin_of_an_accepted_forgery_is_known_already() -> Transcript:
    """That the forgery was accepted is held against the partner elsewhere."""
    return _both(401, 400, 401, *_twins(forged=202, effect="not seen"))


@case("SIG-12", Verdict.NOT_APPLICABLE, "Wawex has no signature")
def test_a_platform_without_signatures_does_not_ask() -> Transcript:
    """Where nothing is signed nothing is forged."""
    return wawex()


@case("SIG-01", Verdict.PASS)
def test_what_a_genuine_event_leads_to_is_not_blamed_on_a_forged_one() -> Transcript:
    """A partner may get the firm of the genuine invoice, and does so after the forgery came."""
    return feewise(_forged("no-signature", called("get", "f1", target="/firms/f1"), *QUIET))

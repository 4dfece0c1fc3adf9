"""What the judges of the chapter Handshakes say of transcripts written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.catalogue import shipped_catalogue
from conformance.exchange import Delivery, Failure
from conformance.judge.court import Court
from conformance.judge.diagnosis import diagnoses
from conformance.transcript import Note, Outcome, Transcript
from conformance.verdict import Verdict
from handshaking_platforms import HANDSHAKES
from judge.cases import case
from transcripts import Moment, Scene, applied, asked, called, delivered, feewise, holds, noted, play

WORDS: Final = {"challenge": "5e7a1c", "proof": "Zm9y"}
TEXT: Final = {"Content-Type": "text/plain"}
GRANTED: Final = {"WebHook-Allowed-Origin": "feewise.example", "WebHook-Allowed-Rate": "120"}
TYPED: Final = {**HANDSHAKES["validating"], "when": ["at-start"]}
MARKUP: Final = {"challenge": "<i>5e7a1c</i>"}
SUBSCRIBED: Final = called("create-subscription", None)
ASKED: Final = asked("subscribe", answer={"ids": ["w1"]})


@dataclass(frozen=True)
class Greeting:
    """A handshake as it was answered, and what was written down of it."""

    moment: Moment
    kind: str
    words: Mapping[str, str]


def greeted(role: str, body: bytes = b"5e7a1c", *, words: Mapping[str, str] = WORDS, **settings: Any) -> Greeting:
    """The platform asked, and the partner answered with that body, as text/plain unless it is said otherwise."""
    given = {"status": 200, "got": TEXT, **settings}
    genuine = role in {"challenge", "options", "markup"}
    moment = delivered(role, event="h1", genuine=genuine, answer=body, **given)
    assert isinstance(moment.record, Delivery)
    record = replace(moment.record, object_type=None, object_id=None, event_type="handshake")
    return Greeting(replace(moment, record=record), "options" if role == "options" else "challenge", words)


def told(
    story: str, parameter: str, *happened: Greeting | Moment, name: str = "posting", **settings: Any
) -> Transcript:
    """A run with this play, on the platform of that name."""
    platform = {"/handshake": settings.pop("handshake", HANDSHAKES[name])}
    return feewise(_scene(story, parameter, *happened), changed=platform, **settings)


def _scene(story: str, parameter: str, *happened: Greeting | Moment, **settings: Any) -> Scene:
    moments: list[Moment] = []
    for each in happened:
        if isinstance(each, Moment):
            moments.append(each)
            continue
        moments.append(each.moment)
        text = {"exchange": f"p1.{len(moments)}", "kind": each.kind, "words": each.words}
        moments.append(Moment(Note("", "handshake", json.dumps(text))))
    return play(story, parameter, *moments, **settings)


def _json(**fields: str) -> bytes:
    return json.dumps(fields).encode()


# HSK-01


@case("HSK-01", Verdict.PASS)
def test_permission_by_a_call_is_permission() -> Transcript:
    """The answer to OPTIONS says nothing then."""
    granted = greeted("options", b"", words={**WORDS, "granted": "by callback"})
    return told("handshake", "options", granted, name="everything")


@case("HSK-01", Verdict.FAIL, "no WebHook-Allowed-Origin header")
def test_no_permission_in_any_way_is_none() -> Transcript:
    """Whatever the status."""
    return told("handshake", "options", greeted("options", b""), name="everything")


@case("HSK-01", Verdict.PASS)
def test_a_challenge_is_sent_back() -> Transcript:
    """The text that came in the query is the whole body."""
    return told("handshake", "challenge", greeted("challenge"), name="getting")


@case("HSK-01", Verdict.PASS)
def test_a_challenge_is_answered_in_json() -> Transcript:
    """Each field holds what it is to hold, and others may stand beside them."""
    return told("handshake", "challenge", greeted("challenge", _json(plain="5e7a1c", code="sha256=Zm9y", more="x")))


@case("HSK-01", Verdict.PASS)
def test_the_second_form_is_as_good_as_the_first() -> Transcript:
    """A platform may take JSON and text."""
    return told("handshake", "challenge", greeted("challenge"), name="everything")


@case("HSK-01", Verdict.FAIL, 'the body is \'{"status": "accepted"}\'')
def test_an_acknowledgement_is_no_answer() -> Transcript:
    """A 2xx without the challenge proves nothing."""
    return told("handshake", "challenge", greeted("challenge", _json(status="accepted")), name="getting")


@case("HSK-01", Verdict.FAIL, "the body is '\"5e7a1c\"'")
def test_quotes_around_the_challenge() -> Transcript:
    """A text that a framework wrote as JSON is another text."""
    return told("handshake", "challenge", greeted("challenge", b'"5e7a1c"'), name="getting")


@case("HSK-01", Verdict.FAIL, "the body is empty")
def test_an_empty_answer() -> Transcript:
    """Nothing is no challenge."""
    return told("handshake", "challenge", greeted("challenge", b""), name="getting")


@case("HSK-01", Verdict.WARN, "white space around the text")
def test_a_line_end_behind_the_challenge() -> Transcript:
    """Many platforms overlook it, and not all."""
    return told("handshake", "challenge", greeted("challenge", b"5e7a1c\n"), name="getting")


@case("HSK-01", Verdict.WARN, "200 and a body that is {challenge} / status 202")
def test_another_status_than_200() -> Transcript:
    """Platforms name 200."""
    return told("handshake", "challenge", greeted("challenge", status=202), name="getting")


@case("HSK-01", Verdict.FAIL, "/code of the body is 'sha256=another'")
def test_a_wrong_hmac() -> Transcript:
    """The HMAC proves that the partner has the secret."""
    return told("handshake", "challenge", greeted("challenge", _json(plain="5e7a1c", code="sha256=another")))


@case("HSK-01", Verdict.FAIL, "/plain of the body is missing")
def test_text_in_place_of_json() -> Transcript:
    """A form that the platform does not have is no answer."""
    return told("handshake", "challenge", greeted("challenge"))


@case("HSK-01", Verdict.FAIL, "status 405")
def test_a_challenge_is_refused() -> Transcript:
    """Whoever takes POST alone answers no GET."""
    return told("handshake", "challenge", greeted("challenge", b"", status=405), name="getting")


@case("HSK-01", Verdict.FAIL, "connection closed before the answer was complete")
def test_a_connection_that_breaks() -> Transcript:
    """No answer is none."""
    return told("handshake", "challenge", greeted("challenge", failure=Failure.CLOSED), name="getting")


@case("HSK-01", Verdict.FAIL, "the Content-Type is text/html")
def test_another_content_type_than_the_platforms() -> Transcript:
    """Where the platform looks at it, it counts."""
    page = {"Content-Type": "Text/HTML; charset=utf-8"}
    return told("handshake", "challenge", greeted("challenge", got=page), handshake=TYPED)


@case("HSK-01", Verdict.FAIL, "the Content-Type is missing")
def test_no_content_type_where_the_platform_looks_at_it() -> Transcript:
    """It must be there then."""
    return told("handshake", "challenge", greeted("challenge", got={}), handshake=TYPED)


@case("HSK-01", Verdict.PASS)
def test_the_content_type_may_tell_a_charset() -> Transcript:
    """A parameter changes no type."""
    plain = {"Content-Type": "text/plain;charset=UTF-8"}
    return told("handshake", "challenge", greeted("challenge", got=plain), handshake=TYPED)


@case("HSK-01", Verdict.PASS)
def test_a_challenge_is_answered_when_it_is_asked_again() -> Transcript:
    """A plea to wait is about the moment."""
    busy = greeted("challenge", b"", status=503)
    return told("handshake", "challenge", busy, greeted("challenge"), name="getting")


@case("HSK-01", Verdict.NOT_ASSESSABLE, "failed while stories overlapped")
def test_silence_while_stories_overlap_is_decided_alone() -> Transcript:
    """What is late may be load."""
    late = _scene("handshake", "challenge", greeted("challenge", failure=Failure.TIMEOUT), alone=False)
    return feewise(late, changed={"/handshake": HANDSHAKES["getting"]})


@case("HSK-01", Verdict.WARN, "a warning only: it rests on /handshake/limit")
def test_a_limit_that_is_assumed() -> Transcript:
    """Who is late by a limit that nobody published does not fail."""
    said = {
        "/handshake": {**HANDSHAKES["getting"], "limit": 2},
        "/assumptions": [{"at": "/handshake/limit", "reason": "Nobody says."}],
    }
    return feewise(
        _scene("handshake", "challenge", greeted("challenge", failure=Failure.TIMEOUT, took=2.25)), changed=said
    )


@case("HSK-01", Verdict.PASS)
def test_permission_is_granted() -> Transcript:
    """The origin and a rate."""
    return told("handshake", "options", greeted("options", b"", got=GRANTED), name="everything")


@case("HSK-01", Verdict.PASS)
def test_permission_is_granted_to_all_whatever_the_status() -> Transcript:
    """An asterisk stands for every origin and every rate, and the status says nothing (CloudEvents, 4.2)."""
    everybody = {"webhook-allowed-origin": "*", "webhook-allowed-rate": "*"}
    return told("handshake", "options", greeted("options", b"", got=everybody, status=405), name="everything")


@case("HSK-01", Verdict.PASS)
def test_no_rate_is_granted_where_none_was_asked_for() -> Transcript:
    """It is a recommendation then."""
    asks = {"options": {"origin": "feewise.example"}}
    granted = greeted("options", b"", got={"WebHook-Allowed-Origin": "feewise.example"})
    return told("handshake", "options", granted, handshake=asks)


@case("HSK-01", Verdict.FAIL, "no WebHook-Allowed-Origin header")
def test_an_answer_that_grants_nothing() -> Transcript:
    """What any server answers to OPTIONS is no consent."""
    return told("handshake", "options", greeted("options", b"", got={"Allow": "POST"}), name="everything")


@case("HSK-01", Verdict.FAIL, "WebHook-Allowed-Origin: other.example")
def test_permission_for_another_origin() -> Transcript:
    """The platform is not meant."""
    got = {**GRANTED, "WebHook-Allowed-Origin": "other.example"}
    return told("handshake", "options", greeted("options", b"", got=got), name="everything")


@case("HSK-01", Verdict.FAIL, "no WebHook-Allowed-Rate header, and a rate was asked for")
def test_permission_without_the_rate_that_was_asked_for() -> Transcript:
    """It is a duty then."""
    got = {"WebHook-Allowed-Origin": "*"}
    return told("handshake", "options", greeted("options", b"", got=got), name="everything")


@case("HSK-01", Verdict.FAIL, "WebHook-Allowed-Rate: 0")
def test_a_rate_of_nothing() -> Transcript:
    """A rate is a positive number."""
    got = {**GRANTED, "WebHook-Allowed-Rate": "0"}
    return told("handshake", "options", greeted("options", b"", got=got), name="everything")


# HSK-02


def _forged(form: str, body: bytes = b"", *, name: str = "getting", **settings: Any) -> Transcript:
    control = greeted("challenge")
    return told("forged-challenge", form, control, greeted(form, body, **{"status": 403, **settings}), name=name)


@case("HSK-02", Verdict.PASS)
def test_a_wrong_token_is_refused() -> Transcript:
    """Any 4xx will do."""
    return _forged("wrong-token")


@case("HSK-02", Verdict.FAIL, "no answer to the challenge / the right answer, with status 200")
def test_a_wrong_token_is_believed() -> Transcript:
    """Whoever asks gets the answer."""
    return _forged("wrong-token", b"5e7a1c", status=200)


@case("HSK-02", Verdict.PASS)
def test_a_refusal_may_name_the_challenge() -> Transcript:
    """No platform takes a 403 for the answer."""
    return _forged("no-token", b"5e7a1c is not for you")


@case("HSK-02", Verdict.FAIL, "the right answer, with status 403")
def test_a_refusal_that_tells_the_hmac() -> Transcript:
    """What only the secret can make is told, whatever the status."""
    return _forged("no-signature", b"expected sha256=Zm9y", name="posting")


@case("HSK-02", Verdict.WARN, "refused with a 4xx status / status 200, without the answer")
def test_an_acknowledgement_in_place_of_a_refusal() -> Transcript:
    """The stranger got nothing, and no word that he was refused."""
    return _forged("another-key", b"ok", status=200, name="posting")


@case("HSK-02", Verdict.WARN, "refused with status 500")
def test_a_crash_is_no_refusal() -> Transcript:
    """It gives nothing away, and is no answer."""
    return _forged("no-token", status=500)


@case("HSK-02", Verdict.WARN, "refused with connection closed before the answer was complete")
def test_silence_is_no_refusal() -> Transcript:
    """It gives nothing away either."""
    return _forged("no-token", failure=Failure.CLOSED)


@case("HSK-02", Verdict.NOT_ASSESSABLE, "positive control failed")
def test_who_answers_nobody_proves_nothing() -> Transcript:
    """A refusal counts beside a genuine challenge that is answered."""
    why = "positive control failed: a genuine challenge is not answered (status 405)"
    refused = greeted("challenge", b"", status=405)
    scene = _scene("forged-challenge", "no-token", refused, outcome=Outcome.NOT_ASSESSABLE, reason=why)
    return feewise(scene, changed={"/handshake": HANDSHAKES["getting"]})


# HSK-03

CONTROL: Final = (delivered("control"), applied("e1", 1), noted("control effect", "seen"))
SENTINEL: Final = (delivered("sentinel", event="e3", about="o3"), holds("o2", None))


def _pinged(*then: Moment, status: int = 200, control: tuple[Moment, ...] = CONTROL) -> Transcript:
    return told("ping", "", *control, delivered("ping", event="e2", about="o2", status=status), *then)


@case("HSK-03", Verdict.PASS)
def test_a_ping_is_acknowledged() -> Transcript:
    """And nothing else happens."""
    return _pinged(*SENTINEL)


@case("HSK-03", Verdict.FAIL, "a status from 200 to 299 / status 400")
def test_a_ping_is_refused() -> Transcript:
    """A ping is a delivery like any other in that."""
    return _pinged(*SENTINEL, status=400)


@case("HSK-03", Verdict.FAIL, "no effect / a call: GET /things/o2")
def test_the_object_of_a_ping_is_got() -> Transcript:
    """There is nothing to be got."""
    return _pinged(called("get", "o2"), *SENTINEL)


@case("HSK-03", Verdict.PASS)
def test_calls_about_other_objects_are_no_effect() -> Transcript:
    """Genuine events lead to calls meanwhile, also about ids of which that of the ping is a part."""
    return _pinged(called("get", "o1"), called("get", "o22"), *SENTINEL)


@case("HSK-03", Verdict.FAIL, "the partner holds nothing of the object / the partner holds it")
def test_the_object_of_a_ping_is_kept() -> Transcript:
    """An example is no news."""
    return _pinged(delivered("sentinel", event="e3", about="o3"), holds("o2", {"id": "o2"}))


@case("HSK-03", Verdict.FAIL, "events after the ping are accepted as those before / status 500")
def test_events_after_a_ping_fail() -> Transcript:
    """A ping leaves everything as it was."""
    return _pinged(delivered("sentinel", event="e3", about="o3", status=500), holds("o2", None))


@case("HSK-03", Verdict.PASS, "so the acknowledgement alone decides")
def test_a_partner_that_shows_nothing() -> Transcript:
    """What was judged is said."""
    return _pinged(control=(delivered("control"), noted("control effect", "cannot be seen")))


# HSK-04


def _marked(body: bytes, **settings: Any) -> Transcript:
    given = {"words": MARKUP, **settings}
    return told("markup-challenge", "", greeted("challenge"), greeted("markup", body, **given), name="getting")


@case("HSK-04", Verdict.PASS)
def test_markup_as_text() -> Transcript:
    """No browser runs text/plain."""
    return _marked(b"<i>5e7a1c</i>")


@case("HSK-04", Verdict.WARN, "its markup as it stands, with Content-Type text/html")
def test_markup_as_a_page() -> Transcript:
    """A browser would show it."""
    return _marked(b"<i>5e7a1c</i>", got={"Content-Type": "text/html; charset=utf-8"})


@case("HSK-04", Verdict.WARN, "with Content-Type text/html")
def test_markup_in_a_refusal() -> Transcript:
    """A page that says no is a page."""
    return _marked(b"<p>bad challenge: <i>5e7a1c</i></p>", status=400, got={"Content-Type": "text/html"})


@case("HSK-04", Verdict.WARN, "with no Content-Type")
def test_markup_without_a_type() -> Transcript:
    """A browser guesses then."""
    return _marked(b"<i>5e7a1c</i>", got={})


@case("HSK-04", Verdict.PASS)
def test_markup_that_is_escaped() -> Transcript:
    """A page may show it so."""
    return _marked(b"&lt;i&gt;5e7a1c&lt;/i&gt;", got={"Content-Type": "text/html"})


@case("HSK-04", Verdict.PASS)
def test_markup_that_is_met_with_silence() -> Transcript:
    """Who says nothing sends nothing back."""
    return _marked(b"", failure=Failure.CLOSED)


@case("HSK-04", Verdict.NOT_ASSESSABLE, "however often it came")
def test_markup_that_met_a_limit() -> Transcript:
    """Nobody knows what the answer would have been."""
    return _marked(b"", status=429)


# HSK-05


def _subscribing(*happened: Greeting | Moment, **settings: Any) -> Transcript:
    return told("verified-subscription", "", *happened, **{"name": "granting", **settings})


@case("HSK-05", Verdict.PASS)
def test_the_handshake_is_answered_while_the_call_waits() -> Transcript:
    """The platform makes the subscription then."""
    return _subscribing(greeted("options", b"", got=GRANTED), SUBSCRIBED, ASKED)


@case("HSK-05", Verdict.FAIL, "no complete answer before the deadline")
def test_the_handshake_is_not_answered_while_the_call_waits() -> Transcript:
    """A partner that does one thing at a time never gets a subscription."""
    refused = called("create-subscription", None, status=400)
    return _subscribing(greeted("options", failure=Failure.TIMEOUT), refused, noted("refused", "502"))


@case("HSK-05", Verdict.FAIL, "the platform made the subscription, and the partner says that its call failed")
def test_the_handshake_is_answered_after_the_call_was_given_up() -> Transcript:
    """Then nobody knows of the subscription."""
    return _subscribing(greeted("options", b"", got=GRANTED), SUBSCRIBED, noted("refused", "502"))


@case("HSK-05", Verdict.NOT_ASSESSABLE, "made no call that creates a subscription")
def test_who_does_not_subscribe_is_not_asked() -> Transcript:
    """Nothing can be seen."""
    return _subscribing(ASKED)


@case("HSK-05", Verdict.NOT_ASSESSABLE, "was answered with status 400 (see SUB-01)")
def test_an_invalid_subscription_is_refused_before() -> Transcript:
    """The platform asks nobody then."""
    return _subscribing(called("create-subscription", None, status=400), noted("refused", "502"))


@case("ACK-02", Verdict.PASS, "slowest of 1 answer: 0.05 s")
def test_a_handshake_is_no_event_that_is_late() -> Transcript:
    """Its time is that of the handshake, and no other requirement's."""
    slow = greeted("challenge", took=9.0)
    return feewise(
        play("every-event-type", "payout.paid", delivered("event")),
        _scene("handshake", "challenge", slow),
        changed={"/handshake": HANDSHAKES["getting"]},
    )


def test_a_handshake_excuses_and_explains_nothing() -> None:
    """One that is answered is no event that was accepted, and one that breaks is no partner that was away."""
    events = [delivered("event", status=401)] * 3
    refused = told("handshake", "challenge", greeted("challenge"), *events, name="getting")
    broken = told("handshake", "challenge", greeted("challenge", failure=Failure.CLOSED), name="getting")
    court = Court.over(broken, shipped_catalogue())

    assert ["None of 3 genuine events"] == [said[:24] for said in diagnoses(refused, court.description)]
    assert () == court.case.away

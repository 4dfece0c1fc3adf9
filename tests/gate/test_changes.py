"""Whatever is changed in a report or a journal, the gate refuses it; what was not changed, it does not."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conformance.attestation import Statement, signed
from conformance.catalogue import shipped_catalogue
from conformance.gate.anew import Anew
from conformance.gate.attested import Trust
from conformance.gate.attesting import vouched_for
from conformance.gate.decision import Outcome
from conformance.gate.files import Files
from conformance.gate.telling import as_text
from gated import Lines, Recorded, answers, decided, of_partner, told
from shipped import seeded

# So many changes, and a tenth of it genuine runs; the whole count is 10000.
_COUNT: Final = os.environ.get("CONFORMANCE_GATE_CHANGES", "")
CHANGES: Final = int(_COUNT or 300)
GENUINE: Final = CHANGES // 10 if _COUNT else 8
# Every so many-th change of a journal comes with a report that names the digest of what it has become.
MENDED: Final = 20


def _changed(content: bytes, random: Random) -> bytes:
    """The content with one random change of some of its bytes."""
    at = random.randrange(len(content))
    some = random.randint(1, 12)
    match random.randrange(7):
        case 0:
            return content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :]
        case 1:
            return content[:at] + random.choice(b'0123456789aef{}[],:" \n').to_bytes() + content[at + 1 :]
        case 2:
            return content[:at] + content[at + some :]
        case 3:
            return content[:at] + random.randbytes(some) + content[at:]
        case 4:
            return content[:at] + content[at : at + some] + content[at:]
        case 5:
            lines = content.splitlines(keepends=True)
            del lines[random.randrange(len(lines))]
            return b"".join(lines)
        case _:
            return content[:at]


def test_random_changes_are_refused(run: Recorded) -> None:
    """Each is one change of bytes of the report, or of the journal."""
    random = seeded(20_261_123)
    passed = []
    for number in range(CHANGES):
        of_report = number % 2 == 0
        before = run.files.report if of_report else run.files.journal
        after = _changed(before, random)
        if after == before:
            continue
        files = replace(run.files, report=after) if of_report else replace(run.files, journal=after)
        if number % MENDED == 1:
            known = {"sha256": files.journal_digest, "lines": after.count(b"\n")}
            files = told(files, journal=known)
        decision = decided(files, run.policy)
        if decision.outcome is Outcome.CONFORMS:
            passed.append((number, as_text(decision)))

    assert [] == passed


@dataclass(frozen=True, slots=True)
class Signed:
    """A run with its attestation, and the key that is trusted."""

    run: Recorded
    trust: Trust


@pytest.fixture(scope="module")
def attested(run: Recorded) -> Signed:
    """The run, signed by its partner."""
    key = Ed25519PrivateKey.generate()
    now = datetime.now(UTC)
    found = vouched_for(run.files, shipped_catalogue(), platform=str(run.platform), now=now)
    assert found.about is not None, found.refused
    statement = Statement(
        report=run.files.report_digest,
        journal=run.files.journal_digest,
        about=found.about,
        level=found.level.number,
        issued=now.isoformat(),
        expires=(now + timedelta(days=1)).isoformat(),
    )
    return Signed(run, Trust(signed(statement, key).encode(), (key.public_key(),)))


def _first(lines: Lines, **wanted: Any) -> dict[str, Any]:
    """The first record that has all of these values."""
    return next(line for line in lines if all(line.get(key) == value for key, value in wanted.items()))


def _delivery(lines: Lines) -> dict[str, Any]:
    """A genuine event that the partner accepted, and that judges look at."""
    return _first(
        lines, record="delivery", genuine=True, play=_first(lines, story="every-event-type", record="play")["id"]
    )


def _plays(lines: Lines, story: str) -> Lines:
    return [line for line in lines if line["record"] == "play" and line["story"] == story]


def _forged_and_accepted(lines: Lines) -> dict[str, Any]:
    """The answer to the first event that was not genuine, which the partner accepted all the same."""
    answers = (d["response"] for d in lines if d["record"] == "delivery" and not d["genuine"] and d["response"])
    return next(answer for answer in answers if answer["status"] == 200)


def _without(**wanted: Any) -> Callable[[Lines], None]:
    def edit(lines: Lines) -> None:
        lines.remove(_first(lines, **wanted))

    return edit


def _header(**values: Any) -> Callable[[Lines], None]:
    return lambda lines: lines[0].update(values)


def _described(at: str, value: Any) -> Callable[[Lines], None]:
    """Another value in the description that the journal holds, with its digest."""

    def edit(lines: Lines) -> None:
        raw = json.loads(lines[0]["description"])
        raw[at] = value
        text = json.dumps(raw, sort_keys=True, separators=(",", ":"))
        lines[0] |= {"description": text, "description_digest": hashlib.sha256(text.encode()).hexdigest()}

    return edit


def _twice(lines: Lines) -> None:
    at = lines.index(_first(lines, record="delivery"))
    lines.insert(at, lines[at])


def _swapped(lines: Lines) -> None:
    first, second = (i for i, line in enumerate(lines) if line["record"] == "delivery" and line["id"] in {"d3", "d4"})
    lines[first], lines[second] = lines[second], lines[first]


def _play_removed(lines: Lines) -> None:
    """A play with everything that belongs to it, the numbers closed up."""
    name = _plays(lines, "burst")[0]["id"]
    lines[:] = [line for line in lines if line.get("play") != name and line.get("id") != name]
    counts: dict[str, int] = {}
    renamed: dict[str, str] = {}
    for line in lines:
        old = line.get("id")
        if old is None:
            continue
        if old not in renamed:
            kind = old[:1]
            counts[kind] = counts.get(kind, 0) + 1
            renamed[old] = f"{kind}{counts[kind]}"
        line["id"] = renamed[old]
    for line in lines:
        if line.get("play"):
            line["play"] = renamed[line["play"]]


def _added(lines: Lines) -> None:
    """One more exchange, with the next number."""
    last = [line for line in lines if line["record"] == "delivery"][-1]
    number = int(last["id"][1:]) + 1
    lines.insert(lines.index(last) + 1, {**last, "id": f"d{number}"})


def _of_delivery(edit: Callable[[dict[str, Any]], object]) -> Callable[[Lines], object]:
    return lambda lines: edit(_delivery(lines))


def _play_again(lines: Lines) -> None:
    """A story that is played twice in a round, with the next number."""
    begun, ended = _plays(lines, "burst")
    number = max(int(line["id"][1:]) for line in lines if line["record"] == "play") + 1
    at = [n for n, line in enumerate(lines) if line["record"] == "play"][-1] + 1
    lines[at:at] = [{**begun, "id": f"p{number}"}, {**ended, "id": f"p{number}"}]


def _item(lines: Lines) -> None:
    lines.remove(_first(lines, record="item", requirement="DUP-02"))
    lines[0]["selected"] -= 1


def _item_twice(lines: Lines) -> None:
    at = lines.index(_first(lines, record="item", requirement="DUP-02"))
    lines.insert(at, lines[at])
    lines[0]["selected"] += 1


def _requirement(lines: Lines) -> None:
    """A requirement less, everywhere where the journal names it."""
    lines[0]["requirements"].remove("DUP-02")
    kept = [line for line in lines if line["record"] != "item" or line["requirement"] != "DUP-02"]
    lines[0]["selected"] -= len(lines) - len(kept)
    lines[0]["planned"] -= len(lines) - len(kept)
    lines[:] = kept


_OWN: Final = {
    **dict.fromkeys(("chapter", "title", "statement", "why", "seen_by", "remedy"), "x"),
    **{key: [] for key in ("allowed", "applies_when", "needs_control", "sources")},
    "id": "OWN-99",
    "level": "MUST",
}
_SHA_OF_NOTHING: Final = hashlib.sha256(b"[]").hexdigest()
# Edits of the journal with every digest mended and the report made anew of it, and the check that finds each.
# What is changed so that a run might have been like that is found by an attestation only.
FORGED: Final[dict[str, tuple[Callable[[Lines], Any], str]]] = {
    "an exchange removed": (_without(record="delivery", id="d5"), "journal"),
    "an exchange twice": (_twice, "journal"),
    "two exchanges swapped": (_swapped, "journal"),
    "a line of the partner's answers removed": (_without(record="control", id="q4"), "journal"),
    "the beginning of a play removed": (_without(record="play", id="p3"), "journal"),
    "a play removed, with its numbers": (_play_removed, "plan"),
    "the end removed": (lambda lines: lines.pop(), "journal"),
    "a second end": (lambda lines: lines.append(dict(lines[-1])), "journal"),
    "the header moved": (lambda lines: lines.insert(1, lines.pop(0)), "journal"),
    "a second header": (lambda lines: lines.insert(1, {**lines[0], "partner": "x"}), "journal"),
    "an unknown field": (_of_delivery(lambda d: d.update(surprise=1)), "journal"),
    "a field of another kind": (_of_delivery(lambda d: d.update(started="soon")), "journal"),
    "a field left out": (_of_delivery(lambda d: d.pop("attempt")), "journal"),
    "an item dropped from the plan": (_item, "plan"),
    "an item twice": (_item_twice, "plan"),
    "a requirement dropped everywhere": (_requirement, "plan"),
    "a requirement that nobody judges": (lambda lines: lines[0]["requirements"].remove("DUP-02"), "plan"),
    "no requirements at all": (lambda lines: lines[0]["requirements"].clear(), "plan"),
    "an item that nobody plans": (
        lambda lines: lines.insert(1, {**_first(lines, record="item"), "parameter": "x", "told_apart_by": ""}),
        "plan",
    ),
    "a play that did not run": (
        lambda lines: [play.update(outcome="not run") for play in _plays(lines, "burst")],
        "plan",
    ),
    "the waits of the description raised": (_described("waits", {"effect": 60, "retry": 90}), "platform"),
    "a limit of the description raised": (_described("acknowledgement", {"limit": 60, "refused": [401]}), "platform"),
    "a level of the description lowered": (_described("levels", {"DUP-02": "MAY"}), "platform"),
    "the description without its digest": (
        lambda lines: lines[0].update(description=lines[0]["description"].replace("Little", "Large")),
        "platform",
    ),
    "another digest of the document": (_header(document_digest="0" * 64), "platform"),
    "another document": (_header(overrides=[["/document", '"/dev/zero"']]), "platform"),
    "a description in the place of all of it": (_header(overrides=[["", '{"document":"/dev/zero"}']]), "platform"),
    "another platform": (_header(platform="feewise"), "platform"),
    "another partner": (_header(partner="http://partner.example/hooks"), "journal"),
    "another partner, in all places": (lambda lines: of_partner(lines, "http://partner.example/hooks"), "partner"),
    "another kit": (_header(kit="0.0.1"), "kit"),
    "a day that is none": (_header(started_at="0001-01-01T00:00:00+23:59"), "age"),
    "another day": (_header(started_at="2020-01-01T00:00:00Z"), "age"),
    "a value of the operator's own": (_header(overrides=[["/acknowledgement/limit", "60"]]), "platform"),
    "a value that is none": (_header(overrides=[["/acknowledgement/limit", "[[["]]), "platform"),
    "a value that the shipped name takes not": (
        _header(platform="feewise", overrides=[["/waits/effect", "4"], ["/duplicates/remembered", "3"]]),
        "platform",
    ),
    "a description that is none": (_header(description="[]", description_digest=_SHA_OF_NOTHING), "platform"),
    "a requirement that nobody knows": (lambda lines: lines[0]["requirements"].append("NOPE-01"), "journal"),
    "a requirement of somebody's own": (lambda lines: lines[0].update(own=[_OWN]), "plan"),
    "a number beyond all": (lambda lines: lines[-1].update(at=float("inf")), "journal"),
    "two ends of a play": (lambda lines: lines.insert(-1, dict(_plays(lines, "burst")[-1])), "journal"),
    "a story once more in the same round": (_play_again, "journal"),
    "a play that ends as another": (lambda lines: _plays(lines, "burst")[-1].update(parameter="x"), "journal"),
    "an exchange of a play that never was": (_of_delivery(lambda d: d.update(play="p999")), "journal"),
    "a note of a play that never was": (
        lambda lines: lines.insert(-1, {"record": "note", "play": "p999", "name": "x", "text": "y"}),
        "journal",
    ),
    "an answer before its question": (_of_delivery(lambda d: d.update(ended=d["started"] - 0.001)), "journal"),
    "an exchange before the run": (_of_delivery(lambda d: d.update(started=-1.0)), "journal"),
    "an exchange after the run": (lambda lines: _delivery(lines).update(ended=lines[-1]["at"] + 1.0), "journal"),
    "a play after the run": (lambda lines: _plays(lines, "burst")[-1].update(ended=lines[-1]["at"] + 1.0), "journal"),
    "a wait of less than nothing": (lambda lines: _first(lines, record="wait").update(ended=0.0), "journal"),
    "a run shorter than what it holds": (lambda lines: lines[-1].update(at=0.5), "journal"),
    "a value that nobody can set": (_header(overrides=[["/nowhere", "60"]]), "platform"),
    "an answer that refuses": (_of_delivery(lambda d: d["response"].update(status=500)), "requirements"),
    "the outcome of a control": (
        lambda lines: [
            p.update(outcome="error", reason="x") for p in _plays(lines, "long-ago") if p["outcome"] == "played"
        ],
        "attestation",
    ),
    "a refusal that never was": (lambda lines: _forged_and_accepted(lines).update(status=400), "attestation"),
    "a body": (_of_delivery(lambda d: d["response"].update(body="thanks")), "attestation"),
    "a header of an answer": (_of_delivery(lambda d: d["response"]["headers"].append(["X-A", "b"])), "attestation"),
    "a time": (_of_delivery(lambda d: d.update(ended=d["ended"] + 0.001)), "attestation"),
    "a stall added": (
        lambda lines: lines.insert(-1, {"record": "stall", "started": 1.0, "ended": 1.5}),
        "attestation",
    ),
    "a note added": (
        lambda lines: lines.insert(-1, {"record": "note", "play": "p1", "name": "x", "text": "y"}),
        "attestation",
    ),
    "a wait made longer": (lambda lines: _first(lines, record="wait").update(allowed=99.0), "attestation"),
    "an exchange added": (_added, "attestation"),
    "a seed that is no whole number": (_header(seed=1e300), "journal"),
    "the seed": (_header(seed=1), "attestation"),
    "the offers": (_header(offers=["events", "objects", "recover"]), "attestation"),
    "the nonce": (_header(nonce="4711"), "attestation"),
    "the settings that are shown": (_header(settings=[["level", "may"]]), "attestation"),
    "the digest of the events": (_header(corpus_digest="0" * 64), "attestation"),
}
# Edits of the report alone, by pointer with `__` for `/`.
CLAIMED: Final[dict[str, dict[str, Any]]] = {
    "the verdict": {"verdict": "fails"},
    "the headline": {"headline": "99 of 99 MUST proven"},
    "the verdict of a requirement": {"requirements__0__verdict": "NOT_APPLICABLE"},
    "the verdict of an item": {"requirements__0__items__0__verdict": "WARN"},
    "a count": {"counts__PASS": 99},
    "the level of a requirement": {"requirements__0__level": "SHOULD"},
    "the statement of a requirement": {"requirements__0__statement": "Whatever."},
    "no requirements": {"requirements": []},
    "the plan": {"plan": []},
    "the partner": {"partner": "http://partner.example/hooks"},
    "the platform": {"platform": "feewise"},
    "the seed": {"seed": 1},
    "the duration": {"duration": 1.0},
    "the day": {"started_at": "2020-01-01T00:00:00Z"},
    "a waiver": {"waivers": [{}]},
    "the offers": {"offers": []},
    "a digest": {"digests__corpus": "0" * 64},
    "the digest of the plan": {"digests__plan": "0" * 64},
    "the nonce": {"nonce": "4711"},
    "who ran it": {"run_by": "platform"},
    "the level of the attestation": {"assurance__level": 3},
    "the lines of the journal": {"journal__lines": 1},
    "the format": {"format": 2},
    "a field more": {"surprise": 1},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_journal_that_was_forged_with_all_its_digests(attested: Signed, name: str) -> None:
    """It is found by what it says, or, where a run might have been like that, by the attestation alone."""
    edit, finder = FORGED[name]
    files = attested.run.forged(edit)
    alone = decided(files, attested.run.policy)
    with_key = decided(files, attested.run.policy, trust=attested.trust)

    assert Outcome.CONFORMS is not with_key.outcome
    if finder == "attestation":
        assert [finder] == answers(with_key), as_text(with_key)
        assert Outcome.CONFORMS is alone.outcome, as_text(alone)
    else:
        assert finder in answers(alone), as_text(alone)


def test_what_cannot_have_been_is_told_in_words(run: Recorded) -> None:
    """With the id of an exchange; waits and stalls have none."""
    edits: tuple[Callable[[Lines], Any], ...] = (
        lambda lines: _delivery(lines).update(ended=0.0),
        lambda lines: _first(lines, record="wait").update(ended=0.0),
    )
    exchange, wait = (as_text(decided(run.forged(edit), run.policy)) for edit in edits)

    assert re.search(r"what is d\d+ began at [\d.]+ and ended at 0\.0, in a run that ended at", exchange)
    assert re.search(r"something began at [\d.]+ and ended at 0\.0, in a run that ended at", wait)


@pytest.mark.parametrize("name", CLAIMED)
def test_a_report_that_was_edited(attested: Signed, name: str) -> None:
    """Its journal says something else, and the place is named."""
    decision = decided(told(attested.run.files, **CLAIMED[name]), attested.run.policy)

    assert Outcome.REFUSED is decision.outcome
    assert ["report"] == answers(decision)


def test_a_failure_that_was_turned_into_a_pass(run: Recorded) -> None:
    """Wherever a report tells it: the journal still holds what the partner did."""

    def failing(lines: Lines) -> None:
        for line in lines:
            if line["record"] == "delivery" and line["genuine"] and line["response"] is not None:
                line["response"]["status"] = 500

    files = run.forged(failing)
    claims = json.loads(files.report)
    claims["verdict"] = "conforms"
    for requirement in claims["requirements"]:
        for each in (requirement, *requirement["items"]):
            each["verdict"] = "PASS" if each["verdict"] in {"FAIL", "FLAKY", "NOT_ASSESSABLE"} else each["verdict"]
    turned = replace(files, report=(json.dumps(claims, indent=2) + "\n").encode())
    decision = decided(turned, run.policy)

    assert Outcome.REFUSED is decision.outcome
    assert {"report", "requirements"} <= set(answers(decision))
    assert decision.failed


def test_the_same_in_other_bytes_is_refused(run: Recorded) -> None:
    """The kit writes a report in one way."""
    files = replace(run.files, report=json.dumps(json.loads(run.files.report)).encode())
    decision = decided(files, run.policy)

    assert ["report"] == answers(decision)
    assert "other bytes" in next(c for c in decision.checks if c.name == "report").reasons[0]


def test_line_ends_that_were_changed_on_the_way_are_named(run: Recorded) -> None:
    """As git may do it: what was run is genuine, and its bytes are to be kept."""
    journal, report = (content.replace(b"\n", b"\r\n") for content in (run.files.journal, run.files.report))
    for files in (replace(run.files, journal=journal), replace(run.files, report=report)):
        decision = decided(files, run.policy)

        assert Outcome.REFUSED is decision.outcome
        assert "its line ends were changed on the way" in as_text(decision)


def _tried(*names: str) -> Callable[[Lines], None]:
    """The last play tries stories out, as an exploration does, under these names."""

    def edit(lines: Lines) -> None:
        at, last = [(n, line) for n, line in enumerate(lines) if line["record"] == "play"][-1]
        tries = [{**last, "id": last["id"] + name, "story": "tried", "parameter": name, "round": 3} for name in names]
        lines[at:at] = [record for each in tries for record in ({**each, "ended": 0.0, "outcome": "not run"}, each)]

    return edit


def test_the_tries_of_an_exploration_are_counted_within_its_play(run: Recorded) -> None:
    """None may be missing, and none may stand elsewhere."""
    whole = decided(run.forged(_tried(".1", ".2")), run.policy)
    gap = decided(run.forged(_tried(".2")), run.policy)
    strange = decided(run.forged(_tried("0.1")), run.policy)

    assert Outcome.CONFORMS is whole.outcome, as_text(whole)
    assert ["journal"] == answers(gap) == answers(strange)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"format":1}', b'\xef\xbb\xbf{"format":1}']
)
def test_what_is_no_report_is_refused(run: Recorded, content: bytes) -> None:
    """Nothing is made of it."""
    assert Outcome.REFUSED is decided(replace(run.files, report=content), run.policy).outcome


# A whole number that no floating-point number comes near.
_HUGE: Final = b'{"record":"end","at":1' + b"0" * 400 + b',"ending":"finished","reason":"","lines":0,"sha256":""}\n'


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"{}\n", b'{"record":"end"}\n', b"\xff\n", b"[" * 100_000 + b"\n", b'{"record":[]}\n', _HUGE],
)
def test_what_is_no_journal_is_refused(run: Recorded, content: bytes) -> None:
    """Although the report names its digest."""
    known = {"sha256": replace(run.files, journal=content).journal_digest, "lines": 1}
    decision = decided(told(replace(run.files, journal=content), journal=known), run.policy)

    assert Outcome.REFUSED is decision.outcome
    assert "journal" in answers(decision)


def test_a_number_that_no_report_can_hold(run: Recorded) -> None:
    """JSON can say a number that no computer has."""
    *before, end = run.files.journal.splitlines(keepends=True)
    beyond = b'{"record":"end","at":1e999,' + end[end.index(b'"ending"') :]
    files = replace(run.files, journal=b"".join([*before, beyond]))
    decision = decided(told(files, journal={"sha256": files.journal_digest, "lines": len(before) + 1}), run.policy)

    assert Outcome.REFUSED is decision.outcome
    assert "is not a record of a journal" in decision.checks[0].reasons[0]


def _genuine(run: Recorded, random: Random) -> Files:
    """The files of another run that might have been: other ids, another seed, another time, other words."""
    seed, bodies = random.randrange(10**9), ("", "ok", '{"taken":true}', "\u00e9")
    later, status, partner = random.uniform(0.0, 3.0), random.choice((200, 201, 202, 204)), f"http://p{seed}.example"

    def edit(lines: Lines) -> None:
        of_partner(lines, partner)
        lines[0] |= {"seed": seed, "nonce": str(seed)}
        for line in lines:
            for key in ("started", "ended", "at"):
                # A play that has only begun has not ended: 0.
                if line.get(key):
                    line[key] += later
            answer = line.get("response")
            if line["record"] == "delivery" and answer is not None and 200 <= answer["status"] < 300:
                answer |= {"status": status, "body": random.choice(bodies)}

    return run.forged(edit)


def test_genuine_runs_are_accepted(run: Recorded) -> None:
    """Runs that might have been, each written, judged and reported as the kit does."""
    random = seeded(20_261_124)
    refused = []
    for _ in range(GENUINE):
        files = _genuine(run, random)
        fresh = Anew(files.journal, shipped_catalogue())
        decision = decided(files, replace(run.policy, partner=""), anew=fresh)
        if decision.outcome is not Outcome.CONFORMS:
            refused.append(as_text(decision))

    assert [] == refused

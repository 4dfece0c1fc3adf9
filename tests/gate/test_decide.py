"""The gate and each of its checks, on one genuine run and on what becomes of it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from conformance.catalogue import shipped_catalogue
from conformance.cli import main
from conformance.gate.anew import Anew
from conformance.gate.decision import Answer, Check, Outcome
from conformance.gate.exam import Exam
from conformance.gate.policy import Policy
from conformance.gate.telling import as_json, as_text
from conformance.resources import schemas
from conformance.verdict import Level
from gated import Lines, Recorded, answers, decided, of_partner


def _gate(run: Recorded, *words: str) -> Result:
    return CliRunner().invoke(main, ["gate", str(run.files.report_path), *words])


def _check(run: Recorded, name: str, policy: Policy, **how: Any) -> Check:
    decision = decided(run.files, policy, **how)
    return next(check for check in decision.checks if check.name == name)


def test_a_genuine_run_of_a_correct_partner_passes(run: Recorded) -> None:
    """Every check is answered with yes, or was not asked for."""
    decision = decided(run.files, run.policy)

    assert [] == answers(decision), as_text(decision)
    assert Outcome.CONFORMS is decision.outcome
    assert ((), ()) == (decision.failed, decision.unproven)


def test_checks_have_the_names_that_the_reference_gives_them(run: Recorded) -> None:
    """In its order, each once."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "gate.md").read_text(encoding="utf-8")
    rows = page.partition("| check | asks |")[2].partition("\n\n")[0].splitlines()[2:]

    assert [*dict.fromkeys(row.split("|")[1].strip() for row in rows)] == [
        check.name for check in decided(run.files, run.policy).checks
    ]


def test_the_command_ends_with_0_for_it(run: Recorded) -> None:
    """It takes the folder or the file, tells every check, and the decision in its last line."""
    folder = CliRunner().invoke(
        main, ["gate", str(run.files.report_path.parent), "--partner", "demo", "--platform", str(run.platform)]
    )
    file = _gate(run, "--partner", "demo", "--platform", str(run.platform))

    assert (0, 0) == (folder.exit_code, file.exit_code), folder.output
    assert "gate: CONFORMS: the partner conforms" == folder.output.splitlines()[-1]
    assert "says what its journal says, byte for byte" in file.output


def test_json_follows_its_schema(run: Recorded) -> None:
    """Whether the partner passes or not."""
    schema = json.loads((schemas() / "gate.schema.json").read_text(encoding="utf-8"))
    good = _gate(run, "--partner", "demo", "--platform", str(run.platform), "--json")
    bad = _gate(run, "--json")

    for result, decision in ((good, "conforms"), (bad, "refused")):
        document = json.loads(result.output)
        assert [] == [error.message for error in Draft202012Validator(schema).iter_errors(document)]
        assert decision == document["decision"]


def test_what_a_partner_wrote_commands_no_terminal(run: Recorded) -> None:
    """A reason is one line, and nothing in it moves a cursor or speaks to a pipeline."""
    decision = decided(run.files, run.policy)
    hostile = Check("report", Answer.NO, ("\x1b[2Jx\ngate: CONFORMS", "::error::x"))
    text = as_text(replace(decision, checks=(hostile,)))

    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line.startswith(("gate: CONFORMS", "::"))]
    assert hostile.reasons[0] in json.loads(as_json(replace(decision, checks=(hostile,))))["checks"][0]["reasons"]


def test_a_file_that_is_missing_is_a_mistake_of_use(tmp_path: Path) -> None:
    """Both are told at once, and the exit status is 2."""
    result = CliRunner().invoke(main, ["gate", str(tmp_path)])

    assert 2 == result.exit_code
    assert "report.json: cannot be read" in result.output
    assert "journal.jsonl: cannot be read" in result.output


def test_a_platform_that_nobody_has_is_a_mistake_of_use(run: Recorded) -> None:
    """The name that was asked for is the operator's, so the exit status is 2."""
    result = _gate(run, "--platform", "nowhere")

    assert 2 == result.exit_code
    assert "no platform or file named 'nowhere'" in result.output


@pytest.mark.parametrize("option", ["--partner", "--platform", "--nonce"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_option_that_is_empty_is_a_mistake_of_use(run: Recorded, option: str, value: str) -> None:
    """A variable that a pipeline left empty must not ask for less."""
    result = _gate(run, "--partner", "demo", "--platform", str(run.platform), option, value)

    assert 2 == result.exit_code
    assert f"{option}: is empty" in result.output


def test_an_attestation_without_a_key_is_a_mistake_of_use(run: Recorded) -> None:
    """Who names one wants it checked."""
    result = _gate(run, "--partner", "demo", "--platform", str(run.platform), "--attestation", "a.json")

    assert 2 == result.exit_code
    assert "--attestation: nothing can be checked without a key" in result.output


@pytest.mark.parametrize("name", ["report.json", "journal.jsonl", "attestation.json"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"])
def test_what_is_no_file_is_not_read(run: Recorded, tmp_path: Path, name: str, make: Callable[[Path], object]) -> None:
    """In a folder that a stranger sent: reading it might never end."""
    for content, each in ((run.files.report, "report.json"), (run.files.journal, "journal.jsonl")):
        (tmp_path / each).write_bytes(content)
    (tmp_path / name).unlink(missing_ok=True)
    make(tmp_path / name)
    result = CliRunner().invoke(main, ["gate", str(tmp_path)])
    (tmp_path / name).unlink()

    assert 2 == result.exit_code
    assert f"{name}: is no file" in result.output


def test_what_a_terminal_has_no_letters_for_changes_no_status(run: Recorded, tmp_path: Path) -> None:
    """It is spelled out as an escape."""
    (tmp_path / "report.json").write_bytes(run.files.report)
    (tmp_path / "journal.jsonl").write_bytes(run.files.journal[:-500])
    result = CliRunner(charset="latin-1").invoke(main, ["gate", str(tmp_path)])

    assert 3 == result.exit_code, result.exception
    assert "\\u2026, where the report names" in result.output


def test_a_pipe_that_was_named_is_read(run: Recorded, tmp_path: Path) -> None:
    """As a shell makes them, `<(zcat journal.jsonl.gz)` say."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_bytes, args=(run.files.journal,), daemon=True)
    writing.start()
    result = _gate(run, "--partner", "demo", "--platform", str(run.platform), "--journal", str(pipe))
    writing.join(60)
    pipe.unlink()

    assert 0 == result.exit_code, result.output


def test_a_path_that_the_file_system_refuses_is_a_mistake_of_use() -> None:
    """Not the exit status of a requirement that failed."""
    for command in ("gate", "judge", "attest"):
        result = CliRunner().invoke(main, [command, "a" * 5000])

        assert 2 == result.exit_code, result.output


def test_an_age_that_is_none_is_a_mistake_of_use(run: Recorded) -> None:
    """The exit status is 2."""
    assert 2 == _gate(run, "--max-age", "soon").exit_code


def test_the_demo_partner_is_nobody_s_partner(run: Recorded) -> None:
    """It passes only where it was asked for."""
    assert "demo partner" in _check(run, "partner", replace(run.policy, partner="")).reasons[0]
    assert Answer.NO is _check(run, "partner", replace(run.policy, partner="")).answer


def test_another_partner_is_refused(run: Recorded) -> None:
    """Both are named."""
    check = _check(run, "partner", replace(run.policy, partner="http://partner.example/hooks"))

    assert (Answer.NO, ("demo was judged, not http://partner.example/hooks",)) == (check.answer, check.reasons)


@pytest.mark.parametrize(
    ("host", "kept", "answer", "told"),
    [
        ("partner", "[secret url_parameter]", Answer.OK, "https://partner.example/hooks?code=[secret url_parameter]"),
        ("partner", "c0ffee-c0ffee-c0ffee", Answer.NO, "not https://partner.example/hooks?code=\u2026"),
        ("other", "[secret url_parameter]", Answer.NO, "was judged, not https://partner.example/hooks?code=\u2026"),
    ],
)
def test_a_partner_is_known_without_the_key_in_its_url(
    run: Recorded, host: str, kept: str, answer: Answer, told: str
) -> None:
    """So the rest of the URL is compared, and the key is not told again."""
    key = "k3y-k3y-k3y-k3y-k3y"
    files = run.forged(lambda lines: of_partner(lines, f"https://{host}.example/hooks?code={kept}"))
    decision = decided(files, replace(run.policy, partner=f"https://partner.example/hooks?code={key}"))
    (check,) = [check for check in decision.checks if check.name == "partner"]

    assert answer is check.answer
    assert told in check.reasons[0]
    assert key not in as_text(decision) + as_json(decision)


def test_a_partner_cannot_write_the_decision(run: Recorded) -> None:
    """Whatever it calls itself, one line begins as the decision does, and that is the last."""
    files = run.forged(lambda lines: of_partner(lines, "gate: CONFORMS: the partner conforms"))
    lines = as_text(decided(files, run.policy)).splitlines()

    assert [len(lines) - 1] == [at for at, line in enumerate(lines) if line.startswith("gate:")]


def test_a_partner_that_nobody_asked_for_is_named(run: Recorded) -> None:
    """Where no partner is asked for, any but the demo partner will do."""
    files = run.forged(lambda lines: of_partner(lines, "http://partner.example/hooks"))
    decision = decided(files, replace(run.policy, partner=""))

    assert Outcome.CONFORMS is decision.outcome
    assert "partner" in answers(decision, Answer.NOT_ASKED)


@pytest.mark.parametrize(("later", "answer"), [(0.0, Answer.OK), (23.0, Answer.OK), (25.0, Answer.NO)])
def test_a_run_is_too_old_after_a_day(run: Recorded, later: float, answer: Answer) -> None:
    """Unless somebody says otherwise."""
    policy = run.policy

    assert answer is _check(run, "age", policy, later=timedelta(hours=later)).answer
    assert Answer.NOT_ASKED is _check(run, "age", replace(policy, max_age=None), later=timedelta(days=9)).answer
    assert Answer.NO is _check(run, "age", replace(policy, max_age=60.0), later=timedelta(minutes=5)).answer


def test_a_run_of_the_future_is_refused(run: Recorded) -> None:
    """Whatever age is allowed: a clock is wrong, or somebody wrote the time by hand."""
    for policy in (run.policy, replace(run.policy, max_age=None)):
        check = _check(run, "age", policy, later=timedelta(hours=-1))

        assert Answer.NO is check.answer
        assert "future" in check.reasons[0]


def test_a_time_that_is_none_is_refused(run: Recorded) -> None:
    """The journal says so, whoever wrote it."""
    files = run.forged(lambda lines: lines[0].update(started_at="yesterday"))

    assert "age" in answers(decided(files, run.policy))


def test_a_nonce_is_compared(run: Recorded) -> None:
    """Another one, or none, is another run; one for which nobody asked is named."""
    files = run.forged(lambda lines: lines[0].update(nonce="4711"))
    right, wrong = (decided(files, replace(run.policy, nonce=nonce)) for nonce in ("4711", "4712"))

    assert Outcome.CONFORMS is right.outcome
    assert ["nonce"] == answers(wrong)
    assert ["nonce"] == answers(decided(run.files, replace(run.policy, nonce="4711")))
    assert "nonce" in answers(decided(files, run.policy), Answer.NOT_ASKED)


def test_sample_events_are_held_to_those_of_the_policy(run: Recorded) -> None:
    """A partner might have put easier ones into the cache of its kit."""
    digest = json.loads(run.files.report)["digests"]["corpus"]
    policies = [replace(run.policy, corpus=corpus) for corpus in ((), (digest,), ("0" * 64,))]

    assert [Answer.NOT_ASKED, Answer.OK, Answer.NO] == [_check(run, "events", each).answer for each in policies]


def test_what_the_control_endpoint_must_offer_is_asked(run: Recorded) -> None:
    """What is missing makes the decision incomplete."""
    lacking = decided(run.files, replace(run.policy, offers=("events", "recover")))

    assert Outcome.INCOMPLETE is lacking.outcome
    assert ["control endpoint"] == answers(lacking)
    assert Outcome.CONFORMS is decided(run.files, replace(run.policy, offers=("events",))).outcome
    assert "control endpoint" in answers(decided(run.files, run.policy), Answer.NOT_ASKED)


def test_with_should_a_warning_fails(run: Recorded) -> None:
    """The demo partner is warned on this platform, whose description asks for little."""
    policy = replace(run.policy, levels=frozenset({Level.MUST, Level.SHOULD}))
    decision = decided(run.files, policy)

    assert Outcome.FAILS is decision.outcome
    assert decision.failed
    assert ["requirements"] == answers(decision)


@pytest.mark.parametrize(
    ("proven", "outcome"),
    [
        (("ACK-01",), Outcome.CONFORMS),
        (("acknowledging",), Outcome.CONFORMS),
        (("SIG-01",), Outcome.INCOMPLETE),
        (("SIG-14",), Outcome.INCOMPLETE),
        (("correlation",), Outcome.INCOMPLETE),
    ],
)
def test_what_has_to_be_proven_may_not_be_inapplicable(
    run: Recorded, proven: tuple[str, ...], outcome: Outcome
) -> None:
    """A requirement, or a chapter, that is named has to be shown to be met."""
    assert outcome is decided(run.files, replace(run.policy, proven=proven)).outcome


def _answers_with(status: int) -> Callable[[Lines], None]:
    """Every genuine event that the partner accepted is answered like this."""

    def edit(lines: Lines) -> None:
        for line in lines:
            if line["record"] == "delivery" and line["genuine"] and line["response"] is not None:
                line["response"]["status"] = status

    return edit


def test_a_partner_that_fails_ends_with_1(run: Recorded, tmp_path: Path) -> None:
    """The requirements that failed are told with the reason."""
    files = run.forged(_answers_with(500))
    for path, content in ((tmp_path / "report.json", files.report), (tmp_path / "journal.jsonl", files.journal)):
        path.write_bytes(content)
    words = ["gate", str(tmp_path), "--partner", "demo", "--platform", str(run.platform)]
    result = CliRunner().invoke(main, words)

    assert 1 == result.exit_code, result.output
    assert "FAIL ACK-01" in result.output
    assert "gate: FAILS" in result.output


def test_a_failure_comes_before_what_is_missing(run: Recorded) -> None:
    """A requirement that was seen to be broken is broken, whatever else was left out."""

    def edit(lines: Lines) -> None:
        _answers_with(500)(lines)
        lines[:] = [line for line in lines if line["record"] != "item" or line["requirement"] != "DUP-01"]

    decision = decided(run.forged(edit), run.policy)

    assert Outcome.FAILS is decision.outcome
    assert ["plan", "requirements"] == answers(decision)


def test_what_is_not_assessable_is_allowed_by_name(run: Recorded) -> None:
    """A MUST without an answer is incomplete, unless the policy names it."""

    def edit(lines: Lines) -> None:
        for line in lines:
            if line["record"] == "play" and line["story"] == "burst":
                line |= {"outcome": "not assessable", "reason": "the machine was busy"}

    files = run.forged(edit)
    strict = decided(files, run.policy)
    lenient = decided(files, replace(run.policy, not_assessable=frozenset(strict.unproven)))

    assert Outcome.INCOMPLETE is strict.outcome
    assert strict.unproven
    assert Outcome.CONFORMS is lenient.outcome, as_text(lenient)


def test_an_older_kit_is_refused_unless_the_policy_says_so(run: Recorded) -> None:
    """What another version judged cannot be recomputed; an older one that is allowed is judged anew."""
    files = run.forged(lambda lines: lines[0].update(kit="0.0.9"))
    allowed = decided(files, replace(run.policy, oldest_kit="0.0.8"))

    assert ["kit"] == answers(decided(files, run.policy))
    assert ["kit"] == answers(decided(files, replace(run.policy, oldest_kit="0.0.10")))
    assert Outcome.CONFORMS is allowed.outcome, as_text(allowed)


@pytest.mark.parametrize("kit", ["9.9.9", "0.1.0.dev3", ""])
def test_a_newer_kit_cannot_be_judged_here(run: Recorded, kit: str) -> None:
    """Nor one whose version is no row of numbers."""
    files = run.forged(lambda lines: lines[0].update(kit=kit))

    assert ["kit"] == answers(decided(files, replace(run.policy, oldest_kit="0.0.1")))


def test_a_report_of_an_older_kit_is_held_to_its_verdicts(run: Recorded) -> None:
    """Its bytes may differ, what it says of the partner may not."""
    files = run.forged(lambda lines: lines[0].update(kit="0.0.9"))
    claims = json.loads(files.report)
    claims["requirements"][0]["why"] = "Other words."
    reworded = replace(files, report=json.dumps(claims).encode())
    claims["requirements"][0]["verdict"] = "FAIL"
    lying = replace(files, report=json.dumps(claims).encode())
    policy = replace(run.policy, oldest_kit="0.0.9")

    assert Outcome.CONFORMS is decided(reworded, policy).outcome
    assert ["report"] == answers(decided(lying, policy))


def test_a_report_of_an_older_kit_says_everything_once(run: Recorded) -> None:
    """What it says twice may be read in two ways."""
    files = run.forged(lambda lines: lines[0].update(kit="0.0.9"))
    policy = replace(run.policy, oldest_kit="0.0.9")
    claims = json.loads(files.report)
    lie = {**claims["requirements"][0], "verdict": "FAIL"}
    listed = json.dumps({**claims, "requirements": [lie, *claims["requirements"]]})
    keyed = '{"verdict":"fails",' + json.dumps(claims)[1:]

    for report in (listed, keyed):
        assert ["report"] == answers(decided(replace(files, report=report.encode()), policy))


def test_a_report_of_a_kit_that_bound_nothing_is_refused(run: Recorded) -> None:
    """It does not say of which journal it was made."""
    claims = {key: value for key, value in json.loads(run.files.report).items() if key != "journal"}
    decision = decided(replace(run.files, report=json.dumps(claims).encode()), run.policy)

    assert Outcome.REFUSED is decision.outcome
    assert "older kit" in decision.checks[0].reasons[0]


def test_an_end_of_a_kit_that_bound_nothing_is_incomplete(run: Recorded) -> None:
    """A journal of an older kit is judged still, and does not pass."""
    *before, end = run.files.journal.splitlines(keepends=True)
    unbound = json.loads(end) | {"lines": 0, "sha256": ""}
    journal = b"".join([*before, json.dumps(unbound, separators=(",", ":")).encode() + b"\n"])
    decision = decided(replace(run.files, journal=journal, report=_judged(journal)), run.policy)

    assert Outcome.INCOMPLETE is decision.outcome
    assert ["journal"] == answers(decision)


@pytest.mark.parametrize("whole_line", [True, False])
def test_a_run_that_was_killed_is_incomplete(run: Recorded, *, whole_line: bool) -> None:
    """Its report, which `judge` makes of what is there, is believed, and proves too little."""
    lines = run.files.journal.splitlines(keepends=True)
    journal = b"".join(lines[:-40]) + (b"" if whole_line else lines[-40][:30])
    killed = replace(run.files, journal=journal, report=_judged(journal))
    decision = decided(killed, run.policy)

    assert Outcome.INCOMPLETE is decision.outcome
    assert "report" in answers(decision, Answer.OK)
    assert "journal" in answers(decision)


def _judged(journal: bytes) -> bytes:
    return Anew(journal, shipped_catalogue()).text.encode()


def test_an_interrupted_run_is_incomplete(run: Recorded) -> None:
    """Its end says so."""
    files = run.forged(lambda lines: lines[-1].update(ending="interrupted", reason="Ctrl-C"))

    assert Outcome.INCOMPLETE is decided(files, run.policy).outcome
    assert "journal" in answers(decided(files, run.policy))


def test_a_journal_without_its_last_newline_is_incomplete(run: Recorded) -> None:
    """Its last line may be whole, and nobody knows whether more was to come."""
    journal = run.files.journal[:-1]
    decision = decided(replace(run.files, journal=journal, report=_judged(journal)), run.policy)

    assert Outcome.INCOMPLETE is decision.outcome
    assert ["journal"] == answers(decision)


def _waived(expires: str) -> Callable[[Lines], None]:
    """UNK-01 is broken, and somebody waives that."""

    def edit(lines: Lines) -> None:
        plays = {line["id"] for line in lines if line["record"] == "play" and line["story"] == "unknown-event-type"}
        for line in lines:
            if line["record"] == "delivery" and line["play"] in plays and line["response"] is not None:
                line["response"]["status"] = 400
        lines[0]["waivers"] = [{"requirement": "UNK-01", "reason": "January.", "owner": "payments", "expires": expires}]

    return edit


def test_a_waiver_counts_while_it_holds_and_is_allowed(run: Recorded) -> None:
    """By the platform's description, by the policy, and on the day on which the gate decides."""
    files = run.forged(_waived((datetime.now(UTC) + timedelta(days=30)).date().isoformat()))
    policy = replace(run.policy, max_age=None)
    counts = decided(files, policy)
    late = decided(files, policy, later=timedelta(days=60))
    forbidden = decided(files, replace(policy, waivers=frozenset()))

    assert Outcome.CONFORMS is counts.outcome, as_text(counts)
    assert [Outcome.FAILS] * 2 == [late.outcome, forbidden.outcome]
    assert ["waivers", "requirements"] == answers(late) == answers(forbidden)
    assert "expired on" in as_text(late)
    assert "the policy lets nobody waive it" in as_text(forbidden)


def test_a_waiver_ends_on_its_day_however_that_is_written(run: Recorded) -> None:
    """As a text, 20261122 comes after 2026-11-23."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y%m%d")

    assert Outcome.FAILS is decided(run.forged(_waived(yesterday)), run.policy).outcome


def test_a_waiver_without_an_end_never_counts(run: Recorded) -> None:
    """The kit takes none, so somebody else wrote it."""
    assert Outcome.FAILS is decided(run.forged(_waived("never")), run.policy).outcome


def test_an_override_is_told_unless_it_changes_nothing(run: Recorded) -> None:
    """A policy may allow it, for every value or for one."""
    raised, same = (_overridden(run, "/waits/effect", value) for value in ("6", "4"))

    assert Answer.NO is raised.settings().answer
    assert "waits.effect was set to 6, and is 4 on this platform" in raised.settings().reasons[0]
    assert ("nothing of the description was changed",) == same.settings().reasons
    for allowed, answer in (("waits.effect", Answer.OK), ("waits.effect=6", Answer.OK), ("waits.effect=5", Answer.NO)):
        lenient = replace(raised, policy=replace(run.policy, overrides=(allowed,)))
        assert answer is lenient.settings().answer


@pytest.mark.parametrize(("at", "value"), [("/document", '"/nowhere.json"'), ("", '{"document":"/nowhere.json"}')])
def test_a_journal_names_no_file_that_is_read(run: Recorded, at: str, value: str) -> None:
    """Whoever wrote it would say what is read on the machine of the gate."""
    exam = _overridden(run, at, value)

    assert (f"the run used another API document than {run.platform}",) == exam.platform().reasons


@pytest.mark.parametrize(("said", "named"), [("feewise", "feewise"), ("somebody's.yaml", "")])
def test_without_a_word_of_the_policy_a_shipped_platform_is_meant(run: Recorded, said: str, named: str) -> None:
    """A description of somebody's own has to be named."""
    exam = _overridden(run, "/waits/effect", "4")
    header = replace(exam.transcript.header, platform=said)
    unnamed = replace(exam, policy=Policy(), transcript=replace(exam.transcript, header=header))

    assert named == unnamed.named


def _overridden(run: Recorded, at: str, value: str) -> Exam:
    transcript = Anew(run.files.journal, shipped_catalogue()).transcript
    header = replace(transcript.header, overrides=((at, value),))
    return Exam(replace(transcript, header=header), shipped_catalogue(), run.policy)


def test_overrides_that_the_shipped_platform_cannot_take(run: Recorded) -> None:
    """A journal that says it was on a shipped platform, and sets what only another one has."""
    exam = _overridden(run, "/object_types/thing/id", '"/id"')
    shipped = replace(exam.transcript.header, platform="feewise")
    check = replace(exam, transcript=replace(exam.transcript, header=shipped)).platform()

    assert ("the journal says 'feewise', and the description is not the one of that name",) == check.reasons


def test_files_that_make_the_gate_stumble_are_refused(run: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a stranger wrote, the gate ends with a decision."""

    def stumble(*_: object) -> Check:
        raise OverflowError("too large")

    monkeypatch.setattr("conformance.gate.terms.age", stumble)
    decision = decided(run.files, run.policy)

    assert Outcome.REFUSED is decision.outcome
    assert "it cannot be looked at: OverflowError: too large" == decision.checks[0].reasons[0]

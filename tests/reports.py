"""Reports to render: small ones built by hand, with every verdict and with text from a hostile partner."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from conformance.exchange import Asking, Call, CallProblem, Delivery, Exchange, Failure, ProblemKind, Request, Response
from conformance.report import Assumption, ItemResult, Report, RequirementResult
from conformance.requirement import Evidence, Finding, Requirement, Source
from conformance.transcript import Ending, Outcome, Play, RunHeader
from conformance.verdict import Level, Verdict, run_verdict
from conformance.waiver import Waiver, WaiverState, WaiverUse

__all__ = [
    "HOSTILE",
    "delivery",
    "every_verdict",
    "hostile",
    "interrupted",
    "item",
    "long_run",
    "nothing",
    "report",
    "result",
]

HOSTILE = (
    "<script>alert(1)</script>",
    "\x1b[2J\x1b[31mPASS\x1b[0m",
    "\u202egnp.exe\u2066",
    "\n::error file=a.py::owned",
    "\r\n##[group]owned",
    "x ##vso[task.complete]y",
    '" onmouseover="alert(1)',
    "| a | `` ``` [x](javascript:alert(1)) ![i](http://evil.example/i.png) @octocat $\\color{red}x$ \\|",
    '=HYPERLINK("http://evil.example")',
    "\ud800 lone",
    "{{ 7 * 7 }} {% raw %}",
)


def header(*, platform: str = "wawex", partner: str = "http://127.0.0.1:8080", **other: object) -> RunHeader:
    """The header of a run of the kit against a partner on this machine."""
    values: dict[str, object] = {
        "kit": "0.1.0",
        "started_at": "2026-11-20T09:30:00+00:00",
        "platform": platform,
        "partner": partner,
        "seed": 7,
        "offers": ("objects", "events"),
        "settings": (("concurrency", "32"), ("report-dir", "reports")),
        "overrides": (("/acknowledge/limit", "4"),),
        "description": "{}",
        "description_digest": "sha256:" + "1" * 64,
        "document_digest": "sha256:" + "2" * 64,
        "corpus_digest": "sha256:" + "3" * 64,
        "requirements": (),
    }
    return RunHeader(**{**values, **other})  # type: ignore[arg-type]  # keyword arguments of a test, by name


def _requirement(id_: str, title: str, chapter: str, level: Level) -> Requirement:
    return Requirement(
        id=id_,
        chapter=chapter,
        level=level,
        title=title,
        statement=f"The partner {level} do what {id_} asks for.",
        why="What is not done is lost.",
        seen_by="The kit looks.",
        allowed=("Anything else.",),
        remedy="Look at the handler of this event type. Answer before you work.",
        applies_when=(),
        needs_control=(),
        sources=(Source("RFC 9110", "15.6", "https://www.rfc-editor.org/rfc/rfc9110#section-15.6"), Source("Wawex")),
    )


def item(
    name: str,
    verdict: Verdict,
    reason: str = "",
    *,
    findings: tuple[Finding, ...] = (),
    exchanges: tuple[str, ...] = (),
    plays: tuple[str, ...] = (),
) -> ItemResult:
    """The result of one item."""
    parameter = name.partition("[")[2].rstrip("]")
    rerun = f"pytest --partner-url=http://127.0.0.1:8080 --platform=wawex -k '{name}' --conformance-seed=7"
    return ItemResult(
        name=name,
        parameter=parameter,
        verdict=verdict,
        reason=reason,
        findings=findings,
        exchanges=exchanges,
        plays=plays,
        rerun=rerun,
    )


def result(
    id_: str,
    verdict: Verdict,
    *items: ItemResult,
    title: str = "Does what is asked",
    chapter: str = "acknowledging",
    level: Level = Level.MUST,
    reason: str = "",
) -> RequirementResult:
    """The result of one requirement."""
    stated = _requirement(id_, title, chapter, level)
    return RequirementResult(requirement=stated, level=level, verdict=verdict, reason=reason, items=items)


def delivery(
    id_: str,
    *,
    play: str | None = "p1",
    at: float = 1.0,
    body: bytes = b'{"id":"e1","amount":10.00,"amount":10.0}',
    answer: Response | None = None,
    failure: Failure | None = None,
) -> Delivery:
    """A delivery of a document event, answered as told; with 202 when nothing is said."""
    response = answer if answer is not None or failure is not None else Response(202, ((b"Server", b"demo"),), b"")
    request = Request(
        "POST",
        "http://127.0.0.1:8080/hooks/document",
        ((b"Content-Type", b"application/json"), (b"Webhook-Id", b"e1")),
        body,
    )
    return Delivery(
        id=id_,
        play=play,
        request=request,
        response=response,
        failure=failure,
        started=at,
        ended=at + 0.042,
        role="genuine",
        genuine=True,
        event_id="e1",
        event_type="document.created",
        object_type="document",
        object_id="9b2f",
        version=1,
        correlation="c-1",
        attempt=1,
    )


def _call(id_: str, at: float) -> Call:
    return Call(
        id=id_,
        play="p1",
        request=Request("GET", "/v1/documents/9b2f?expand=all", ((b"Host", b"127.0.0.1:4010"),)),
        response=Response(200, ((b"Content-Type", b"application/json"),), json.dumps({"id": "9b2f"}).encode()),
        failure=None,
        started=at,
        ended=at + 0.003,
        operation="getDocument",
        does="get",
        object_type="document",
        object_id="9b2f",
        problems=(CallProblem(ProblemKind.UNDECLARED, "the parameter expand is not declared"),),
        version=1,
        fault="503 once",
        correlation=None,
        listed=(),
    )


def _asking(id_: str, at: float) -> Asking:
    return Asking(
        id=id_,
        play="p1",
        request=Request("GET", "http://127.0.0.1:8080/control/objects/document/9b2f"),
        response=Response(404),
        failure=None,
        started=at,
        ended=at + 0.002,
        call="objects",
        object_type="document",
        about="9b2f",
    )


def _play(id_: str, story: str, parameter: str = "", reason: str = "") -> Play:
    outcome = Outcome.NOT_ASSESSABLE if reason else Outcome.PLAYED
    return Play(id=id_, story=story, parameter=parameter, round=0, alone=False, outcome=outcome, reason=reason)


def report(
    *results: RequirementResult,
    exchanges: Iterable[Exchange] = (),
    plays: tuple[Play, ...] = (),
    ending: Ending = Ending.FINISHED,
    ending_reason: str = "",
    partner: str = "http://127.0.0.1:8080",
    waivers: tuple[WaiverUse, ...] = (),
) -> Report:
    """A report of these results, with the verdict that they earn."""
    return Report(
        header=header(partner=partner),
        title="Wawex",
        verdict=run_verdict({r.requirement.id: (r.level, r.verdict) for r in results}),
        ending=ending,
        ending_reason=ending_reason,
        duration=83.25,
        requirements=results,
        chapters=(("acknowledging", "Acknowledging"), ("authenticity", "Authenticity")),
        assumptions=(Assumption("/acknowledge/limit", "5 s", "The documents name no limit.", confirmed=False),),
        waits=(("quiet", "2.4 s, 3 times the slowest reaction seen"), ("effect window", "30 s")),
        plays=plays,
        exchanges=tuple(exchanges),
        waivers=waivers,
    )


def every_waiver(text: str = "Planned for January.") -> tuple[WaiverUse, ...]:
    """A waiver in every state, with that text as its reason and its owner."""
    verdicts = {WaiverState.APPLIED: Verdict.WARN, WaiverState.NOT_NEEDED: Verdict.PASS, WaiverState.UNDECIDED: None}
    return tuple(
        WaiverUse(Waiver(f"COR-{n:02}", text, text, "2027-01-01"), state, verdicts.get(state, Verdict.NOT_ASSESSABLE))
        for n, state in enumerate(WaiverState, start=1)
    )


def every_verdict() -> Report:
    """A finished run in which each verdict occurs."""
    missing = Finding(
        expected="GET /v1/documents/9b2f within 30 s",
        actual="no such call within 30 s after status 202",
        exchanges=("d1", "c1"),
        hint="The path is that of the operation getDocument.",
    )
    late = Finding(
        expected="a complete answer within 5 s",
        actual="no complete answer before the deadline",
        exchanges=("d2",),
        level=Level.SHOULD,
        rests_on="/acknowledge/limit",
    )
    forged = Finding(
        expected="a status other than 2xx",
        actual="status 200, and the object was fetched",
        exchanges=("d3",),
        evidence=Evidence.DEED,
    )
    binary = Response(200, ((b"Content-Encoding", b"gzip"),), bytes(range(256)))
    exchanges = (
        delivery("d1", at=1.0),
        _call("c1", 1.2),
        _asking("a1", 1.5),
        delivery("d2", play="p2", at=2.0, failure=Failure.TIMEOUT),
        delivery("d3", play="p3", at=3.0, answer=binary),
        delivery("d4", play=None, at=4.0, answer=Response(500, ((b"Content-Type", b"text/html"),), b"<h1>Oops</h1>")),
    )
    plays = (
        _play("p1", "announced-object", "document"),
        _play("p2", "slow-answer"),
        _play("p3", "forged-signature", "document", "the positive control failed"),
    )
    fetching = tuple(
        item(f"FET-01[{kind}]", Verdict.FAIL, findings=(missing,), exchanges=("d1",), plays=("p1",))
        for kind in ("document", "payout", "invoice")
    )
    needs = 'the control endpoint does not offer "create"'
    return report(
        result("ACK-01", Verdict.PASS, item("ACK-01[document.created]", Verdict.PASS, exchanges=("d1",))),
        result("ACK-02", Verdict.WARN, item("ACK-02", Verdict.WARN, findings=(late,), exchanges=("d2",))),
        result(
            "FET-01",
            Verdict.FAIL,
            *fetching,
            item("FET-01[contact]", Verdict.PASS, "slow under load", exchanges=("d1", "c1")),
            title="Gets the object that it was told of",
            chapter="fetching",
        ),
        result("SIG-01", Verdict.FAIL, item("SIG-01", Verdict.FAIL, findings=(forged,)), chapter="authenticity"),
        result(
            "SIG-02", Verdict.ERROR, item("SIG-02", Verdict.ERROR, "the control call timed out"), chapter="authenticity"
        ),
        result("DUP-01", Verdict.FLAKY, item("DUP-01", Verdict.FLAKY, "1 of 2 lone runs passed"), chapter="duplicates"),
        result("DUP-02", Verdict.NOT_RUN, item("DUP-02", Verdict.NOT_RUN), chapter="duplicates"),
        result("OWN-01", Verdict.NOT_ASSESSABLE, item("OWN-01", Verdict.NOT_ASSESSABLE, needs), chapter="own-objects"),
        result("OWN-02", Verdict.NOT_ASSESSABLE, item("OWN-02", Verdict.NOT_ASSESSABLE, needs), chapter="own-objects"),
        result("COR-01", Verdict.WAIVED, item("COR-01", Verdict.WAIVED, "until 2027-01-01"), chapter="correlation"),
        result("COR-02", Verdict.NOT_APPLICABLE, reason="this platform sends no correlation id", chapter="correlation"),
        result("LIF-01", Verdict.PASS, item("LIF-01", Verdict.PASS), chapter="load", level=Level.SHOULD),
        exchanges=exchanges,
        plays=plays,
        waivers=every_waiver(),
    )


def interrupted() -> Report:
    """A run that was stopped after its first requirement."""
    return report(
        result("ACK-01", Verdict.PASS, item("ACK-01", Verdict.PASS, exchanges=("d1",))),
        result("ACK-02", Verdict.NOT_RUN, item("ACK-02", Verdict.NOT_RUN)),
        exchanges=(delivery("d1"),),
        plays=(_play("p1", "announced-object"),),
        ending=Ending.INTERRUPTED,
        ending_reason="Ctrl-C",
    )


def nothing() -> Report:
    """A run that was refused before anything was played."""
    return report(ending=Ending.REFUSED, ending_reason="the partner is unreachable")


def hostile() -> Report:
    """A run in which everything that a partner can write is meant to do harm."""
    text = " ".join(HOSTILE)
    exchanges = tuple(
        delivery(
            f"d{number}",
            answer=Response(200, ((b"X", line.encode("utf-8", "replace")),), line.encode("utf-8", "replace")),
        )
        for number, line in enumerate(HOSTILE)
    )
    found = tuple(
        Finding(expected="something harmless", actual=line, exchanges=(f"d{n}",), hint=line)
        for n, line in enumerate((*HOSTILE, text))
    )
    return report(
        result("ACK-01", Verdict.FAIL, item("ACK-01", Verdict.FAIL, text, findings=found), reason=text),
        result("ACK-02", Verdict.WARN, item("ACK-02", Verdict.WARN, findings=found)),
        result("ACK-03", Verdict.NOT_ASSESSABLE, item("ACK-03", Verdict.NOT_ASSESSABLE, text)),
        exchanges=exchanges,
        plays=(_play("p1", "announced-object", reason=text),),
        partner=f"http://127.0.0.1/{text}",
        waivers=every_waiver(text),
    )


def long_run(exchanges: int) -> Report:
    """A run of so many exchanges, a quarter of them calls, in plays of forty; every other one of 300 items fails."""
    body = json.dumps({f"field_{n}": f"value {n} of a body of moderate size" for n in range(40)}).encode()
    made: list[Exchange] = []
    for number in range(exchanges):
        play = f"p{number // 40}"
        if number % 4 == 3:
            made.append(replace(_call(f"c{number}", number / 50), play=play))
        else:
            made.append(delivery(f"d{number}", play=play, at=number / 50, body=body, answer=Response(200, (), body)))
    plays = [replace(_play(f"p{n}", "a-story", f"number-{n}"), started=n * 0.8) for n in range(exchanges // 40 or 1)]
    of_play = {play.id: tuple(e for e in made if e.play == play.id) for play in plays}
    results = []
    for number in range(100):
        items = []
        for place in range(3):
            played = plays[(number * 3 + place) % len(plays)].id
            cited = tuple(e.id for e in of_play[played])
            finding = Finding(expected="a refusal " * 20, actual="accepted with status 200 " * 20, exchanges=cited)
            failing = (number + place) % 2 == 0
            verdict, found = (Verdict.FAIL, (finding,) * 6) if failing else (Verdict.PASS, ())
            name = f"A-{number:02}[{place}]"
            items.append(item(name, verdict, findings=found, exchanges=cited, plays=(played,)))
        results.append(result(f"A-{number:02}", Verdict.FAIL, *items))
    filled = tuple(replace(play, exchanges=of_play[play.id]) for play in plays)
    return report(*results, exchanges=made, plays=filled)

"""Reports in which all that a partner, an operator or a requirement of one's own can say is text that means harm.

Each has a twin of the same shape whose texts mean none, so that what is in the one only can be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from conformance.exchange import Asking, Call, CallProblem, Exchange, Failure, ProblemKind, Request, Response
from conformance.report import Assumption, Report, RequirementResult
from conformance.reporting.plain_text import visible
from conformance.requirement import Finding, Source
from conformance.transcript import Ending, Outcome, Play
from conformance.verdict import Verdict
from conformance.waiver import Waiver, WaiverState, WaiverUse
from hostile_payloads import PAYLOADS
from reports import delivery, item, report, result

__all__ = ["BATCHES", "harmless_twin", "report_of", "said_by_partner"]

# A summary tells the first thirty failures in full, and so must hold no more.
_BATCH: Final = 25
BATCHES: Final = tuple(PAYLOADS[start : start + _BATCH] for start in range(0, len(PAYLOADS), _BATCH))


def harmless_twin(text: str) -> str:
    """A text as long, with as many lines, of letters only; what links to the net still does."""
    scheme = re.match("(https?://)?", text)[0]  # type: ignore[index]  # it matches the empty text at least
    return scheme + re.sub(r"[^\n ]", "h", visible(text[len(scheme) :], keep="\n"))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _exchanges(texts: Sequence[str]) -> Iterator[Exchange]:
    for number, text in enumerate(texts, start=1):
        raw = _bytes(text)
        headers = ((b"Content-Type", raw), (b"X-" + raw, raw), (b"Location", raw), (b"Host", raw))
        answer = Response(200, headers, raw)
        request = Request(text, f"/{text}?{text}={text}", headers, raw)
        yield replace(delivery(f"d{number}", play="p1", at=number, answer=answer), object_id=text, event_id=text)
        yield Call(
            id=f"c{number}",
            play=f"p{number}",
            request=request,
            response=answer,
            failure=None,
            started=number + 0.2,
            ended=number + 0.3,
            operation="getDocument",
            does="get",
            object_type="document",
            object_id=text,
            problems=(CallProblem(ProblemKind.UNDECLARED, text),),
            version=1,
            fault=None,
            correlation=text,
            listed=(text,),
        )
        yield Asking(
            id=f"a{number}",
            play=None,
            request=Request("GET", f"http://127.0.0.1:8080/control/{text}"),
            response=Response(200, headers, b'{"id": ' + raw + b"}"),
            failure=Failure.MALFORMED,
            started=number + 0.4,
            ended=number + 0.5,
            call="create",
            object_type="document",
            about=text,
        )


def _results(texts: Sequence[str]) -> Iterator[RequirementResult]:
    verdicts = (Verdict.FAIL, Verdict.FLAKY, Verdict.ERROR, Verdict.WARN, Verdict.NOT_ASSESSABLE, Verdict.WAIVED)
    for number, text in enumerate(texts, start=1):
        verdict = verdicts[number % len(verdicts)]
        finding = Finding(expected=text, actual=text, exchanges=(f"d{number}", f"c{number}"), hint=text, rests_on=text)
        told = item(f"ACK-{number:02}[{text}]", verdict, text, findings=(finding,), exchanges=(f"a{number}",))
        plain = item(f"ACK-{number:02}", Verdict.FAIL, text, plays=(f"p{number}",))
        made = result(f"ACK-{number:02}", verdict, told, plain, title=text, reason=text)
        own = replace(made.requirement, statement=text, why=text, remedy=text, sources=(Source(text, text, text),))
        yield replace(made, requirement=own)


def said_by_partner(texts: Sequence[str]) -> Report:
    """A report that says them wherever a partner or a file of the operator can, and nowhere else."""
    told = report_of(texts)
    plain = tuple(
        replace(
            each,
            requirement=result(each.requirement.id, each.verdict).requirement,
            items=tuple(replace(one, name=f"{each.requirement.id}[{n}]") for n, one in enumerate(each.items)),
        )
        for each in told.requirements
    )
    assumed = tuple(replace(each, reason="Nobody says.") for each in told.assumptions)
    return replace(told, title="Wawex", chapters=(), requirements=plain, assumptions=assumed)


def report_of(texts: Sequence[str]) -> Report:
    """A report that says each of the texts in every place."""
    whole = " ".join(texts)[:5_000]
    states = tuple(WaiverState)
    plays = tuple(
        Play(id=f"p{n}", story=text, parameter=text, round=0, alone=False, outcome=Outcome.NOT_ASSESSABLE, reason=text)
        for n, text in enumerate(texts, start=1)
    )
    made = report(
        *_results(texts),
        exchanges=_exchanges(texts),
        plays=plays,
        ending=Ending.INTERRUPTED,
        ending_reason=whole,
        partner=f"http://127.0.0.1/{whole}",
        waivers=tuple(
            WaiverUse(Waiver(f"ACK-{n:02}", text, text, "2027-01-01"), states[n % len(states)], Verdict.FAIL)
            for n, text in enumerate(texts, start=1)
        ),
    )
    header = replace(
        made.header,
        platform=whole,
        offers=tuple(texts),
        settings=tuple((text, text) for text in texts),
        overrides=tuple((text, text) for text in texts),
    )
    return replace(
        made,
        header=header,
        title=whole,
        chapters=(("acknowledging", whole),),
        assumptions=tuple(Assumption(text, text, text, confirmed=False) for text in texts),
        diagnoses=tuple(texts),
        waits=tuple((text, text) for text in texts),
    )

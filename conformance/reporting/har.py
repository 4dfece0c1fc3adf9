"""exchanges.har: every exchange as HTTP Archive 1.2, for the tools that people already have.

HAR knows neither play nor role: they stand in the `comment` of an entry.
"""

from __future__ import annotations

import base64
import io
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlsplit

import harfile

from conformance.exchange import Asking, Call, Delivery, Exchange, Headers, Request, Response
from conformance.report import Report

__all__ = ["render"]

_VERSION = "HTTP/1.1"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


def _text(body: bytes) -> tuple[str, str | None]:
    """A body as text; in base64 with that word beside it where it is none."""
    try:
        return body.decode("utf-8"), None
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), "base64"


def _records(headers: Headers) -> list[harfile.Record]:
    return [harfile.Record(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _url(request: Request) -> str:
    """The absolute URL; what the kit receives has a path only, and its host in a header."""
    target = quote(request.target, safe="%/?:@!$&'()*+,;=-._~[]", errors="surrogatepass")
    if target.startswith(("http://", "https://")):
        return target
    host = request.header("host") or ""
    return f"http://{host if _HOST.fullmatch(host) else 'platform.invalid'}/{target.removeprefix('/')}"


def _query(url: str) -> list[harfile.Record]:
    try:
        return [harfile.Record(name, value) for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    except ValueError:
        return []


def _request(request: Request) -> harfile.Request:
    url = _url(request)
    text, encoding = _text(request.body)
    posted = harfile.PostData(mimeType=request.header("content-type") or "", text=text, comment=encoding)
    return harfile.Request(
        method=request.method,
        url=url,
        httpVersion=_VERSION,
        headers=_records(request.headers),
        queryString=_query(url),
        postData=posted if request.body else None,
        bodySize=len(request.body),
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _response(response: Response | None, outcome: str) -> harfile.Response:
    """The answer; status 0 says, as browsers do, that there was none."""
    if response is None:
        return harfile.Response(status=0, statusText="", httpVersion=_VERSION, bodySize=0, comment=outcome)
    text, encoding = _text(response.body)
    mime = response.header("content-type") or ""
    return harfile.Response(
        status=response.status,
        statusText=_phrase(response.status),
        httpVersion=_VERSION,
        headers=_records(response.headers),
        content=harfile.Content(size=len(response.body), mimeType=mime, text=text, encoding=encoding),
        redirectURL=response.header("location") or "",
        bodySize=len(response.body),
        comment=outcome,
    )


def _part(exchange: Exchange) -> str:
    if isinstance(exchange, Delivery):
        return f"delivery as {exchange.role}, {exchange.event_type}, attempt {exchange.attempt}"
    if isinstance(exchange, Call):
        fault = f", answered with the fault {exchange.fault}" if exchange.fault else ""
        return f"call of {exchange.operation or 'no known operation'}{fault}"
    assert isinstance(exchange, Asking)
    return f"control call {exchange.call}"


def render(report: Report) -> str:
    """The archive as JSON text."""
    began = datetime.fromisoformat(report.header.started_at)
    began = began if began.tzinfo is not None else began.replace(tzinfo=UTC)
    plays = {play.id: play.name for play in report.plays}
    text = io.StringIO()
    creator = harfile.Creator(name="webhook-conformance", version=report.header.kit)
    with harfile.HarFile(text, creator=creator) as archive:
        for exchange in report.exchanges:
            took = round(exchange.took * 1000, 3)
            play = plays.get(exchange.play or "", "no play")
            archive.add_entry(
                startedDateTime=began + timedelta(seconds=exchange.started),
                time=took,
                request=_request(exchange.request),
                response=_response(exchange.response, exchange.outcome()),
                timings=harfile.Timings(send=0, wait=took, receive=0),
                comment=f"{exchange.id}: {play}: {_part(exchange)}",
            )
    return text.getvalue() + "\n"

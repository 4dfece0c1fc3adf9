"""What the first answer of a partner says: whether it is the partner's own, and by which clock it goes."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from conformance.doctor.symptom import Symptom
from conformance.exchange import Delivery, Failure, Response
from conformance.reporting.plain_text import shortened

__all__ = ["endpoint", "is_page", "said", "skew"]

_LONGEST: Final = 160
_PAGE: Final = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title)\b", re.IGNORECASE | re.DOTALL
)
_TITLE: Final = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
# What only somebody between the kit and the partner answers.
_BETWEEN: Final = {
    407: "A proxy wants its own credentials",
    502: "A gateway answers, and the partner behind it does not",
    504: "A gateway answers, and the partner behind it does not",
    511: "The network wants somebody to log in",
}


def said(delivery: Delivery) -> str:
    """The answer in a few words, with the beginning of its body."""
    response = delivery.response
    if response is None or not response.body:
        return delivery.outcome()
    title = _TITLE.search(response.body) if is_page(response) else None
    text = (title[1] if title else response.body).decode("utf-8", "replace").strip()
    return f"{delivery.outcome()}: {shortened(text, _LONGEST)}"


def is_page(response: Response) -> bool:
    """Whether the answer is a page for people; frameworks call whatever they answer HTML, also when it is empty."""
    tagged = "html" in (response.header("Content-Type") or "").lower() and response.body.lstrip().startswith(b"<")
    return tagged or bool(_PAGE.match(response.body))


def endpoint(delivery: Delivery) -> Symptom | None:
    """What is wrong with the place that answered a genuine event; None where it may well be the partner's own.

    A refusal is no fault of the place, and nor is the page that many frameworks make of one.
    """
    response = delivery.response
    if response is None or delivery.failure is not None:
        return _broken(delivery)
    if response.status in _BETWEEN:
        remedy = "Start the partner behind it, let the request pass, or give --partner-url without the detour."
        return Symptom.problem("endpoint", f"{_BETWEEN[response.status]} ({said(delivery)})", remedy)
    if 300 <= response.status <= 399:
        return _redirect(response, delivery.request.target)
    if is_page(response) and 200 <= response.status <= 299:
        found = f"a page for people answers a genuine event ({said(delivery)})"
        remedy = (
            "A proxy, a login page or another program stands there. Check host, port and path of --partner-url, and "
            "what is in front of the partner."
        )
        return Symptom.problem("endpoint", found, remedy)
    return _misplaced(delivery, response.status)


def _broken(delivery: Delivery) -> Symptom:
    scheme = urlsplit(delivery.request.target).scheme
    if delivery.failure is Failure.TIMEOUT:
        found = f"connections are taken, and a genuine event got no answer within {delivery.took:.0f} s"
        remedy = "The partner hangs, or another program listens there: look at its log, and check the port."
    elif delivery.failure is Failure.TOO_LARGE:
        found, remedy = "the answer is larger than any acknowledgement", "Check host, port and path of --partner-url."
    elif delivery.failure in {Failure.MALFORMED, Failure.CLOSED} and scheme == "http":
        found = f"what listens there does not answer as HTTP ({delivery.outcome()})"
        remedy = "If it speaks TLS, write https:// in --partner-url; else check the port, and the partner's log."
    else:
        found, remedy = f"a genuine event got no answer: {delivery.outcome()}", "Look at the partner's log."
    return Symptom.problem("endpoint", found, remedy)


def _redirect(response: Response, target: str) -> Symptom:
    there = response.header("Location") or "nowhere"
    found = f"status {response.status} sends elsewhere, to {shortened(there, _LONGEST)}"
    remedy = f"Platforms follow no redirects: give the address itself in --partner-url, in place of {target}."
    if there.startswith("https:") and target.startswith("http:"):
        remedy = "Platforms follow no redirects: write https:// in --partner-url, or switch the redirect off."
    return Symptom.problem("endpoint", found, remedy)


def _misplaced(delivery: Delivery, status: int) -> Symptom | None:
    path = urlsplit(delivery.request.target).path or "/"
    if status in {404, 410}:
        found = f"nothing is served at {path} ({said(delivery)})"
        return Symptom.problem("endpoint", found, "Check the path of --partner-url against the partner's routes.")
    if status == 405:
        found = f"{path} is served, but takes no POST ({said(delivery)})"
        remedy = "Check the path of --partner-url: deliveries are posted to the partner's webhook endpoint."
        return Symptom.problem("endpoint", found, remedy)
    if status == 415:
        found = f"the content type {delivery.request.header('Content-Type')} is refused ({said(delivery)})"
        return Symptom.problem("endpoint", found, "Check the path of --partner-url: another endpoint may stand there.")
    if status in {429, 503}:
        found = f"the partner, or somebody before it, asks to wait ({said(delivery)})"
        remedy = "Wait, lift the limit in the test environment, or lower --conformance-rate in the run."
        return Symptom.problem("endpoint", found, remedy)
    return None


def skew(delivery: Delivery, started_at: float) -> float | None:
    """By how many seconds the clock of whoever answered is ahead; None where the answer tells no time.

    `started_at` is when the run began, in seconds since the epoch. What lies within the time that the answer took, and
    the second that the header leaves out, is no difference.
    """
    told = delivery.response.header("Date") if delivery.response is not None else None
    try:
        there = parsedate_to_datetime(told or "").timestamp()
    except (ValueError, OverflowError, TypeError):
        return None
    earliest, latest = started_at + delivery.started - 1, started_at + delivery.ended
    return there - latest if there > latest else min(there - earliest, 0.0)

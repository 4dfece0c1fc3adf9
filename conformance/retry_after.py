"""How long an answer asks to wait, by its Retry-After header (RFC 9110 §10.2.3)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from conformance.exchange import Response

__all__ = ["retry_after"]


def retry_after(response: Response | None, *, now: float) -> float | None:
    """The seconds that an answer asks to wait, None where it does not say; `now` is the time since the epoch.

    A date is measured by the clock that made it, where the answer shows that clock in its Date header.
    """
    text = ((response.header("Retry-After") if response is not None else None) or "").strip()
    if response is None or not text:
        return None
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    until, since = _moment(text), _moment(response.header("Date") or "")
    return None if until is None else max(0.0, until - (now if since is None else since))


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None

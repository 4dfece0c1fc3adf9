"""Retries: whether and when a call that failed is made again. Pure; `now` is an argument."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reference.defects import Defects

__all__ = ["Failure", "failure_of", "seconds_to_wait", "wait_before_next"]

# The second wait and all after it are longer than a second, so that a partner in trouble does not storm.
_WAITS = (0.2, 1.1, 1.5, 2.0, 3.0, 4.0, 4.0)
_REFUSED_WAIT = 2.0
_REFUSED_TRIES = 3
_LONGEST_WAIT = 120.0
_OF_GATEWAYS = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})


class Failure(Enum):
    """Why a call did not bring what it was made for."""

    BROKEN = "the connection broke"
    TOO_SLOW = "the time ran out"
    UNREADABLE = "the answer cannot be read"
    FAILED = "the platform failed or redirected"
    THROTTLED = "too many calls"
    NOT_YET = "the platform does not know the object yet"
    REFUSED = "the credentials are refused"
    WRONG = "the platform calls the call itself wrong"


def failure_of(status: int, defects: Defects) -> Failure | None:
    """Give what an answer's status means, None where the call succeeded."""
    if status in _OF_GATEWAYS and defects.on("retries-500-only"):
        return Failure.WRONG
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    special = {401: Failure.REFUSED, 403: Failure.REFUSED, 404: Failure.NOT_YET, 429: Failure.THROTTLED}
    if status in special:
        return special[status]
    return Failure.WRONG if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR else Failure.FAILED


def wait_before_next(failure: Failure, tries: int, retry_after: float, defects: Defects) -> float | None:
    """Give the seconds until the next try after so many, None to give up."""
    if failure is Failure.WRONG or _gives_up(failure, tries, defects):
        return None
    if failure is Failure.NOT_YET and defects.on("retries-404-for-ever"):
        return 0.8
    if _storms(failure, defects):
        return 0.3
    if failure is Failure.FAILED and defects.on("tries-for-ever"):
        return 1.1
    if failure is Failure.REFUSED:
        return _REFUSED_WAIT if tries < _REFUSED_TRIES else None
    if tries > len(_WAITS) or retry_after > _LONGEST_WAIT:
        return None
    return _WAITS[tries - 1] if defects.on("ignores-retry-after") else max(_WAITS[tries - 1], retry_after)


def seconds_to_wait(retry_after: str | None, now: float, defects: Defects) -> float:
    """Read a Retry-After header, seconds or a date; 0 where it says nothing that can be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9]) / (1000 if defects.on("reads-retry-after-as-milliseconds") else 1)
    if defects.on("ignores-retry-after-date"):
        return 0.0
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now)


def _storms(failure: Failure, defects: Defects) -> bool:
    if failure is Failure.FAILED and defects.on("storms-on-errors"):
        return True
    return failure is Failure.REFUSED and defects.on("storms-on-401")


def _gives_up(failure: Failure, tries: int, defects: Defects) -> bool:
    if failure is Failure.TOO_SLOW and defects.on("gives-up-on-timeout"):
        return True
    if tries > 1 and defects.on("gives-up-after-two-tries"):
        return True
    if failure is Failure.BROKEN and defects.on("gives-up-on-reset"):
        return True
    if failure is Failure.NOT_YET and defects.on("takes-404-for-gone"):
        return True
    return defects.on("gives-up-after-one-try")

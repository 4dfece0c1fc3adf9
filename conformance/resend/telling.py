"""What was sent again, what came back, and what was expected: for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from conformance.exchange import Delivery
from conformance.reporting.exchange_text import exchange_text
from conformance.reporting.plain_text import shortened, uncommanding, visible
from conformance.resend.subject import Subject

__all__ = ["announced", "told"]

_WIDTH: Final = 110
_LONGEST: Final = 600


def announced(subject: Subject, story: str, remarks: tuple[str, ...]) -> str:
    """What is about to be sent."""
    return uncommanding("\n".join(_announced(subject, story, remarks)))


def _announced(subject: Subject, story: str, remarks: tuple[str, ...]) -> Iterator[str]:
    then = subject.delivery
    yield f"{then.id}, in the role {visible(then.role)!r} of the story {visible(story)}"
    if subject.result is not None and subject.item is not None:
        title = visible(subject.result.requirement.title)
        yield f"{subject.item.verdict} {visible(subject.item.name)}: {title}"
    if subject.finding is not None:
        yield _field("expected", subject.finding.expected)
        yield _field("actual", subject.finding.actual)
    if not then.genuine:
        yield _field("note", "A correct partner refuses it.")
    for remark in remarks:
        yield _field("note", remark)
    yield _field("note", "One exchange is sent, not its story: the answer alone proves nothing.")
    if subject.item is not None and subject.item.rerun:
        yield f"  story     {visible(subject.item.rerun)}"
    if subject.others:
        yield _field("beside", f"{', '.join(subject.others[:8])} belong to the same item")


def told(then: Delivery, now: Delivery) -> str:
    """The exchange, and how its answer compares with that of the run."""
    compared = f"in the run: {then.outcome()}\nnow:        {now.outcome()}"
    return f"{exchange_text([now])}\n\n{uncommanding(compared)}"


def _field(label: str, text: str) -> str:
    start = f"  {label:<9} "
    return textwrap.fill(
        shortened(text, _LONGEST),
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )

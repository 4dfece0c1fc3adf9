"""Which delivery is meant: by its own id, or by the item that it proves something of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.errors import ConfigurationError, Problem
from conformance.exchange import Delivery, Exchange
from conformance.misspelling import guessed
from conformance.report import ItemResult, Report, RequirementResult
from conformance.requirement import Finding
from conformance.verdict import Verdict

__all__ = ["Subject", "subject_of"]

_BROKEN = (Verdict.FAIL, Verdict.FLAKY, Verdict.ERROR, Verdict.WARN)


@dataclass(frozen=True, slots=True)
class Subject:
    """A delivery, what was expected of it where that is known, and the other deliveries of the same item."""

    delivery: Delivery
    result: RequirementResult | None
    item: ItemResult | None
    finding: Finding | None
    others: tuple[str, ...]


def subject_of(report: Report, named: str) -> Subject:
    """The delivery of that id, or the one that proves the most of the item, or requirement, of that name.

    Raises ConfigurationError where there is none.
    """
    by_id = {exchange.id: exchange for exchange in report.exchanges}
    if named in by_id:
        delivery = _delivery(by_id[named])
        told = list(_told(report, delivery))
        result, item, finding = told[0] if told else (None, None, None)
        return Subject(delivery, result, item, finding, ())
    for result in report.requirements:
        items = [i for i in result.items if named.lower() in {i.name.lower(), result.requirement.id.lower()}]
        for item in sorted(items, key=_rank):
            found = _of_item(item, by_id)
            if found:
                finding = next((f for f in item.findings if found[0].id in f.exchanges), None)
                others = tuple(each.id for each in found[1:])
                return Subject(found[0], result, item, finding, others)
        if items:
            hint = "Of what the partner itself sends nothing can be sent again; the item's rerun plays the whole story."
            raise ConfigurationError(Problem(named, "no delivery to the partner belongs to it", hint))
    items = [item for result in report.requirements for item in result.items]
    failing = ", ".join(item.name for item in items if item.verdict in _BROKEN) or "nothing"
    hint = f"What failed: {failing}. Or name an exchange of the report, d12 say."
    hint = guessed(named, (item.name for item in items), hint)
    raise ConfigurationError(Problem(named, "is no item and no exchange of this run", hint))


def _delivery(exchange: Exchange) -> Delivery:
    if isinstance(exchange, Delivery):
        return exchange
    what = "is no delivery: the partner made this call, or answered at its control endpoint"
    raise ConfigurationError(Problem(exchange.id, what, "Only what the platform sends can be sent again."))


def _rank(item: ItemResult) -> int:
    return _BROKEN.index(item.verdict) if item.verdict in _BROKEN else len(_BROKEN)


def _of_item(item: ItemResult, by_id: dict[str, Exchange]) -> list[Delivery]:
    names = [*(e for f in item.findings for e in f.exchanges), *item.exchanges]
    found = (by_id.get(name) for name in dict.fromkeys(names))
    return [each for each in found if isinstance(each, Delivery)]


def _told(report: Report, delivery: Delivery) -> Iterator[tuple[RequirementResult, ItemResult, Finding | None]]:
    """What is said of a delivery, first where it proves something."""
    items = [(result, item) for result in report.requirements for item in result.items]
    for result, item in items:
        for finding in item.findings:
            if delivery.id in finding.exchanges:
                yield result, item, finding
    for result, item in items:
        if delivery.id in item.exchanges:
            yield result, item, None

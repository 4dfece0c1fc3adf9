"""The kit's items as pytest sees them: they only wait for the verdict of a run that somebody else plays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from conformance.errors import ConformanceError
from conformance.reporting.plain_text import harmless, uncommanding, visible
from conformance.verdict import Verdict

__all__ = ["ConformanceItem", "ItemPlan", "ItemVerdict", "Source", "collect"]


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """An item before it is judged."""

    name: str
    requirement: str
    level: str
    title: str

    @property
    def shown(self) -> str:
        """The name as pytest prints it: it may hold what a document calls its events, and pytest changes nothing."""
        return uncommanding(visible(self.name))


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """An item's verdict, with the text that explains it; `unneeded` says which waiver the requirement does without."""

    verdict: str
    reason: str
    text: str
    unneeded: str = ""


class Source(Protocol):
    """Where items come from, and where their verdicts do: the session itself, or the controller's over loopback."""

    def plans(self) -> list[ItemPlan]:
        """All items that could be selected."""

    def begin(self, names: list[str]) -> None:
        """Begin the run with the items that were selected."""

    def verdict(self, name: str) -> ItemVerdict:
        """Wait for the verdict of an item."""


class _Suite(pytest.Collector):
    """The parent of the kit's items, so that their names begin with `conformance::`."""

    def collect(self) -> Iterable[pytest.Item]:
        return ()


class ConformanceItem(pytest.Item):
    """One requirement, or one requirement for one parameter."""

    def __init__(self, *, plan: ItemPlan, source: Source, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.planned_name = plan.name
        self._plan = plan
        self._source = source
        self._verdict: ItemVerdict | None = None
        self.user_properties.append(("requirement", plan.requirement))
        self.user_properties.append(("level", plan.level))
        self.add_marker(pytest.mark.conformance(requirement=plan.requirement, level=plan.level))

    def setup(self) -> None:
        """Wait for the verdict; one that is no verdict on the partner is an error or a skip."""
        refused = ""
        try:
            self._verdict = self._source.verdict(self.planned_name)
        except ConformanceError as error:
            refused = str(error)
        found = self._verdict
        if found is None:
            self.session.shouldstop = "webhook-conformance could not run"
            pytest.fail(harmless(refused), pytrace=False)
        self.user_properties.append(("verdict", found.verdict))
        if found.verdict in {Verdict.ERROR, Verdict.NOT_RUN}:
            pytest.fail(harmless(found.text), pytrace=False)
        if found.verdict in {Verdict.NOT_ASSESSABLE, Verdict.NOT_APPLICABLE}:
            words = found.verdict.replace("_", " ").lower()
            pytest.skip(harmless(f"{words}: {found.reason}"))

    def runtest(self) -> None:
        """Fail where the requirement is not met, and where a waiver is kept that nothing needs: waivers are strict."""
        found = self._verdict
        assert found is not None  # pytest sets up before it runs
        if found.verdict == Verdict.WAIVED:
            pytest.xfail(harmless(found.reason))
        if found.unneeded:
            pytest.fail(harmless(f"[XPASS(strict)] {found.unneeded}"), pytrace=False)
        if found.verdict in {Verdict.FAIL, Verdict.FLAKY, Verdict.WAIVED}:  # the last with --runxfail
            pytest.fail(harmless(found.text), pytrace=False)

    def reportinfo(self) -> tuple[str, int, str]:
        """Where the item stands in pytest's own headings; a mark that skips it makes pytest ask for a line."""
        return "conformance", 0, uncommanding(visible(f"{self.planned_name}: {self._plan.title}"))


def collect(session: pytest.Session, source: Source, chosen: list[str]) -> list[pytest.Item]:
    """The kit's items; with node ids given, those that they name."""
    suite = _Suite.from_parent(session, name="conformance", nodeid="conformance")
    items: list[pytest.Item] = [
        ConformanceItem.from_parent(
            suite, name=plan.shown, nodeid=f"conformance::{plan.shown}", plan=plan, source=source
        )
        for plan in source.plans()
    ]
    if not chosen:
        return items
    return [item for item in items if item.nodeid in chosen or item.nodeid.partition("[")[0] in chosen]

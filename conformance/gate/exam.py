"""Whether the exam was the one that the platform sets: its description, its plan, nothing left out or made easier."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from conformance import pointer
from conformance.catalogue import Catalogue
from conformance.errors import ConfigurationError
from conformance.gate.decision import Answer, Check, Outcome
from conformance.gate.policy import Policy
from conformance.judge.court import level_of
from conformance.platform.description_file import bundled_platforms, locate, read_description
from conformance.platform.specification import Specification, read_specification
from conformance.report import Report
from conformance.scenarios.programme import Programme, plan
from conformance.transcript import Ending, Transcript
from conformance.transcript import Outcome as Ended
from conformance.verdict import Level, Verdict

__all__ = ["Exam"]

_SHOWN: Final = 5
_RANK: Final = {level: rank for rank, level in enumerate(Level)}
_NOTHING: Final = object()
_LEFT_OUT: Final = "--conformance-no-negative"
# Values of a description that name a file, and the whole of it: no stranger says what is read on this machine.
_FILES: Final = frozenset({"", "document"})


@dataclass(frozen=True)
class Exam:
    """What was asked of a partner in a run, held against what the platform asks."""

    transcript: Transcript
    catalogue: Catalogue
    policy: Policy

    @property
    def named(self) -> str:
        """What names the description that should have been used; empty where nothing does that can be trusted."""
        said = self.transcript.header.platform
        return self.policy.platform or (said if said in bundled_platforms() else "")

    @cached_property
    def specification(self) -> Specification:
        """What the platform asks, with the operator's own values.

        Raises ConfigurationError where these make no description.
        """
        changed = {at: json.loads(value) for at, value in self.transcript.header.overrides}
        return read_specification(self.named, overrides=changed)

    @cached_property
    def programme(self) -> Programme:
        """The whole plan."""
        return plan(self.catalogue, self.specification.description, tuple(self.catalogue.requirements))

    def platform(self) -> Check:
        """Whether the run used the description and the document that the gate has."""
        header = self.transcript.header
        if not self.named:
            what = f"the run used a description of its own, {header.platform}: name yours with --platform"
            return Check("platform", Answer.NO, (what,))
        try:
            if _FILES & {name.partition(".")[0] for name, _, _ in self._changed()}:
                return Check("platform", Answer.NO, (f"the run used another API document than {self.named}",))
            known = self.specification
        except ConfigurationError as error:
            return Check("platform", Answer.NO, tuple(map(str, error.problems)))
        except Exception as error:  # noqa: BLE001  # a stranger wrote the overrides
            return Check("platform", Answer.NO, (f"its overrides fit no description: {type(error).__name__}",))
        faults = []
        if hashlib.sha256(header.description.encode()).hexdigest() != header.description_digest:
            faults.append("the journal holds another description than the one that its digest names")
        if header.description_digest != known.description.digest:
            faults.append(f"the run used another description than {self.named}{_title(header.description)}")
        if header.document_digest != known.document.digest:
            faults.append(f"the run used another API document than {self.named}")
        if header.platform in bundled_platforms() and header.description_digest != self._shipped_digest():
            faults.append(f"the journal says {header.platform!r}, and the description is not the one of that name")
        if faults:
            return Check("platform", Answer.NO, tuple(faults))
        return Check("platform", Answer.OK, (f"{self.named}, description and document as they are here",))

    def _shipped_digest(self) -> str:
        """The digest of the shipped description that the journal names; empty where it takes no such overrides."""
        changed = {at: json.loads(value) for at, value in self.transcript.header.overrides}
        try:
            return read_specification(self.transcript.header.platform, overrides=changed).description.digest
        except ConfigurationError:
            return ""

    def settings(self) -> Check:
        """Whether nothing of the exam was changed that the policy does not allow to be changed."""
        changed = [*self._changed()]
        faults = [
            f"{name} was set to {value}, and is {was} on this platform"
            for name, value, was in changed
            if not {name, f"{name}={value}"} & set(self.policy.overrides)
        ]
        if _LEFT_OUT in self.transcript.header.invocation:
            faults.append(f"nothing forged, malformed or bursting was sent ({_LEFT_OUT})")
        if faults:
            hint = "; the policy can allow it (overrides)" if changed else ""
            return Check("settings", Answer.NO, (*faults[:-1], faults[-1] + hint), Outcome.INCOMPLETE)
        allowed = [f"{name} was set to {value}, which the policy allows" for name, value, _ in changed]
        return Check("settings", Answer.OK, tuple(allowed) or ("nothing of the description was changed",))

    def _changed(self) -> Iterator[tuple[str, str, str]]:
        """What the operator set to another value than it has: name, value, and what it is otherwise.

        Setting a value to what it is confirms it, and makes the exam stricter.
        """
        overrides = self.transcript.header.overrides
        if not overrides:
            return
        plain: Any = read_description(locate(self.named)).raw
        for at, value in overrides:
            was = pointer.read(plain, at, _NOTHING)
            if was is _NOTHING or json.dumps(was) != value:
                yield at[1:].replace("/", "."), value, "not said" if was is _NOTHING else json.dumps(was)

    def plan(self, report: Report) -> Check:
        """Whether everything was planned, and everything that was planned was done."""
        header, done = self.transcript.header, self.transcript.items
        asked = [item for item in self.programme.items if self._is_asked(item.requirement)]
        judged = {item.name for result in report.requirements for item in result.items}
        left_out = [item.name for item in asked if item not in done or item.name not in judged]
        whole = set(self.programme.items)
        strange = [i.name for i in done if i not in whole and i.requirement in self.catalogue.requirements]
        faults = [*self._selection(left_out, len(asked))]
        if strange:
            faults.append(f"nobody plans {_some(strange)} on this platform")
        unknown = [r.id for r in header.own if r.id not in self.catalogue.requirements]
        if unknown:
            faults.append(
                f"requirements of somebody's own were judged, {_some(unknown)}: name their module (--requirements)"
            )
        elif len(set(done)) != len(done) or header.selected != len(done) or header.planned != len(whole):
            faults.append("the number of items is not what the journal says at its beginning")
        faults += self._undone(report)
        if faults:
            return Check("plan", Answer.NO, tuple(faults), Outcome.INCOMPLETE)
        played = f"all {len(whole)} items" if len(done) == len(whole) else f"{len(done)} of {len(whole)} items"
        return Check("plan", Answer.OK, (f"{played} were planned, played and judged",))

    def _is_asked(self, requirement: str) -> bool:
        level = level_of(self.catalogue[requirement], self.specification.description)
        return _RANK[level] <= _RANK[self.policy.planned]

    def _selection(self, left_out: list[str], asked: int) -> Iterator[str]:
        if left_out:
            yield (
                f"{len(left_out)} of {asked} items were left out: {_some(left_out)} "
                "(--requirement, --level, -k, -m, --deselect, --lf, a plugin or a conftest did that)"
            )

    def _undone(self, report: Report) -> Iterator[str]:
        """What was planned and not done: items without a verdict, and stories that were never played."""
        open_items = [i.name for r in report.requirements for i in r.items if i.verdict is Verdict.NOT_RUN]
        if open_items:
            yield f"{len(open_items)} planned items did not run: {_some(open_items)}"
        ended = {
            (p.story, p.parameter) for p in self.transcript.plays if p.round == 0 and p.outcome is not Ended.NOT_RUN
        }
        planned = tuple(item for item in self.transcript.items if item in set(self.programme.items))
        missing = [s.name for s in self.programme.scenes(planned) if (s.story.name, s.parameter) not in ended]
        if missing and report.ending is Ending.FINISHED:
            yield f"{len(missing)} stories of the plan were not played: {_some(missing)}"


def _some(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    first = tuple(names)
    more = len(first) - _SHOWN
    return ", ".join(first[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _title(description: str) -> str:
    """How a description calls itself."""
    try:
        name = json.loads(description)["name"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return f": it calls itself {name!r}"

"""The kit tried on itself: the reference partner with each of its defects, several runs at a time."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conformance import __version__, pointer
from conformance.catalogue import shipped_catalogue
from conformance.errors import ConfigurationError, ConformanceError, Problem
from conformance.generate.variants import is_free
from conformance.judge.court import level_of
from conformance.kill_matrix import KillMatrix, Trial
from conformance.misspelling import guessed
from conformance.platform.delivery_form import Shape
from conformance.platform.description import Description
from conformance.platform.dialect import walk_schema
from conformance.platform.specification import Specification, read_specification
from conformance.reference.defects import DEFECTS, LONG_TEXT, SMALL_BODY, Defect
from conformance.scenarios.parameters import orderable_types
from conformance.scenarios.programme import plan
from conformance.side_by_side import results
from conformance.signing.keys import has_key_pair
from conformance.verdict import Level, Verdict

if TYPE_CHECKING:
    from conformance.report import Report
    from conformance.run import Run

__all__ = ["WAITS", "Order", "orders", "selftest"]

# A partner on this machine reacts in milliseconds, so what never comes need not be awaited for half a minute.
# The retry window is longer than ten tries that come 0.8 s apart.
WAITS: Final = ("waits.effect=4", "waits.retry=15")

# A partner that answers late makes every story late, and what it is caught for may have to be repeated at the end.
_LONGEST: Final = 480.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One run to make: which defect ("" for none), on which platform, and which requirements to judge (all if none)."""

    defect: str
    platform: str
    seed: int
    requirements: tuple[str, ...] = ()
    overrides: tuple[str, ...] = WAITS


def orders(
    platforms: Sequence[str], *, defects: Iterable[str] = (), seed: int, named_only: bool = False
) -> list[Order]:
    """The runs of a self-test: each platform without a defect, and each defect on the first platform that it concerns.

    Raises ConfigurationError for a defect that there is not, or that concerns none of the platforms.
    """
    asked = tuple(defects)
    unknown = [name for name in asked if name not in DEFECTS]
    if unknown:
        hint = "webhook-conformance demo --list-defects lists them."
        problems = (Problem("--defect", f"unknown defect {name!r}", guessed(name, DEFECTS, hint)) for name in unknown)
        raise ConfigurationError(*problems)
    chosen = [DEFECTS[name] for name in asked] or list(DEFECTS.values())
    described = {name: read_specification(name) for name in platforms}
    tried = [
        (defect, platform) for defect in chosen if (platform := _platform(defect, described, named_only=named_only))
    ]
    pointless = [name for name in asked if name not in {defect.name for defect, _ in tried}]
    if pointless:
        hint = "Leave it out, or give a platform on which its requirement is played."
        where = ", ".join(platforms)
        raise ConfigurationError(
            *(Problem("--defect", f"{name!r} breaks nothing on {where}", hint) for name in pointless)
        )
    wanted = tuple(dict.fromkeys(defect.requirement for defect, _ in tried)) if named_only else ()
    found = [Order(defect="", platform=name, seed=seed, requirements=wanted) for name in platforms]
    # What takes longest begins first, so that the end does not wait for it alone.
    for defect, platform in sorted(tried, key=lambda pair: not pair[0].lasts):
        only = (defect.requirement,) if named_only else ()
        found.append(Order(defect=defect.name, platform=platform, seed=seed, requirements=only))
    return found


def _platform(defect: Defect, platforms: Mapping[str, Specification], *, named_only: bool) -> str:
    """The first platform that the defect's requirement is played on and that has what the defect needs, if any."""
    catalogue = shipped_catalogue()
    for name, specification in platforms.items():
        played = plan(catalogue, specification.description, (defect.requirement,)).items
        if played and _has_place(defect, specification, named_only=named_only):
            return name
    return ""


def _has_place(defect: Defect, specification: Specification, *, named_only: bool) -> bool:
    """Whether anybody can be wrong in this way on a platform, be it in the stories of the named requirement alone."""
    description = specification.description
    signature = description.signature
    features = {
        "": True,
        "shared-secret": signature is not None and not has_key_pair(signature),
        "large-bodies": description.body_limit > SMALL_BODY,
        "bare-json": description.form.shape is not Shape.FORM,
        "unversioned-events": description.thin or not _tells_versions(description),
        "reads": not named_only or bool({"thin-events", "recovery", "subscriptions"} & description.features),
    }
    if defect.needs == "long-texts":
        return not description.thin and _allows_long_texts(specification)
    if defect.needs == "empty-lists":
        return not description.thin and _allows_empty_lists(specification)
    return features.get(defect.needs, defect.needs in description.features)


def _tells_versions(description: Description) -> bool:
    """Whether an event of the sort that look alike tells a version of its object, so that no two say the same."""
    kinds = [description.object_types[name] for name in orderable_types(description)[:1]]
    return any(kind.version or kind.modified for kind in kinds)


def _allows_long_texts(specification: Specification) -> bool:
    """Whether some event of the platform may hold a text of any sort that is long."""
    schemas = _schemas_of_events(specification)
    return any(is_free(schema) and schema.get("maxLength", LONG_TEXT + 1) > LONG_TEXT for schema in schemas)


def _allows_empty_lists(specification: Specification) -> bool:
    """Whether some event of the platform may hold a list without anything in it."""
    lists = (schema for schema in _schemas_of_events(specification) if "items" in schema or "prefixItems" in schema)
    return any(not schema.get("minItems") for schema in lists)


def _schemas_of_events(specification: Specification) -> Iterator[Mapping[str, Any]]:
    document = specification.document
    places = (document.event_schema_at(kind.name) for kind in specification.description.delivered_types)
    reached = {here for at in places for here in document.closure(at)}
    return (schema for at in reached for _, schema in walk_schema(pointer.read(document.content, at)))


def selftest(
    wanted: Sequence[Order],
    *,
    at_once: int,
    progress: Callable[[int, int, Trial], None],
    whole: bool = True,
    named_only: bool = False,
) -> KillMatrix:
    """Make all these runs and put them together; `progress` is told after each how many are done, of how many.

    That every MUST is broken by some defect can only be asked of all defects together: then it is `whole`.
    """
    began = time.monotonic()
    trials: dict[Order, Trial] = {}
    with contextlib.closing(results(try_one, wanted, at_once=at_once)) as tried:
        for order, trial in tried:
            trials[order] = trial or _trial(order, {}, error="its process was killed, each time that it was begun")
            progress(len(trials), len(wanted), trials[order])
    ordered = [trials[order] for order in wanted]
    return KillMatrix(
        kit=__version__,
        seed=wanted[0].seed if wanted else 0,
        clean=tuple(t for t in ordered if not t.defect),
        trials=tuple(t for t in ordered if t.defect),
        levels={r.id: r.level for r in shipped_catalogue().requirements.values()},
        musts=_musts([t for t in ordered if not t.defect]) if whole else (),
        seconds=time.monotonic() - began,
        named_only=named_only,
    )


def _musts(clean: Iterable[Trial]) -> tuple[str, ...]:
    """The MUST requirements that ask something of the partner on one of the platforms."""
    catalogue = shipped_catalogue()
    found: set[str] = set()
    for trial in clean:
        description = read_specification(trial.platform).description
        asked = (name for name, verdict in trial.verdicts.items() if verdict is not Verdict.NOT_APPLICABLE)
        found |= {name for name in asked if level_of(catalogue[name], description) is Level.MUST}
    return tuple(name for name in catalogue.requirements if name in found)


def try_one(order: Order) -> Trial:
    """One run, in a process of its own."""
    from conformance.run import Run
    from conformance.settings import read_settings

    began = time.monotonic()
    verdicts: dict[str, Verdict] = {}
    error = ""
    with tempfile.TemporaryDirectory(prefix="conformance-selftest-") as folder:
        options = {
            "partner_url": f"demo:{order.defect}" if order.defect else "demo",
            "platform": order.platform,
            "report_dir": folder,
            "requirement": list(order.requirements),
            "conformance_seed": str(order.seed),
            "conformance_set": list(order.overrides),
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CONFORMANCE_")}
        try:
            settings = read_settings(options, environment, Path(folder))
            run = Run(settings, settings.programme())
            with _silence():
                run.start()
                report = _played(run)
            verdicts = {r.requirement.id: r.verdict for r in report.requirements} if report is not None else {}
            error = str(run.error or "")
        except ConformanceError as refused:
            error = str(refused)
    return _trial(order, verdicts, error=error, seconds=time.monotonic() - began)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Nothing goes to the standard error of this process and its children: a partner complains of what breaks it."""
    stream = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stream, 2)
        os.close(nowhere)
        os.close(stream)


def _played(run: Run) -> Report | None:
    """The report of a run, which ends in any case before this process does: it has started a partner."""
    try:
        if not run.wait(_LONGEST):
            run.stop(f"longer than the {_LONGEST:.0f} s that a self-test gives a run")
        return run.finish(files=False)
    finally:
        run.stop("the self-test has ended")


def _trial(order: Order, verdicts: Mapping[str, Verdict], *, error: str, seconds: float = 0.0) -> Trial:
    defect = DEFECTS.get(order.defect)
    return Trial(
        defect=order.defect,
        sentence=defect.sentence if defect is not None else "",
        requirement=defect.requirement if defect is not None else "",
        platform=order.platform,
        seconds=seconds,
        verdicts=verdicts,
        error=error,
    )

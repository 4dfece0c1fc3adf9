"""Partners of other hands are right in their own ways, and the kit says nothing against them that is not so.

`OTHER_HANDS="idle jitter slow-reads burning"` names the conditions; where it is set, every partner is tried on every
platform, else one for each way of being right.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from npm_packages import installed
from other_hands import PATIENT, Condition, Hand, Setting, Trials, missing

_FLASK: Final = ("flask", "requests")
_STARLETTE: Final = ("starlette", "uvicorn", "httpx")
_DJANGO: Final = ("django", "gunicorn", "httpx")

# Not to be seen over a network, or not asked for.
_OPEN: Final = frozenset({"SIG-14", "CON-04"})
_NOT_RESTARTED: Final = frozenset({"DUR-01", "DUR-02"})

# It gets nothing that an event carries already, so no event makes it call.
_CALLS_FOR_NO_EVENT: Final = frozenset({"FET-08", "FET-10", "COR-02", "COR-03", "COR-04", "COR-09"})
# Its control endpoint does not say how often it handled an event, or what it holds; it subscribes or recovers nothing.
_COUNTS_NOTHING: Final = frozenset({"DUP-02", "DUP-03", "DUP-06", "DUP-08"})
_SHOWS_NOTHING: Final = frozenset({"DUP-07", "FWD-03"})
_SHOWS_NO_ORDER: Final = frozenset(
    {"ORD-01", "ORD-02", "ORD-03", "ORD-05", "ORD-06", "OWN-02", "COR-06", "TEN-01", "REC-06"}
)
_SUBSCRIBES_NOTHING: Final = frozenset({"UNK-02", "SUB-01", "SUB-02", "SUB-03", "SUB-04", "SUB-05"})
_RECOVERS_NOTHING: Final = frozenset(f"REC-0{number}" for number in range(1, 7))
# What is worked one at a time cannot be mixed.
_MIXES_NOTHING: Final = frozenset({"COR-04"})
_TRUSTING: Final = "it takes what the payload says as it is, and does not check the form of each field"
_NOT_CHUNKED: Final = "Django behind WSGI reads no body without a Content-Length, so a chunked one is empty"
_OLD_HTTP: Final = "HTTP/1.0 knows no chunked bodies; it answers 411"

# One errand after the other: a get that is held for a while keeps all others waiting.
_ONE_BY_ONE: Final = Setting(given={"waits.effect": "15", "waits.retry": "20"})
# What depends on when answers come; the rest is played where the partner is not so near to the limit.
_BY_ANSWERS: Final = (
    *(f"ACK-{number:02}" for number in range(1, 8)),
    *("DUP-01", "DUP-05", "RPL-01", "SIG-01", "UNK-01", "CON-01", "CON-02", "CON-03"),
)
_NEAR_THE_LIMIT: Final = Setting(
    given={"acknowledgement.limit": "1", "acknowledgement.soft_limit": "0.2"},
    requirements=_BY_ANSWERS,
    environment={"PARTNER_DELAY": "0.8"},
)
# What the network takes comes on top, and the partner promises no more than it can keep.
_WITHIN_THE_LIMIT: Final = Setting(
    given={**PATIENT, "acknowledgement.limit": "5", "acknowledgement.soft_limit": "0.5"},
    environment={"PARTNER_DELAY": "2.5"},
)
# The same manner at a quicker pace, so that the tests do not take minutes.
_QUICK_BATCH: Final = Setting(environment={"PARTNER_EVERY": "0.8"})
_BATCH: Final = Setting(given={"waits.effect": "30", "waits.retry": "30"})
# A clock matters to signatures, to dates in answers, and to the time from which events are listed.
_BY_THE_CLOCK: Final = (
    *(f"SIG-{number:02}" for number in range(1, 14)),
    *("RPL-01", "RPL-02", "RPL-03", "FET-05", "ORD-01", "REC-01", "REC-02", "REC-04", "REC-05", "REC-06"),
)
_CLOCK: Final = Setting(requirements=_BY_THE_CLOCK)


def _odd(manner: str, platform: str = "feewise", **more: Any) -> Hand:
    return Hand("odd_manners.py", platform, manner=manner, **more)


# What these partners do that they should not is written down before the kit is asked.
HANDS: Final = (
    Hand(
        "flask_ledger.py",
        "feewise",
        "/feewise",
        needs=_FLASK,
        departures={"ERR-02": _TRUSTING},
        unseen=_NOT_RESTARTED | _CALLS_FOR_NO_EVENT,
    ),
    Hand("flask_ledger.py", "wawex", "/wawex", needs=_FLASK, unseen=_NOT_RESTARTED),
    Hand(
        "starlette_desk.py",
        "feewise",
        "/hooks/feewise",
        needs=_STARLETTE,
        departures={"ERR-02": _TRUSTING, "SIG-13": "it answers 403 to a wrong credential, and FeeWise names 401"},
        unseen=_NOT_RESTARTED | _COUNTS_NOTHING | {"RPL-01"} | _SUBSCRIBES_NOTHING | _RECOVERS_NOTHING,
    ),
    Hand(
        "starlette_desk.py",
        "wawex",
        "/hooks/wawex",
        needs=_STARLETTE,
        unseen=_NOT_RESTARTED | _COUNTS_NOTHING,
    ),
    Hand(
        "django_office.py",
        "feewise",
        "/api/hooks/feewise/",
        "/api/control",
        restarts=True,
        needs=_DJANGO,
        departures={"ERR-02": _TRUSTING, "CTN-03": _NOT_CHUNKED},
        unseen=_CALLS_FOR_NO_EVENT | _SHOWS_NOTHING | _SHOWS_NO_ORDER,
    ),
    Hand(
        "django_office.py",
        "wawex",
        "/api/hooks/wawex",
        "/api/control",
        restarts=True,
        needs=_DJANGO,
        departures={"CTN-03": _NOT_CHUNKED},
        unseen=_SHOWS_NOTHING,
    ),
    Hand(
        "plain_clerk.py",
        "feewise",
        "/events",
        "",
        restarts=True,
        departures={
            "ERR-02": _TRUSTING,
            "CTN-03": _OLD_HTTP,
            "FET-11": "it takes every event as a hint only, and gets what the event already carries",
        },
    ),
    Hand(
        "plain_clerk.py",
        "wawex",
        "/wawex",
        "",
        restarts=True,
        idle=_ONE_BY_ONE,
        departures={"CTN-03": _OLD_HTTP},
    ),
    Hand("express_bureau.mjs", "wawex", "/hooks", packages=("express@5.3.0",), unseen=_NOT_RESTARTED),
    Hand("raw_body.mjs", "feewise", unseen=_NOT_RESTARTED | _SUBSCRIBES_NOTHING),
    # So near to the limit a busy machine may leave no answer of which the kit is sure.
    _odd(
        "slow",
        idle=_NEAR_THE_LIMIT,
        strained=_WITHIN_THE_LIMIT,
        departures={"ACK-03": "it takes its time"},
        unseen=_NOT_RESTARTED | {"ACK-02", "ACK-03"},
    ),
    _odd("batch", idle=_QUICK_BATCH, strained=_BATCH, unseen=_NOT_RESTARTED),
    _odd("batch", "wawex", idle=_QUICK_BATCH, strained=_BATCH, unseen=_NOT_RESTARTED),
    _odd("queue", restarts=True, supervised=True, unseen=_MIXES_NOTHING),
    _odd("queue", "wawex", restarts=True, supervised=True),
    _odd(
        "strict",
        departures={"SIG-01": "it answers 428 where the signature is missing, and FeeWise names 401"},
        unseen=_NOT_RESTARTED,
    ),
    # As far as its talk leaves it the time to mix anything.
    _odd(
        "chatty",
        departures={"FET-11": "it gets what it has just been told"},
        unseen=_NOT_RESTARTED | _MIXES_NOTHING,
    ),
    _odd("chatty", "wawex", unseen=_NOT_RESTARTED),
    _odd("ahead", idle=_CLOCK, strained=_CLOCK.waiting(PATIENT)),
    _odd("behind", idle=_CLOCK, strained=_CLOCK.waiting(PATIENT)),
    _odd("restarts", restarts=True, supervised=True),
)

# One for each way of being right, where it shows as much on either platform.
_TRIED: Final = {
    *("flask_ledger-feewise", "starlette_desk-wawex", "django_office-wawex", "plain_clerk-feewise"),
    *("raw_body-feewise", "express_bureau-wawex"),
    *("slow-feewise", "batch-wawex", "queue-feewise", "strict-feewise", "chatty-wawex", "ahead-feewise"),
    "restarts-feewise",
}
_NAMED: Final = os.environ.get("OTHER_HANDS", "")
CONDITIONS: Final = tuple(Condition(name) for name in (_NAMED or "idle").split())
CHOSEN: Final = tuple(hand for hand in HANDS if _NAMED or str(hand) in _TRIED)


@dataclass(frozen=True, slots=True)
class Objections:
    """What is said against a report: what is `wrong`, and what only was not seen."""

    wrong: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


def _objections(hand: Hand, condition: Condition, report: Mapping[str, Any]) -> Objections:
    """Nothing fails, warnings name what is known to be so, and on a quiet machine all of it is shown."""
    requirements = report["requirements"]
    items = [item for requirement in requirements for item in requirement["items"]]
    wrong = [i for i in items if i["verdict"] in {"FAIL", "FLAKY", "ERROR"}]
    wrong += [i for i in items if i["verdict"] == "WARN" and i["name"].partition("[")[0] not in hand.departures]
    unseen = [f"{i['name']} did not run: {i['reason']}" for i in items if i["verdict"] == "NOT_RUN"]
    if condition is Condition.IDLE:
        found = {r["id"]: r["verdict"] for r in requirements}
        open_ones = {name for name, verdict in found.items() if verdict == "NOT_ASSESSABLE"} - _OPEN - hand.unseen
        unseen += [f"{r['id']} is open: {r['reason']}" for r in requirements if hand.control and r["id"] in open_ones]
        unwarned = {name for name in hand.departures if found[name] != "WARN"} - hand.unseen
        unseen += [f"nothing is said of {name}, but {hand.departures[name]}" for name in sorted(unwarned)]
    if len(requirements) > 40 and report["counts"]["PASS"] < 40:
        unseen.append(f"only {report['counts']['PASS']} requirements pass")
    return Objections(tuple(f"{i['name']} {i['verdict']}: {i['reason']} {i['findings']}" for i in wrong), tuple(unseen))


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path | str:
    """The package.json beside which npm has installed what partners on Node need, or why there is none."""
    return installed(tmp_path_factory.mktemp("packages"), [name for hand in HANDS for name in hand.packages])


@pytest.fixture(scope="module")
def trials(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, packages: Path | str
) -> Iterator[Trials]:
    """A run for every hand and condition that was selected, those of one condition together."""
    functions = [item for item in request.session.items if isinstance(item, pytest.Function)]
    chosen = [f.callspec.params for f in functions if "trials" in f.fixturenames]
    found = Trials(tmp_path_factory.mktemp, packages if isinstance(packages, Path) else None)
    for condition in CONDITIONS:
        for hand in CHOSEN:
            if {"hand": hand, "condition": condition} in chosen and not _hindrance(hand, packages):
                found.plan(hand, condition)
    try:
        yield found
    finally:
        found.close()


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.value)
@pytest.mark.parametrize("hand", CHOSEN, ids=str)
def test_a_correct_partner_of_another_hand_is_not_found_wrong(
    hand: Hand, condition: Condition, trials: Trials, packages: Path | str
) -> None:
    """Nothing fails, warnings name what is known to be so, and what it offers is assessed."""
    if hindrance := _hindrance(hand, packages):
        pytest.skip(hindrance)
    judged = trials.judged(hand, condition, fits=lambda report: _objections(hand, condition, report) == Objections())
    found = _objections(hand, condition, judged.report)
    if found != Objections() and judged.starved:
        pytest.skip(f"{judged.starved}; {'; '.join((*found.wrong, *found.unseen))}")
    if found.unseen and not found.wrong and judged.busy:
        pytest.skip(f"{judged.busy}; {'; '.join(found.unseen)}")

    assert Objections() == found, "\n".join((*found.wrong, *found.unseen))


def _hindrance(hand: Hand, packages: Path | str) -> str:
    """Why the partner cannot run here, empty if it can."""
    if lacking := missing(hand):
        return f"not installed: {', '.join(lacking)} (pip install -e .[partners])"
    return packages if hand.packages and isinstance(packages, str) else ""


def test_every_hand_is_known_by_its_name() -> None:
    """The ones that are tried each time are named as they are, and no two alike."""
    names = [str(hand) for hand in HANDS]

    assert set() == _TRIED - set(names)
    assert sorted(set(names)) == sorted(names)

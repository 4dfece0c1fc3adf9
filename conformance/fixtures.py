"""Fixtures for tests that a user writes by hand; a part of the plugin, so it imports nothing that takes time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from conformance.exchange import Delivery
    from conformance.platform.event import Event
    from conformance.rig import PartnerSide, PlatformSide, Rig
    from conformance.session import ConformanceSession

__all__ = ["OPENER", "STAGE", "conformance_stage", "deliver", "make_event", "partner", "platform"]

# Where the plugin keeps what opens the stage of a test.
OPENER: Final[pytest.StashKey[ConformanceSession]] = pytest.StashKey()
STAGE: Final = "conformance_stage"
_RIG: Final[pytest.StashKey[Rig]] = pytest.StashKey()


@pytest.fixture
def conformance_stage(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """The stage of this test alone: fresh ids, and the exchanges that belong to it."""
    from conformance.errors import ConformanceError

    if OPENER not in request.config.stash:
        pytest.fail(_why_not(request.config), pytrace=False)
    try:
        rig = request.config.stash[OPENER].rig(request.node.nodeid)
    except ConformanceError as error:
        pytest.fail(str(error), pytrace=False)
    request.node.stash[_RIG] = rig
    rig.begin()
    try:
        yield rig
    finally:
        rig.end()


def _why_not(config: pytest.Config) -> str:
    if hasattr(config, "workerinput"):
        return "there is one simulated platform, so tests with its fixtures do not run under pytest-xdist; leave -n out"
    return "this test needs --partner-url and --platform: name the partner, or 'demo', and the platform to play"


@pytest.fixture
def platform(conformance_stage: Rig) -> PlatformSide:
    """The simulated platform: makes and changes objects, shows what the partner called."""
    return conformance_stage.platform


@pytest.fixture
def partner(conformance_stage: Rig) -> PartnerSide:
    """The partner: what it holds and has handled, where it can be asked."""
    return conformance_stage.partner


@pytest.fixture
def make_event(conformance_stage: Rig) -> Callable[..., Event]:
    """Make a genuine event of the platform: `make_event(type, thing=None, age=0, sets=None)`."""
    return conformance_stage.make_event


@pytest.fixture
def deliver(conformance_stage: Rig) -> Callable[..., Delivery]:
    """Deliver an event to the partner, signed as the platform signs; returns status and answer."""
    return conformance_stage.deliver


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the exchanges of a test that failed, as they were recorded: without secrets."""
    report = yield
    rig = item.stash.get(_RIG, None)
    if rig is not None and report.when == "call" and report.failed:
        from conformance.reporting.exchange_text import exchange_text

        report.sections.append(("webhook exchanges", exchange_text(rig.exchanges())))
    return report

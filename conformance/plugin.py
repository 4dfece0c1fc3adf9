"""The pytest plugin: `pytest --partner-url=URL --platform=NAME`.

pytest imports this module at every start of every user, so it imports nothing that takes time until a partner is named.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import pytest

from conformance.fixtures import OPENER, STAGE

if TYPE_CHECKING:
    from conformance.items import Source
    from conformance.session import ConformanceSession

__all__: list[str] = []

_SESSION: Final[pytest.StashKey[ConformanceSession]] = pytest.StashKey()
_SOURCE: Final[pytest.StashKey[Source]] = pytest.StashKey()
_URL_VARIABLE: Final = "CONFORMANCE_PARTNER_URL"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare our options; what they mean is read in `conformance.settings`."""
    from conformance.options import OPTIONS

    group = parser.getgroup("webhook conformance", "judge a partner's webhooks (needs --partner-url and --platform)")
    for option in OPTIONS:
        if option.switch:
            group.addoption(option.flag, action="store_true", default=False, help=option.help)
        elif option.repeatable:
            group.addoption(option.flag, action="append", default=[], help=option.help)
        else:
            default = f" (default: {option.default})" if option.default else ""
            group.addoption(option.flag, default=None, help=option.help + default)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare our hooks, and our fixtures."""
    from conformance import fixtures, hookspecs

    pluginmanager.add_hookspecs(hookspecs)
    pluginmanager.register(fixtures, fixtures.__name__)


def _is_wanted(config: pytest.Config) -> bool:
    named = config.getoption("--partner-url") or os.environ.get(_URL_VARIABLE)
    return bool(named) and not config.getoption("--help") and not config.getoption("--version")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Let pytest write junit.xml beside our report, unless it is told another place."""
    if _is_wanted(config) and not config.getoption("collectonly") and not config.getoption("xmlpath", None):
        from conformance.settings import report_folder

        config.option.xmlpath = str(report_folder(vars(config.option), os.environ, config.rootpath) / "junit.xml")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the settings, and tell every mistake in them at once."""
    config.addinivalue_line("markers", "conformance(requirement, level): an item of the conformance kit")
    if not _is_wanted(config):
        if config.getoption("--platform") and not config.getoption("--help"):
            raise pytest.UsageError("--platform needs --partner-url: name the partner to judge, or 'demo'")
        return
    _only_ours(config)
    if hasattr(config, "workerinput"):
        from conformance.office import ask_office

        config.stash[_SOURCE] = ask_office(config.workerinput["conformance"])
        return
    from conformance.errors import ConformanceError
    from conformance.reporting.plain_text import harmless
    from conformance.session import ConformanceSession

    try:
        session = ConformanceSession.from_config(config)
    except ConformanceError as error:
        raise pytest.UsageError(f"webhook-conformance cannot start:\n{harmless(str(error))}") from None
    known = {f"conformance::{name}" for plan in session.plans() for name in (plan.shown, plan.requirement)}
    unknown = sorted(set(config.option.conformance_chosen) - known)
    if unknown:
        raise pytest.UsageError(f"no such item: {', '.join(unknown)}; see --collect-only")
    config.stash[_SESSION] = session
    config.stash[_SOURCE] = session
    config.stash[OPENER] = session


def _only_ours(config: pytest.Config) -> None:
    """Without test paths on the command line, only the kit's items run; `conformance::NAME` arguments choose some."""
    ours = [argument for argument in config.args if argument.startswith("conformance::")]
    config.option.conformance_chosen = ours or getattr(config.option, "conformance_chosen", [])
    if config.args_source is not pytest.Config.ArgsSource.ARGS and not hasattr(config, "workerinput"):
        config.args = []
    else:
        config.args = [argument for argument in config.args if argument not in ours]
        if hasattr(config, "workerinput") and not config.workerinput["conformance"]["with_tests"]:
            config.args = []


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a pytest-xdist worker where the controller answers."""
    if _SESSION in node.config.stash:
        session = node.config.stash[_SESSION]
        node.workerinput["conformance"] = {**session.open_office(), "with_tests": bool(node.config.args)}


def pytest_sessionstart(session: pytest.Session) -> None:
    """Make SIGTERM end a run as Ctrl-C does, so that it leaves a report."""
    if _SESSION not in session.config.stash:
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt("SIGTERM")

    previous = signal.signal(signal.SIGTERM, interrupt)

    def restore() -> None:
        signal.signal(signal.SIGTERM, previous)

    session.config.add_cleanup(restore)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the kit's items first; -k, -m, --deselect and --lf then see them like any others."""
    if _SOURCE in config.stash:
        from conformance.items import collect

        ours = collect(session, config.stash[_SOURCE], config.option.conformance_chosen)
        items[:0] = ours
        report = pytest.CollectReport(nodeid="conformance", outcome="passed", longrepr=None, result=list(ours))
        config.hook.pytest_collectreport(report=report)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin the run as soon as it is known what was selected."""
    config = session.config
    if _SOURCE not in config.stash or config.getoption("collectonly"):
        return
    from conformance.errors import ConformanceError
    from conformance.items import ConformanceItem
    from conformance.reporting.plain_text import harmless

    chosen = [item.planned_name for item in session.items if isinstance(item, ConformanceItem)]
    by_hand = any(STAGE in getattr(item, "fixturenames", ()) for item in session.items)
    try:
        if by_hand and OPENER in config.stash:
            config.stash[OPENER].begin(chosen, stay=True)
        elif chosen:
            config.stash[_SOURCE].begin(chosen)
    except ConformanceError as error:
        raise pytest.UsageError(f"webhook-conformance cannot start:\n{harmless(str(error))}") from None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Watch the run before the items ask for their verdicts: nothing is captured here, so progress can be shown."""
    if _SESSION in session.config.stash:
        session.config.stash[_SESSION].watch()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
    """End the run, write its report, and see that nothing proven is never green."""
    config = session.config
    if _SESSION in config.stash:
        status = config.stash[_SESSION].finish(int(exitstatus), _step_summary())
        session.exitstatus = status
    return (yield)


def _step_summary() -> Path | None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    return Path(path) if path else None


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say who is judged."""
    return config.stash[_SESSION].banner() if _SESSION in config.stash else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in a few lines what was proven, what failed, and where the report is."""
    if _SESSION in config.stash:
        config.stash[_SESSION].summarise(terminalreporter)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of everything, whatever happened."""
    if _SESSION in config.stash:
        config.stash[_SESSION].close()

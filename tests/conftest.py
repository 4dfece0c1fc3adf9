"""What tests of several folders share.

What judges partners in real time is excused where the machine itself was held back while it did, and only there.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from conformance.platform.specification import Specification, read_specification
from small_platform import platform
from starvation import Watch, watching

_TIMED: Final = frozenset({"end_to_end", "plugin", "interop"})
# Folders of whole runs, which take minutes; what takes moments fills the gaps at the end.
_LONG: Final = ("end_to_end", "plugin", "interop", "browser", "gate")
_ROOT: Final = Path(__file__).parent
_STACK: Final = pytest.StashKey[ExitStack]()
_WATCHED: Final = pytest.StashKey[tuple[Path, Watch]]()


def pytest_configure(config: pytest.Config) -> None:
    """Have pytest-xdist take files in our order, not those with the most tests first: a long run is one test."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left alone with it."""
    items.sort(key=lambda item: 0 if item.path.parent.name in _LONG else 1 if item.path.parent == _ROOT else 2)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Measure from the first test of a module on, for its runs may be made for all of its tests."""
    if item.path.parent.name not in _TIMED:
        return
    stash = item.config.stash
    if _WATCHED not in stash or stash[_WATCHED][0] != item.path:
        stash.setdefault(_STACK, ExitStack()).close()
        stash[_WATCHED] = item.path, stash[_STACK].enter_context(watching())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Skip, with the figure, what failed on a machine that was starved; whatever else failed stays red."""
    if item.path.parent.name not in _TIMED:
        return (yield)
    try:
        return (yield)
    except AssertionError as error:
        why = item.config.stash[_WATCHED][1].starved()
        if not why:
            raise
        pytest.skip(f"{why}; {str(error).partition(chr(10))[0]}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing is left running."""
    config.stash.setdefault(_STACK, ExitStack()).close()


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Specification:
    """The specification of a small platform whose corpus is drawn in a moment."""
    return read_specification(str(platform(tmp_path_factory.mktemp("small"))))

"""What Hypothesis is told wherever it draws: in which way, and where to keep what it notes for itself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["backend", "out_of_the_way"]


def backend() -> str:
    """The way in which Hypothesis draws: the same for all, where its version still lets us."""
    try:
        from conformance.generate import same_for_all
    except ImportError:
        return "hypothesis"
    return same_for_all.register()


@contextmanager
def out_of_the_way() -> Iterator[None]:
    """Have Hypothesis write its notes into a folder that goes again, and not into the user's working folder.

    Nothing is lost: it keeps no examples for us, and afterwards the user's own tests have their folder as before.
    """
    from hypothesis import configuration

    before = getattr(configuration, "__hypothesis_home_directory", None)
    with tempfile.TemporaryDirectory(prefix="conformance-drawing-", ignore_cleanup_errors=True) as folder:
        configuration.set_hypothesis_home_dir(Path(folder))
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)

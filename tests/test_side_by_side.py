from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from conformance.side_by_side import results
from kit_process import started, until
from processes import left_of


def doubled(number: int) -> int:
    """What any process can do."""
    return 2 * number


def killed_once(mark: str) -> str:
    """Killed, as a system without memory does, unless that has happened before."""
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def killed_always(number: int) -> int:
    """Killed whenever it is tried."""
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def for_ever(mark: str) -> None:
    """Says that it has begun, and does not end by itself."""
    Path(mark).touch()
    while True:
        time.sleep(60)


def test_each_call_has_its_result() -> None:
    """In whatever order they come."""
    assert [(1, 2), (2, 4), (3, 6)] == sorted(results(doubled, [1, 2, 3], at_once=2), key=lambda pair: pair[0])
    assert [] == list(results(doubled, [], at_once=2))


def test_a_process_that_is_killed_is_replaced(tmp_path: Path) -> None:
    """Its call is made again, and so are those that went down with it."""
    marks = [str(tmp_path / name) for name in ("a", "b")]

    assert dict.fromkeys(marks, "done") == dict(results(killed_once, marks, at_once=2))


def test_a_call_that_kills_its_process_each_time_has_no_result() -> None:
    """It is told, and not tried for ever."""
    assert [(1, None)] == list(results(killed_always, [1], at_once=1))


def test_whoever_stops_listening_ends_the_processes(tmp_path: Path) -> None:
    """A call that would not end by itself ends as well."""
    begun = str(tmp_path / "begun")
    calls = results(waiting, [(begun, 1), (begun, 0)], at_once=2)

    with contextlib.closing(calls):
        assert ((begun, 0), None) == next(calls)

    assert not [pid for pid in left_of({"PYTEST_CURRENT_TEST": os.environ["PYTEST_CURRENT_TEST"]}) if is_python(pid)]


def waiting(call: tuple[str, int]) -> None:
    """The first call never ends; the other one does when that has begun."""
    mark, is_endless = call
    if is_endless:
        for_ever(mark)
    until("the other call", Path(mark).exists)


def is_python(pid: int) -> bool:
    """Whether a process calls one of these functions, and does not track resources."""
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_process_whose_parent_is_killed_ends(tmp_path: Path) -> None:
    """Nobody would be there to tell it to."""
    program = tmp_path / "parent.py"
    program.write_text(
        textwrap.dedent(
            """
            from conformance.side_by_side import results
            from test_side_by_side import for_ever

            if __name__ == "__main__":
                for _ in results(for_ever, ["begun"], at_once=1):
                    pass
            """
        )
    )
    path = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
    marker = {"LEFT_BY_TEST": tmp_path.name}
    parent = started([sys.executable, str(program)], tmp_path, environment={**marker, "PYTHONPATH": path})
    until("a call that has begun", (tmp_path / "begun").exists)
    parent.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        parent.communicate(timeout=60)

    until("the end of all processes", lambda: not left_of(marker))

"""How many small wrongs in judges, verdicts and reports the tests notice.

    python tests/mutation_score.py                                        every module, every mutation
    python tests/mutation_score.py conformance/judge/ordering.py          one module
    python tests/mutation_score.py --sample 40 --seed 7 --jobs 2          forty mutations of each
    python tests/mutation_score.py --part 2/3                             the second of three parts of each

The tests run once under coverage, to learn which of them come by each line. Then each mutation has a forked process of
its own, in which only those run, the quickest first, until one fails. A changed function takes the place of the old one
in what is loaded already; what is changed at import is imported anew, and if none of them notices it, all others try.
"""

from __future__ import annotations

import argparse
import ast
import gc
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import coverage
import pytest

from mutations import Mutation, mutations

__all__ = ["main"]

ROOT: Final = Path(__file__).parent.parent
TARGETS: Final = (
    "conformance/verdict.py",
    "conformance/report.py",
    "conformance/kill_matrix.py",
    "conformance/judge",
    "conformance/reporting",
)
# Pure tests only: nothing here starts a partner. What belongs together is tested slowly, and adds nothing here.
TESTS: Final = (
    "tests/judge",
    "tests/test_verdict.py",
    "tests/test_report.py",
    "tests/test_reporting.py",
    "tests/reporting",
    "--ignore=tests/judge/test_bench.py",
)
_OPTIONS: Final = ("-p", "no:terminal", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain")
_MODULES: Final = (
    "conformance.gate",
    "conformance.judge",
    "conformance.kill_matrix",
    "conformance.report",
    "conformance.verdict",
    "gated",
)
_LEAST: Final = 90.0
_MEMORY: Final = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one mutation, and the tests that come by it; `loaded` says that it is changed once imported."""

    path: Path
    tree: ast.Module
    mutation: Mutation
    tests: tuple[str, ...]
    loaded: bool

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.mutation}"

    def code(self) -> CodeType:
        """The changed module, compiled; the tree is changed for good."""
        self.mutation.apply()
        return compile(self.tree, str(self.path), "exec")


@dataclass(slots=True)
class Tally:
    """What became of the mutants of one module."""

    mutants: int
    killed: int = 0
    survivors: list[Mutant] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How many of a hundred were noticed."""
        tried = self.killed + len(self.survivors)
        return 100 * self.killed / tried if tried else 100.0

    def __str__(self) -> str:
        return f"{self.share:6.1f} %  {self.killed:5} of {self.killed + len(self.survivors):5} ({self.mutants} in all)"


class Tests:
    """The collected tests, as a plugin of pytest that takes the place of its loop."""

    def __init__(self, then: Callable[[Tests], None], wanted: Sequence[str] = ()) -> None:
        self.items: dict[str, pytest.Item] = {}
        self.failed = False
        self._then = then
        self._wanted = frozenset(wanted)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do what was asked for with the tests."""
        self.items = {i.nodeid: i for i in session.items if not self._wanted or i.nodeid in self._wanted}
        self._then(self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        self.failed |= report.failed

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be imported."""
        self.failed |= report.failed

    def run(self, names: Iterable[str]) -> bool:
        """Run tests, each with all its fixtures, until one fails: whether all passed."""
        for name in names:
            item = self.items[name]
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            if self.failed:
                break
        return not self.failed


class Measured:
    """What one run of all tests under coverage told: who comes by which line, and how long each takes."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._coverage = coverage.Coverage(
            data_file=None, config_file=False, include=[str(path) for path in paths], branch=False
        )
        self.took: dict[str, float] = {}
        self.lines: dict[Path, dict[int, list[str]]] = {}

    def start(self) -> None:
        """Begin before anything is imported: what runs then has no test."""
        self._coverage.start()

    def run(self, tests: Tests, paths: Iterable[Path]) -> None:
        """Run every test once."""
        for name in tests.items:
            self._coverage.switch_context(name)
            forget()
            began = time.process_time()
            tests.run([name])
            self.took[name] = time.process_time() - began
        self._coverage.stop()
        data = self._coverage.get_data()
        self.lines = {path: data.contexts_by_lineno(str(path)) for path in paths}

    def mutants(self, path: Path) -> Iterator[Mutant]:
        """Every mutant of a module."""
        lines = self.lines[path]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        own = f"test_{path.stem}.py"
        for mutation in mutations(tree, vars(sys.modules[name])):
            function = mutation.function
            body = range(function.body[0].lineno, (function.end_lineno or 0) + 1) if function else range(0)
            loaded = function is not None and not any("" in lines.get(line, ()) for line in body)
            near = {test for line in (mutation.lines if loaded else lines) for test in lines.get(line, ()) if test}
            # A test of a value that is made at import comes by no line.
            near |= set() if loaded else {test for test in self.took if own in test}
            ordered = sorted(near, key=lambda test: (own not in test, self.took[test]))
            yield Mutant(path, tree, mutation, tuple(ordered), loaded)


def forget() -> None:
    """Empty the caches of the modules: what they keep would hide a change."""
    if not _CACHES:
        found = (made for made in gc.get_objects() if callable(getattr(type(made), "cache_clear", None)))
        _CACHES.extend(made for made in found if str(getattr(made, "__module__", "")).startswith(_MODULES))
    for cached in _CACHES:
        cached.cache_clear()


_CACHES: Final[list[Any]] = []


def survives(mutant: Mutant, tests: Tests) -> bool:
    """Whether no test notices a mutant; the process is done for afterwards."""
    code = mutant.code()
    if not mutant.loaded or not put_in_place(code, mutant):
        return survives_import(code, mutant, tests)
    forget()
    return tests.run(mutant.tests)


def put_in_place(code: CodeType, mutant: Mutant) -> bool:
    """Give the loaded functions the changed code, wherever registers and decorators keep them."""
    changed = {(c.co_qualname, c.co_firstlineno): c for c in codes(code)}
    wanted = mutant.mutation.function
    first = {wanted.lineno, *(d.lineno for d in wanted.decorator_list)} if wanted else set()
    found = [made for made in loaded_functions(mutant.path) if made.__code__.co_firstlineno in first]
    for made in found:
        made.__code__ = changed[made.__code__.co_qualname, made.__code__.co_firstlineno]
    return bool(found)


@cache
def loaded_functions(path: Path) -> tuple[FunctionType, ...]:
    """Every function of a module, also those that only a register knows."""
    made = (thing for thing in gc.get_objects() if isinstance(thing, FunctionType))
    return tuple(function for function in made if function.__code__.co_filename == str(path))


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code and all codes in it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from codes(part)


class Changed(SourceFileLoader):
    """Loads a module as it was changed."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        super().__init__(name, str(path))
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        """The changed code, whatever is on the disk."""
        return self._code


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the changed module before any other finder finds the file."""

    loader: Changed

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Ours, or nothing."""
        return spec_from_loader(name, self.loader) if name == self.loader.name else None


def survives_import(code: CodeType, mutant: Mutant, tests: Tests) -> bool:
    """Import everything of ours anew, with the change, and collect the tests again.

    Who reads what was made at import need not come by the module, so all tests that are left come after those that do.
    """
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(f"{ROOT}{os.sep}") and module.__name__ != __name__:
            del sys.modules[name]
    name = ".".join(mutant.path.relative_to(ROOT).with_suffix("").parts)
    sys.meta_path.insert(0, Finder(Changed(name, mutant.path, code)))
    others = tuple(test for test in tests.items if test not in set(mutant.tests))
    return all(passes_anew(names) for names in (mutant.tests, others) if names)


def passes_anew(names: tuple[str, ...]) -> bool:
    """Whether these tests are still there when they are collected again, and all of them pass."""
    passed = []
    again = Tests(lambda tests: passed.append(tests.run(t for t in names if t in tests.items)), names)
    pytest.main([*_OPTIONS, *dict.fromkeys(test.partition("::")[0] for test in names)], plugins=[again])
    return passed == [True] and len(again.items) == len(names)


def outcome(mutant: Mutant, tests: Tests, seconds: float) -> int:
    """Fork, and try a mutant there: the id of the process, which ends with 0 for a survivor."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.nice(19)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        signal.setitimer(signal.ITIMER_PROF, seconds)
        status = 0 if survives(mutant, tests) else 1
    finally:
        os._exit(status)


def try_all(mutants: Iterable[Mutant], tests: Tests, measured: Measured, jobs: int) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant in a process of its own, and whether it survived."""
    running: dict[int, Mutant] = {}
    for mutant in mutants:
        near = mutant.tests if mutant.loaded else measured.took
        seconds = 10.0 + 5 * sum(measured.took[test] for test in near)
        running[outcome(mutant, tests, seconds)] = mutant
        while len(running) >= jobs:
            yield ended(running)
    while running:
        yield ended(running)


def ended(running: dict[int, Mutant]) -> tuple[Mutant, bool]:
    """The next one that comes to its end."""
    child, status = os.wait()
    return running.pop(child), status == 0


def modules(named: Sequence[str]) -> list[Path]:
    """The modules to change."""
    places = [ROOT / name for name in named or TARGETS]
    files = [file for path in places for file in ([path] if path.is_file() else sorted(path.glob("*.py")))]
    return [file for file in files if file.name != "__init__.py"]


def scores(tests: Tests, measured: Measured, arguments: argparse.Namespace) -> dict[Path, Tally]:
    """Try what was asked for, module by module, and tell as it goes."""
    chosen = random.Random(arguments.seed)  # noqa: S311  # a sample, no secret
    tallies = {}
    paths = modules(arguments.modules)
    measured.run(tests, paths)
    if tests.failed:
        return {}
    for path in paths:
        loaded_functions(path)
    gc.collect()
    gc.freeze()
    for path in paths:
        mutants = list(measured.mutants(path))
        wanted = mutants[arguments.part[0] - 1 :: arguments.part[1]]
        some = wanted if not arguments.sample else chosen.sample(wanted, min(arguments.sample, len(wanted)))
        tally = tallies[path] = Tally(len(mutants))
        for mutant, survived in try_all(some, tests, measured, arguments.jobs):
            if survived:
                tally.survivors.append(mutant)
            else:
                tally.killed += 1
        say(f"{tally}  {path.relative_to(ROOT)}")
        for mutant in sorted(tally.survivors, key=lambda m: m.mutation.line):
            say(f"    {mutant}" + ("" if mutant.tests else "  (no test comes by)"))
    return tallies


def say(line: str) -> None:
    """Print at once: the rest takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def part(text: str) -> tuple[int, int]:
    """Which part, and of how many."""
    number, _, total = text.partition("/")
    return int(number), int(total)


def main() -> int:
    """Read the command line, score, and end with 1 where too much goes unnoticed, with 2 where the tests fail as is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="files or folders; all that decides or tells if none")
    parser.add_argument("--sample", type=int, default=0, help="how many mutations of each module; all if not given")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--part", type=part, default=(1, 1), help="one of so many parts of each, such as 2/3")
    parser.add_argument(
        "--tests", nargs="+", default=TESTS, help="which tests are to notice; all that are pure if none"
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    measured = Measured(modules(arguments.modules))
    tallies: dict[Path, Tally] = {}
    tests = Tests(lambda tests: tallies.update(scores(tests, measured, arguments)))
    measured.start()
    pytest.main([*_OPTIONS, *arguments.tests], plugins=[tests])
    if not tallies:
        say("The tests do not pass as they are.")
        return 2
    whole = Tally(sum(t.mutants for t in tallies.values()), sum(t.killed for t in tallies.values()))
    whole.survivors = [mutant for tally in tallies.values() for mutant in tally.survivors]
    say(f"{whole}  together")
    return 0 if whole.share >= _LEAST else 1


if __name__ == "__main__":
    sys.exit(main())

"""Extensions found, checked and put to use: their mistakes all at once, their stories and judges beside the kit's."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Final

from conformance.catalogue import Catalogue, read_catalogue, shipped_catalogue
from conformance.errors import ConfigurationError, Problem
from conformance.extension import Extension, OwnJudge, OwnStory
from conformance.judge.binding import JUDGES, Judge
from conformance.platform.description import Description
from conformance.scenarios.programme import PLAYED
from conformance.scenarios.story import STORIES, Story, once

__all__ = ["GROUP", "HOOK_NAME", "Installation"]

# The group of entry points that name modules with requirements.
GROUP: Final = "webhook_conformance"
HOOK_NAME: Final = "pytest_conformance_requirements"
_LEAST_LETTERS: Final = 4


@dataclass(slots=True)
class Installation:
    """The extensions of one session. `install` puts them to use, `remove` takes them out again."""

    problems: list[Problem] = field(default_factory=list)
    _found: list[Extension] = field(default_factory=list)
    _stories: list[str] = field(default_factory=list)
    _judges: list[Judge] = field(default_factory=list)

    def register(self, extension: Extension) -> None:
        """Take an extension; what the hook `pytest_conformance_requirements` is given."""
        if not isinstance(extension, Extension):
            what = f"register() was given {type(extension).__name__}, not an Extension"
            self.problems.append(Problem(HOOK_NAME, what, "Give it what conformance.extension.Extension(PATH) made."))
        elif all(extension is not other for other in self._found):
            self._found.append(extension)

    def ask(self, where: str, function: Callable[..., object]) -> None:
        """Call a function with that hook's name; what it raises is a problem of its author's."""
        try:
            function(register=self.register)
        except ConfigurationError as error:
            self.problems += error.problems
        except Exception as error:  # noqa: BLE001  # other people's code
            self.problems.append(Problem(where, f"raised {type(error).__name__}: {error}"))

    def load(self, named: str) -> None:
        """Ask a module for its extensions; it is named by the path of its file, or as one imports it."""
        try:
            module = _module(named)
        except Exception as error:  # noqa: BLE001  # other people's code
            hint = "Name a Python file, or a module as one imports it."
            self.problems.append(Problem(named, f"cannot be imported: {type(error).__name__}: {error}", hint))
            return
        self._ask_module(named, module)

    def load_installed(self, *, but: Callable[[ModuleType], bool] | None = None) -> None:
        """Ask the modules of installed packages, `but` those that are asked otherwise."""
        for entry in entry_points(group=GROUP):
            where = f"entry point {entry.name} = {entry.value}"
            try:
                module = entry.load()
            except Exception as error:  # noqa: BLE001  # other people's code
                self.problems.append(Problem(where, f"cannot be imported: {type(error).__name__}: {error}"))
                continue
            if but is None or not but(module):
                self._ask_module(where, module)

    def _ask_module(self, where: str, module: object) -> None:
        function = getattr(module, HOOK_NAME, None)
        if callable(function):
            self.ask(where, function)
        else:
            self.problems.append(Problem(where, f"has no function {HOOK_NAME}(register)"))

    def install(self) -> Catalogue:
        """Check everything, put stories and judges to use, and return the kit's catalogue with the records added.

        Raises ConfigurationError that names every mistake at once.
        """
        records = [(extension, read) for extension in self._found if (read := self._read(extension))]
        self.problems += _clashes(read for _, read in records)
        names = [story.name for extension in self._found for story in extension.stories]
        known = {*PLAYED, *names}
        for extension in self._found:
            self.problems += _wrong_stories(extension, names)
        for extension, read in records:
            self.problems += _wrong_judges(extension, read, known)
        if self.problems:
            raise ConfigurationError(*dict.fromkeys(self.problems))
        for extension, _ in records:
            self._put_to_use(extension)
        catalogue = shipped_catalogue()
        for _, read in records:
            catalogue = catalogue.joined(read.requirements.values(), read.chapters)
        return catalogue

    def remove(self) -> None:
        """Take stories and judges out of use."""
        for name in self._stories:
            STORIES.pop(name, None)
        JUDGES[:] = [judge for judge in JUDGES if all(judge is not own for own in self._judges)]
        self._stories, self._judges = [], []

    def _read(self, extension: Extension) -> Catalogue | None:
        try:
            return read_catalogue(Path(extension.records))
        except ConfigurationError as error:
            self.problems += error.problems
            return None

    def _put_to_use(self, extension: Extension) -> None:
        for own in extension.stories:
            STORIES[own.name] = _story(own)
            self._stories.append(own.name)
        for each in extension.judged:
            whose = f"{_named(each.of_play or each.of_run)}, a judge of your own,"
            judge = Judge(each.requirement, each.stories, each.only, each.of_play, each.of_run, whose)
            JUDGES.append(judge)
            self._judges.append(judge)


def _module(named: str) -> ModuleType:
    path = Path(named)
    is_file = path.suffix == ".py"
    # As pytest does for a conftest file: what lies beside it can be imported, now and when the hook is called.
    folder = str(path.resolve().parent if is_file else Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    if not is_file:
        return importlib.import_module(named)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None  # the name ends as Python files do
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _named(function: object) -> str:
    """Name and file of a function."""
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    name = getattr(function, "__name__", repr(function))
    return f"{name} ({Path(code.co_filename).name})" if code else name


def _story(own: OwnStory) -> Story:
    whose = f"{_named(own.play)}, a story of your own,"
    return Story(
        own.name,
        own.play,
        _checked(own) if own.per else once,
        own.exclusive or own.last,
        own.creates,
        own.negative,
        own.last,
        whose=whose,
    )


def _checked(own: OwnStory) -> Callable[[Description], tuple[str, ...]]:
    """The parameters of a story, or a mistake of its author's."""

    def parameters(description: Description) -> tuple[str, ...]:
        assert own.per is not None  # the caller looked
        where = f"story {own.name!r}"
        try:
            found = tuple(own.per(description))
        except Exception as error:  # noqa: BLE001  # other people's code
            raise ConfigurationError(Problem(where, f"its `per` raised {type(error).__name__}: {error}")) from None
        if not all(isinstance(name, str) for name in found) or len(set(found)) != len(found):
            what = f"its `per` returned {found!r}"[:200]
            raise ConfigurationError(Problem(where, what, "Return texts, each once."))
        return found

    return parameters


def _clashes(own: Iterable[Catalogue]) -> Iterator[Problem]:
    """Ids and chapters that are taken, and chapters that nobody has titled."""
    shipped = shipped_catalogue()
    taken: set[str] = set()
    chapters: dict[str, str] = dict(shipped.chapters)
    for each in own:
        for name, requirement in each.requirements.items():
            yield from _clash_of(name, taken, shipped)
            if requirement.chapter not in each.chapters:
                yield Problem(name, f"its chapter {requirement.chapter!r} is not among the chapters of its file")
        for chapter in each.chapters:
            if chapter in chapters:
                yield Problem(f"chapter {chapter!r}", "is taken", "Give your chapter an id of its own.")
        taken |= set(each.requirements)
        chapters |= each.chapters


def _clash_of(name: str, taken: set[str], shipped: Catalogue) -> Iterator[Problem]:
    prefix = name.partition("-")[0]
    if prefix in {each.partition("-")[0] for each in shipped.requirements}:
        yield Problem(name, f"the prefix {prefix} is the kit's", "Take one of your own, with four letters or more.")
    elif len(prefix) < _LEAST_LETTERS:
        hint = "Take four letters or more: the kit never will."
        yield Problem(name, f"the prefix {prefix} is too short, the kit may take it one day", hint)
    if name in taken:
        yield Problem(name, "two extensions have this id")


def _wrong_stories(extension: Extension, names: list[str]) -> Iterator[Problem]:
    for story in extension.stories:
        where = f"story {story.name!r}"
        if story.name in PLAYED:
            yield Problem(where, "the kit has a story of this name", "Give yours another, or judge the kit's.")
        elif names.count(story.name) > 1:
            yield Problem(where, "two stories have this name")
        if not inspect.iscoroutinefunction(story.play):
            yield Problem(where, f"{_named(story.play)} is no coroutine function", "Begin it with `async def`.")


def _wrong_judges(extension: Extension, own: Catalogue, known: set[str]) -> Iterator[Problem]:
    for judge in extension.judged:
        function = judge.of_play or judge.of_run
        where = f"judge {_named(function)}"
        if judge.requirement not in own.requirements:
            hint = f"Judges bind to records of the same extension: {', '.join(own.requirements)}."
            yield Problem(where, f"there is no record {judge.requirement!r} in {extension.records.name}", hint)
        for story in judge.stories:
            if story not in known:
                yield Problem(where, f"there is no story {story!r}", _like(story, known))
        if not inspect.isgeneratorfunction(function):
            yield Problem(where, "is no generator function", "Let it `yield` each finding, and `return` for none.")
    for name in own.requirements:
        judges = [judge for judge in extension.judged if judge.requirement == name]
        if not judges:
            hint = f'Bind a judge to it: @….judges("{name}", story=…).'
            yield Problem(name, f"has no judge in the extension of {extension.records.name}", hint)
        if _overlap(judges):
            yield Problem(name, "two judges judge the same plays", "Narrow them with `only`, or make them one.")


def _overlap(judges: list[OwnJudge]) -> bool:
    """Whether two judges of a requirement would judge the same item."""
    if len(judges) > 1 and any(judge.of_run for judge in judges):
        return True
    return any(
        set(one.stories) & set(other.stories) and (not one.only or not other.only or set(one.only) & set(other.only))
        for number, one in enumerate(judges)
        for other in judges[:number]
    )


def _like(story: str, known: set[str]) -> str:
    near = get_close_matches(story, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else "Declare it with the extension's `story`."

"""Extensions are checked whole, put to use, and taken out again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import ConfigurationError
from conformance.extension import Extension
from conformance.installation import Installation
from conformance.judge.bench import judges_of
from conformance.judge.binding import JUDGES
from conformance.scenarios.programme import plan
from conformance.scenarios.story import STORIES
from shipped import specification


def record(name: str, **changed: Any) -> dict[str, Any]:
    """A record as it stands in a file."""
    return {
        "id": name,
        "chapter": "house",
        "level": "MUST",
        "title": "Does it",
        "statement": "The partner MUST do it.",
        "why": "Because.",
        "seen_by": "By looking.",
        "allowed": [],
        "remedy": "Do it.",
        "applies_when": [],
        "needs_control": [],
        "sources": [{"name": "A book"}],
        **changed,
    }


async def plays(stage: Any) -> None:
    """Do nothing."""


def judge(play: Any, case: Any) -> Iterator[Any]:
    """Say nothing."""
    yield from ()


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Extension]:
    """A maker of extensions whose file holds these records."""

    def make(*records: dict[str, Any], chapter: str = "house") -> Extension:
        path = tmp_path / f"own-{len(list(tmp_path.iterdir()))}.yaml"
        content = {"format": 1, "chapters": [{"id": chapter, "title": "House"}], "requirements": records}
        path.write_text(json.dumps(content), encoding="utf-8")
        return Extension(path)

    return make


def refused(*extensions: object) -> str:
    """What is said of extensions that cannot be used."""
    installation = Installation()
    for extension in extensions:
        installation.register(extension)  # type: ignore[arg-type]  # mistakes are what is tested
    before = (dict(STORIES), list(JUDGES))
    with pytest.raises(ConfigurationError) as caught:
        installation.install()
    assert before == (STORIES, JUDGES)
    return str(caught.value)


def test_what_is_right_is_put_to_use_and_taken_out(made: Callable[..., Extension]) -> None:
    """The record, the story for its parameters and the judge are found while the extension is installed."""
    own = made(record("ACME-01"))
    own.story("acme-story", per=lambda _: ("one", "two"))(plays)
    own.judges("ACME-01", story="acme-story")(judge)
    installation = Installation()
    installation.register(own)
    installation.register(own)
    catalogue = installation.install()
    items = plan(catalogue, specification("feewise").description, ("ACME-01",)).items

    assert ("ACME-01",) == catalogue.own
    assert "House" == catalogue.chapters["house"]
    assert ["ACME-01[one]", "ACME-01[two]"] == [item.name for item in items]
    installation.remove()
    assert "acme-story" not in STORIES
    assert () == judges_of("ACME-01")


def test_names_that_are_taken_are_refused_together(made: Callable[..., Extension]) -> None:
    """Of the kit, of its prefixes now and to come, and of another extension."""
    own = made(record("SIG-77"), record("AB-01"), record("ACME-01"), record("ACME-02", chapter="attic"))
    other = made(record("ACME-01", chapter="order"), chapter="order")
    own.story("redelivery")(plays)
    for story in ("twice", "twice"):
        own.story(story)(plays)
    told = refused(own, other)

    assert "SIG-77: the prefix SIG is the kit's" in told
    assert "AB-01: the prefix AB is too short" in told
    assert "ACME-01: two extensions have this id" in told
    assert "ACME-02: its chapter 'attic' is not among the chapters of its file" in told
    assert "chapter 'order': is taken" in told
    assert "story 'redelivery': the kit has a story of this name" in told
    assert "story 'twice': two stories have this name" in told
    assert "ACME-02: has no judge in the extension" in told


def test_judges_and_stories_must_be_of_their_kind(made: Callable[..., Extension]) -> None:
    """What is bound to nothing, what is no generator or coroutine, and two judges of the same plays."""
    own = made(record("ACME-01"), record("ACME-02"))
    own.story("plain")(lambda _: None)
    own.judges("ACME-01", story="redeliveri")(judge)
    own.judges("ACME-09", story="redelivery")(judge)
    own.judges("ACME-02", story="redelivery", only=("payout",))(judge)
    own.judges("ACME-02", story="redelivery")(lambda *_: None)
    told = refused(own, "no extension")

    assert "is no coroutine function" in told
    assert "there is no story 'redeliveri'\n    Did you mean 'redelivery'?" in told
    assert "there is no record 'ACME-09'" in told
    assert "is no generator function" in told
    assert "ACME-02: two judges judge the same plays" in told
    assert "register() was given str, not an Extension" in told


def test_a_judge_of_the_run_judges_alone(made: Callable[..., Extension]) -> None:
    """Beside it no other could be told which items are its own."""
    own = made(record("ACME-01"))
    own.judges_run("ACME-01", stories=("redelivery",))(judge)
    own.judges("ACME-01", story="look-alikes")(judge)

    assert "ACME-01: two judges judge the same plays" in refused(own)


@pytest.mark.parametrize(
    ("per", "told"),
    [(lambda _: 1 / 0, "raised ZeroDivisionError"), (lambda _: ["a", "a"], "returned ('a', 'a')")],
)
def test_parameters_that_cannot_be_used_are_a_mistake(
    made: Callable[..., Extension], per: Callable[[Any], Any], told: str
) -> None:
    """It is told when the run is planned, because only then is the platform known."""
    own = made(record("ACME-01"))
    own.story("acme-story", per=per)(plays)
    own.judges("ACME-01", story="acme-story")(judge)
    installation = Installation()
    installation.register(own)
    catalogue = installation.install()
    try:
        with pytest.raises(ConfigurationError, match="story 'acme-story'") as caught:
            plan(catalogue, specification("feewise").description, ("ACME-01",))
    finally:
        installation.remove()

    assert told in str(caught.value)


def test_what_the_hook_raises_is_its_authors(made: Callable[..., Extension]) -> None:
    """It is told with all the rest."""

    def hook(register: Callable[[object], None]) -> None:
        register(made(record("NO-01")))
        raise LookupError("no file")

    installation = Installation()
    installation.ask("conftest.py", hook)
    with pytest.raises(ConfigurationError) as caught:
        installation.install()

    assert "conftest.py: raised LookupError: no file" in str(caught.value)
    assert "NO-01: the prefix NO is too short" in str(caught.value)

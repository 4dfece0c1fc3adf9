from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance import pointer
from conformance.errors import ConfigurationError
from conformance.generate.corpus import Corpus, read_corpus
from conformance.platform.document import Document
from conformance.platform.specification import Specification
from shipped import PLATFORMS, corpus, specification

ANEW = (
    "import sys; from pathlib import Path;"
    "from conformance.generate.corpus import read_corpus;"
    "from conformance.platform.specification import read_specification;"
    "drawn = read_corpus(read_specification(sys.argv[1]), Path(sys.argv[2]));"
    "print(drawn.digest, 'schemathesis' in sys.modules, 'hypothesis' in sys.modules)"
)


def read_anew(platform: str, cache: Path) -> list[str]:
    """The digest of a corpus that another process reads, and whether the engines were imported for it."""
    command = [sys.executable, "-c", ANEW, platform, str(cache)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout.split()


def scalars(value: Any) -> list[Any]:
    """Every value in a value that holds no others."""
    if isinstance(value, dict):
        return [found for inner in value.values() for found in scalars(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in scalars(inner)]
    return [value]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A cache folder that holds the corpus of FeeWise."""
    read_corpus_into(tmp_path)
    return tmp_path


def read_corpus_into(folder: Path) -> None:
    """Put the drawn corpus where the module would put it, without drawing it again."""
    from conformance.generate import corpus as module

    shipped, drawn = specification("feewise"), corpus("feewise")
    samples = {
        **{f"event:{name}": list(values) for name, values in drawn.events.items()},
        **{f"object:{name}": list(values) for name, values in drawn.objects.items()},
        **{f"view:{name}": list(values) for name, values in drawn.views.items()},
        **{f"wild:{name}": list(values) for name, values in drawn.wild.items()},
    }
    key = module._key(shipped, module._places(shipped))
    module._Shelf(folder, key).write(samples)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_sample_is_valid(platform: str) -> None:
    """Each event, object and view that was drawn is allowed by the platform's own document."""
    shipped, drawn = specification(platform), corpus(platform)
    document = shipped.document
    places = {
        **{document.event_schema_at(name): values for name, values in drawn.events.items()},
        **{shipped.object_schema_at(name): values for name, values in drawn.objects.items()},
        **{shipped.view_schema_at(name): values for name, values in drawn.views.items()},
    }

    assert {} == {at: bad for at, values in places.items() for v in values if (bad := document.violations(at, v))}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_everything_has_a_sample(platform: str) -> None:
    """There is a sample of each event type that is sent, of each object type, of each view."""
    description, drawn = specification(platform).description, corpus(platform)

    assert {t.name for t in description.delivered_types} == set(drawn.events)
    assert set(description.object_types) == set(drawn.objects)
    assert {r.operation for r in description.operations.values() if r.does == "view"} == set(drawn.views)
    assert all((*drawn.events.values(), *drawn.objects.values(), *drawn.views.values()))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_samples_are_polite(platform: str) -> None:
    """No whole number is written as 901.0, and no text holds control characters."""
    drawn = corpus(platform)
    every = scalars([*drawn.events.values(), *drawn.objects.values(), *drawn.views.values()])
    flat = [inner for values in every for inner in scalars(list(values))]

    assert [] == [v for v in flat if isinstance(v, float) and v.is_integer()]
    assert [] == [v for v in flat if isinstance(v, str) and not (v.isascii() and v.isprintable())]


def test_the_digest_is_the_same_in_every_process(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every partner sits the same exam: a process that draws for itself gets what this one got."""
    digest, *engines = read_anew("feewise", tmp_path_factory.mktemp("another"))

    assert (corpus("feewise").digest, ["True", "True"]) == (digest, engines)


def test_a_kept_corpus_imports_no_engine(shelf: Path) -> None:
    """A second run starts at once: neither schemathesis nor hypothesis is loaded."""
    assert [corpus("feewise").digest, "False", "False"] == read_anew("feewise", shelf)


def test_what_is_kept_is_what_was_drawn(shelf: Path) -> None:
    """The way through the file changes nothing."""
    assert corpus("feewise") == read_corpus(specification("feewise"), shelf)


def test_the_digest_hangs_on_every_sample() -> None:
    """Another sample is another digest."""
    digests = {
        Corpus({"a": (1,)}, {}, {}).digest,
        Corpus({"a": (2,)}, {}, {}).digest,
        Corpus({}, {"a": (1,)}, {}).digest,
        Corpus({}, {}, {"a": (1,)}).digest,
        Corpus({}, {}, {}, {"a": (1,)}).digest,
    }

    assert 5 == len(digests)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": "another", "samples": {}}', "\udcff", '{"samples": []}'])
def test_a_broken_file_is_drawn_anew(small: Specification, tmp_path: Path, text: str) -> None:
    """A file of the cache that was cut off or belongs to something else costs time and nothing else."""
    whole = read_corpus(small, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    assert whole == read_corpus(small, tmp_path)
    assert whole == read_corpus(small, tmp_path)
    assert path.read_bytes() != text.encode("utf-8", "surrogateescape")


def test_a_file_without_some_samples_is_drawn_anew(small: Specification, tmp_path: Path) -> None:
    """A file with the right key that lacks samples is no corpus."""
    whole = read_corpus(small, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "samples": {}}), encoding="utf-8")

    assert whole == read_corpus(small, tmp_path)


def test_a_folder_that_cannot_be_written_is_harmless(small: Specification, tmp_path: Path) -> None:
    """Where a file stands in the way of the folder, the corpus is drawn and not kept."""
    (tmp_path / "cache").write_text("a file", encoding="utf-8")

    assert read_corpus(small, None) == read_corpus(small, tmp_path / "cache")


def test_no_temporary_file_stays(small: Specification, tmp_path: Path) -> None:
    """What is in the folder is whole."""
    read_corpus(small, tmp_path)

    assert [".json"] == [path.suffix for path in tmp_path.iterdir()]


def test_a_schema_that_allows_nothing_is_a_mistake_of_the_document(small: Specification) -> None:
    """Who writes a platform is told the pointer of every schema from which nothing can be drawn."""
    at = "/components/schemas/Told/properties/id"
    content = pointer.write(small.document.content, at, {"type": "string", "minLength": 9, "maxLength": 3})

    with pytest.raises(ConfigurationError, match=r"at /webhooks/thing\.told/.*: no valid value can be drawn"):
        read_corpus(Specification(small.description, Document(content)), None)

"""Documents that are broken in places taken at random: every one is read or refused, in words."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from conformance import pointer
from conformance.drafting.trial import drafted
from conformance.errors import ConfigurationError
from conformance.generate.places import removed, replaced
from conformance.platform.document import Document
from conformance.platform.document_file import read_document
from conformance.platform.yaml_file import read_yaml
from shipped import seeded
from small_platform import DOCUMENT

DOCUMENTS: Final = Path(__file__).parent / "documents"
# What takes the place of a part: nothing that OpenAPI has there.
ODD: Final[tuple[Any, ...]] = (
    *(None, True, 7, -1.5, "", "text", "#", [], [7], {}, [{}]),
    *({"$ref": "#/components/schemas/Sent"}, {"$ref": 7}, {"$ref": "#"}, {"$dynamicRef": "#x"}),
    *({"type": []}, {"type": ["object", "null"]}, {"nullable": True}, {"allOf": []}, {"oneOf": [{}]}, {"enum": []}),
    *({"pattern": "("}, {"properties": 7}, {"required": "x"}, {"discriminator": "x", "oneOf": []}),
)


def broken(random: Random) -> Any:
    """A document with one to three parts replaced or gone."""
    sources = [DOCUMENT, *(read_yaml(path) for path in sorted(DOCUMENTS.glob("*.*")))]
    content: Any = random.choice(sources)
    for _ in range(random.randint(1, 3)):
        at = random.choice([at for at, _ in pointer.walk(content) if at] or [""])
        if at and random.random() < 0.8:
            content = replaced(content, at, random.choice(ODD))
        elif at:
            content = removed(content, at)
    return content


def used(read: Document) -> None:
    """Ask a document what others ask it."""
    for event_type in read.event_types:
        at = read.event_schema_at(event_type)
        read.violations(at, {"id": 1})
        read.examples_at(at)
        read.properties(at)
    for operation in read.operations:
        read.answer_schema_at(operation, 200)


@pytest.mark.parametrize("seed", range(8))
def test_an_odd_document_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    """No document ends in a traceback, and most of one that is broken in places can be used."""
    random = seeded(seed)
    path = tmp_path / "document.json"
    taken = 0
    for _ in range(40):
        path.write_text(json.dumps(broken(random)), encoding="utf-8")
        try:
            used(read_document(path))
        except ConfigurationError:
            continue
        taken += 1

    assert taken > 20


@pytest.mark.parametrize("seed", range(2))
def test_an_odd_document_is_drafted_or_refused(tmp_path: Path, seed: int) -> None:
    """Nor does a draft, and it passes the check or names what is wrong."""
    random = seeded(seed)
    path = tmp_path / "document.json"
    drafts = 0
    for _ in range(20):
        path.write_text(json.dumps(broken(random)), encoding="utf-8")
        try:
            text, _ = drafted(path, None)
        except ConfigurationError:
            continue
        drafts += text.startswith("# A draft")

    assert drafts > 3

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import batching_platform
import handshaking_platforms
import rotating_platform
from conformance.catalogue import read_catalogue, shipped_catalogue
from conformance.control import CALLS
from conformance.errors import ConfigurationError
from conformance.platform.yaml_file import read_yaml
from conformance.resources import schemas
from shipped import PLATFORMS, specification


@pytest.fixture
def raw() -> Any:
    """The shipped catalogue as it stands in its file."""
    return read_yaml(schemas() / "requirements.yaml")


def refused(folder: Path, content: Any) -> ConfigurationError:
    """The error of reading a catalogue with that content."""
    path = folder / "requirements.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_catalogue(path)
    return caught.value


def test_every_record_of_the_file_is_in_the_catalogue(raw: Any) -> None:
    """In the order of the file, each in a chapter that has a title."""
    catalogue = shipped_catalogue()

    assert [entry["id"] for entry in raw["requirements"]] == list(catalogue.requirements)
    assert {r.chapter for r in catalogue.requirements.values()} <= set(catalogue.chapters)
    assert "ACK-01" == catalogue["ACK-01"].id


def test_requirements_ask_only_for_what_there_is() -> None:
    """Features that some platform has, shipped or of the tests, and calls that the control endpoint knows."""
    requirements = shipped_catalogue().requirements.values()
    shipped = (specification(name).description.features for name in PLATFORMS)
    ours = (made.description().features for made in (rotating_platform, handshaking_platforms, batching_platform))
    features = frozenset().union(*shipped, *ours)

    assert set() == {feature for r in requirements for feature in r.applies_when} - features
    assert set() == {call for r in requirements for call in r.needs_control} - set(CALLS)


def test_every_requirement_has_a_source() -> None:
    """Where a rule comes from is a part of it."""
    assert [] == [r.id for r in shipped_catalogue().requirements.values() if not r.sources]


def test_all_mistakes_are_told_at_once(tmp_path: Path, raw: Any) -> None:
    """Each with its pointer."""
    raw["requirements"][0]["level"] = "PERHAPS"
    raw["requirements"][1]["surprise"] = True
    del raw["chapters"]

    assert 3 == len(refused(tmp_path, raw).problems)


def test_an_id_is_used_once(tmp_path: Path, raw: Any) -> None:
    """Ids are permanent and never shared."""
    raw["requirements"].append({**raw["requirements"][0], "title": "Another title"})

    assert "an id is used twice" in str(refused(tmp_path, raw))

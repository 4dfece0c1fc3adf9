from __future__ import annotations

from pathlib import Path

import pytest

import rotating_platform
from conformance import pointer
from conformance.errors import ConfigurationError
from conformance.platform.description import Description
from conformance.platform.description_file import bundled_platforms, locate, read_description
from conformance.verdict import Level
from shipped import PLATFORMS, specification
from small_platform import DESCRIPTION, places, platform


def refused(path: Path, **overrides: object) -> ConfigurationError:
    """The error of reading a description."""
    with pytest.raises(ConfigurationError) as caught:
        read_description(path, overrides={at.replace("__", "/"): value for at, value in overrides.items()})
    return caught.value


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_shipped_platform_is_found_by_its_name(name: str) -> None:
    """`--platform NAME` means the description of that name that ships with the kit."""
    assert name in bundled_platforms()
    assert name == read_description(locate(name)).name


def test_a_platform_is_found_by_its_file_and_by_its_folder(tmp_path: Path) -> None:
    """`--platform PATH` means that file, or `platform.yaml` in that folder."""
    path = platform(tmp_path)

    assert path == locate(str(path))
    assert path == locate(str(tmp_path))


def test_an_unknown_platform_is_told_with_those_known() -> None:
    """Who mistypes a name sees the names that there are."""
    with pytest.raises(ConfigurationError, match="feewise, standard-webhooks, wawex"):
        locate("feewize")


def test_a_small_description_is_read(tmp_path: Path) -> None:
    """What a description leaves out has its default."""
    small = read_description(platform(tmp_path))

    assert not small.thin
    assert (30.0, 30.0, 262_144) == (small.effect_window, small.retry_window, small.body_limit)
    assert (2.5, 150) == (small.soft_ack_limit, small.remembered_events)
    assert (None, "") == (small.credential, small.correlation_header)
    assert frozenset({"thick-events", "api", "get-operations", "create-operations"}) == small.features
    assert ("getThing", "createThing", "") == (
        small.object_types["thing"].get,
        small.object_types["thing"].create,
        small.object_types["thing"].update,
    )


def test_all_mistakes_of_form_are_told_at_once(tmp_path: Path) -> None:
    """An unknown key, a missing one and a wrong type are told together, each with its pointer."""
    path = platform(
        tmp_path,
        description={
            "/surprise": 1,
            "/acknowledgement/limit": "soon",
            "/events/types/thing.told": {"changes": ["created"]},
            "/object_types/thing/origin": ["nobody"],
        },
    )

    assert {
        "the top",
        "/acknowledgement/limit",
        "/events/types/thing.told",
        "/object_types/thing/origin/0",
    } == set(places(refused(path)))


def test_all_contradictions_are_told_at_once(tmp_path: Path) -> None:
    """Names that refer to nothing are told together, each with its pointer."""
    path = platform(
        tmp_path,
        description={
            "/deliveries": {"endpoints": "per-object-type", "user_agent": "Small", "paths": {"thyng": "/thyng"}},
            "/events/types/thing.told": {"object_type": "thyng"},
            "/operations/getThing/object_type": "thyng",
            "/order": {
                "object_types": ["thyng"],
                "terminal": [{"object_type": "thyng", "before": "thing.told", "after": "thing.ended"}],
            },
            "/assumptions": [{"at": "/nowhere/at", "reason": "No reason."}],
        },
    )

    assert {
        "/events/types/thing.told/object_type",
        "/events/types/thing.told",
        "/operations/getThing/object_type",
        "/order/object_types/0",
        "/order/terminal/0/object_type",
        "/order/terminal/0/after",
        "/deliveries/paths/thyng",
        "/deliveries/paths/thing",
        "/assumptions/0/at",
    } == set(places(refused(path)))


def test_paths_are_needed_where_each_type_has_an_endpoint(tmp_path: Path) -> None:
    """An endpoint per type without any path is a mistake of form."""
    path = platform(tmp_path, description={"/deliveries": {"endpoints": "per-object-type", "user_agent": "Small"}})

    assert ["/deliveries"] == places(refused(path))


@pytest.mark.parametrize("text", ["", "[]", "12", "text"])
def test_a_file_that_is_no_description_is_told_as_such(tmp_path: Path, text: str) -> None:
    """An empty file and a list are mistakes at the top."""
    path = tmp_path / "platform.yaml"
    path.write_text(text, encoding="utf-8")

    assert ["the top"] == places(refused(path))


def test_an_override_takes_the_place_of_a_value(tmp_path: Path) -> None:
    """The operator's value is in force, and checked as if it stood in the file."""
    path = platform(tmp_path)

    assert 3.0 == read_description(path, overrides={"/acknowledgement/limit": 3}).ack_limit
    assert ["/acknowledgement/limit"] == places(refused(path, __acknowledgement__limit="soon"))


def test_an_override_of_nothing_is_told_with_the_other_mistakes(tmp_path: Path) -> None:
    """A pointer to nothing is a mistake of the command line, told beside those of the file."""
    path = platform(tmp_path, description={"/surprise": 1})
    error = refused(path, __acknowledgement__limits=3)

    assert ["--conformance-set", "the top"] == places(error)
    assert "no value acknowledgement.limits" in str(error)


@pytest.mark.parametrize(
    ("confirmed", "assumed"),
    [
        ({}, True),
        ({"/acknowledgement/limit": 5}, False),
        ({"/acknowledgement": {"limit": 5, "refused": [401]}}, False),
        ({"/title": "Large"}, True),
    ],
)
def test_an_override_confirms_what_was_assumed(tmp_path: Path, confirmed: dict[str, object], *, assumed: bool) -> None:
    """A value that the operator names, even the same one, is no assumption any more."""
    small = read_description(platform(tmp_path), overrides=confirmed)

    assert assumed == small.is_assumed("/acknowledgement/limit")
    assert not small.is_assumed("/acknowledgements")
    assert not small.is_assumed("/title")


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_description_is_made_again_from_its_text(name: str) -> None:
    """What a journal keeps is enough for a judge: everything but the place of the document."""
    before = specification(name).description
    after = Description.from_text(before.as_text())

    assert before.as_text() == after.as_text()
    assert before.digest == after.digest
    assert before.features == after.features
    assert before.object_types == after.object_types
    assert before.assumptions == after.assumptions


def test_confirmations_survive_the_text(tmp_path: Path) -> None:
    """Whoever makes a description from its text says what was confirmed."""
    text = read_description(platform(tmp_path)).as_text()
    again = Description.from_text(text, confirmed=frozenset({"/acknowledgement"}))

    assert not again.is_assumed("/acknowledgement/limit")
    assert Description.from_text(text).is_assumed("/acknowledgement/limit")


def test_the_digest_hangs_on_the_values_in_force(tmp_path: Path) -> None:
    """Another value is another digest, another order of keys is not."""
    path = platform(tmp_path)
    digest = read_description(path).digest
    path.write_text(
        path.read_text(encoding="utf-8").replace('"format": 1, "name": "small"', '"name": "small", "format": 1')
    )

    assert digest == read_description(path).digest
    assert digest != read_description(path, overrides={"/acknowledgement/limit": 4}).digest


def test_a_platform_sets_levels(tmp_path: Path) -> None:
    """A platform may ask for more, or less, than the catalogue."""
    small = read_description(platform(tmp_path, description={"/levels": {"ACK-07": "MUST"}}))

    assert {"ACK-07": Level.MUST} == small.levels


def test_event_types_are_found_by_object_and_change() -> None:
    """A type that is never sent is not among those that tell of an object."""
    feewise = specification("feewise").description
    about = {t.name for t in feewise.event_types_about("payment")}

    assert {"payment.successful", "payment.processing", "payment.failed", "payment.authorised"} == about
    assert {"payment.processing", "payment.authorised"} == {
        t.name for t in feewise.event_types_about("payment", "created")
    }
    assert () == feewise.event_types_about("payment", "deleted")


def test_an_assumption_shows_its_value() -> None:
    """A whole table is too long to be shown, and the reader is sent to the description."""
    values = {a.at: a.value for a in specification("wawex").description.assumptions}

    assert "5" == values["/acknowledgement/limit"]
    assert "(see the description)" == values["/operations"]


def test_descriptions_of_tests_are_whole(tmp_path: Path) -> None:
    """The description that these tests break is sound where they do not break it."""
    assert DESCRIPTION == read_description(platform(tmp_path)).raw
    assert 5 == pointer.read(DESCRIPTION, "/acknowledgement/limit")


def test_a_scheme_may_have_versions_and_several_signatures(tmp_path: Path) -> None:
    """Each is a feature of its own; a shipped platform has neither."""
    rotating = read_description(rotating_platform.platform(tmp_path))
    new = {"signature-rotation", "signature-versions"}

    assert new <= rotating.features
    assert new - specification("feewise").description.features == new
    assert rotating.signature is not None
    assert ("v1,", "v9,", " ") == (
        rotating.signature.version,
        rotating.signature.unknown_version,
        rotating.signature.separator,
    )


def test_an_unknown_version_needs_a_known_one_to_stand_beside(tmp_path: Path) -> None:
    """SIG-10 sends both in one header."""
    scheme = {"digest": "sha256", "content": "{body}", "encoding": "hex", "headers": {"X": "{signature}"}}
    path = platform(tmp_path, description={"/signature": {**scheme, "unknown_version": "v9="}})

    assert ["/signature", "/signature"] == places(refused(path))


def test_a_value_that_is_left_out_can_be_overridden(tmp_path: Path) -> None:
    """Small says nothing of waits and limits, and has some all the same."""
    described = read_description(platform(tmp_path), overrides={"/waits/effect": 4, "/limits/burst": 3})

    assert (4.0, 30.0, 3) == (described.effect_window, described.retry_window, described.burst)

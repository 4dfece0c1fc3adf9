from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance import pointer
from conformance.generate.variants import BEYOND, LEVELS, Variants
from conformance.platform.specification import read_specification
from shipped import corpus, specification
from small_platform import platform

FIELDS = {"later": 1, "more": [{"since": 2}]}
TOLD = {"id": "11111111-2222-4333-8444-555555555555", "type": "thing.told", "thing": {"id": "t1", "note": "a"}}


def of_event(platform_name: str, event_type: str) -> tuple[Variants, Any]:
    """The variants of an event type of a shipped platform, and a sample of it."""
    shipped = specification(platform_name)
    variants = Variants.of_event(shipped, shipped.description.event_types[event_type])
    return variants, corpus(platform_name).events[event_type][0]


def of_small(folder: Path, properties: dict[str, Any], **document: Any) -> Variants:
    """The variants of the one event type of a small platform whose object has these fields as well."""
    fields = {"id": {"type": "string"}, **properties}
    changed = {"/components/schemas/Thing/properties": fields, **{f"/{k}": v for k, v in document.items()}}
    description = {"/object_types/thing/changing": [{"at": "/id", "values": ["a", "b", "c"]}]}
    small = read_specification(str(platform(folder, document=changed, description=description)))
    return Variants.of_event(small, small.description.event_types["thing.told"])


@pytest.mark.parametrize(
    ("event_type", "level", "places"),
    [
        ("payout.paid", "top", ["/event/later", "/event/more"]),
        ("payout.paid", "nested", ["/event/account/later", "/event/account/more"]),
    ],
)
def test_new_fields_stand_at_their_level(event_type: str, level: str, places: list[str]) -> None:
    """At the top of the payload, or below it, and nowhere else."""
    variants, sample = of_event("feewise", event_type)
    extended = variants.with_unknown_fields(sample, FIELDS, level, root="/event")

    assert extended is not None
    assert places == list(extended.changed)
    assert [1, FIELDS["more"]] == [pointer.read(extended.content, at) for at in places]
    assert () == variants.document.violations(variants.at, extended.content)


def test_new_fields_stand_in_every_item_of_every_list() -> None:
    """Objects inside of items are items too."""
    variants, sample = of_event("feewise", "payout.paid")
    extended = variants.with_unknown_fields(sample, FIELDS, "item", root="/event")

    assert extended is not None
    items = {at.rpartition("/")[0] for at in extended.changed}
    assert {"/event/transactions/0", "/event/receipt_ids/0", "/event/transactions/0/external_payment"} <= items
    assert all("transactions" in at or "receipt_ids" in at for at in items)


@pytest.mark.parametrize("level", LEVELS)
def test_where_the_document_closes_an_object_nothing_is_added(tmp_path: Path, level: str) -> None:
    """A platform that promises never to add fields is taken at its word."""
    closed = {"type": "object", "properties": {"id": {"type": "string"}, "note": {}}, "additionalProperties": False}
    small = of_small(tmp_path, {}, **{"components/schemas/Thing": closed})

    assert None is small.with_unknown_fields(TOLD, FIELDS, level, root="/thing")


def test_a_map_takes_no_new_fields_that_are_not_its_own() -> None:
    """Names that are data are not fields: metadata holds texts only."""
    variants, sample = of_event("feewise", "artifact.invoice.created")

    assert None is variants.with_unknown_fields(sample, FIELDS, "nested", root="/event")


def test_listed_values_become_new_ones_but_for_those_that_name_the_event() -> None:
    """The status of an invoice tells its versions apart, so it stays."""
    variants, sample = of_event("feewise", "artifact.invoice.created")
    varied = variants.with_unknown_values(sample, "NEW", root="/event")

    assert varied is not None
    assert (("/event/currency",), "NEW") == (varied.changed, varied.content["event"]["currency"])


def test_the_change_of_a_thin_event_is_a_listed_value() -> None:
    """It is the only one there; object type and event type are what the event is about."""
    variants, sample = of_event("wawex", "CUSTOMER_NOTIFICATION")
    varied = variants.with_unknown_values(sample, "NEW", root="")

    assert varied is not None
    assert ("/event",) == varied.changed


def test_optional_fields_can_be_absent_or_null() -> None:
    """What the document requires stays as it is."""
    variants, sample = of_event("feewise", "artifact.charge.created")
    without, null = variants.without_optional(sample, root="/event"), variants.with_nulls(sample, root="/event")

    assert without is not None
    assert null is not None
    assert without.changed == null.changed
    assert {"charge_id", "firm_id", "amount"} == set(without.content["event"])
    assert {None} == {pointer.read(null.content, at, "gone") for at in null.changed}


def test_an_event_without_optional_fields_has_no_variant() -> None:
    """Six fields, all of them required."""
    variants, sample = of_event("wawex", "CUSTOMER_NOTIFICATION")

    assert (None, None) == (variants.without_optional(sample, root=""), variants.with_nulls(sample, root=""))
    assert () == variants.texts(sample, "Zürich", root="")


def test_optional_fields_that_must_not_be_absent_together_have_no_variant(tmp_path: Path) -> None:
    """One of two is not both."""
    thing = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "a": {"type": "string"}, "b": {"type": "string"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    small = of_small(tmp_path, {}, **{"components/schemas/Thing": thing})
    told = {**TOLD, "thing": {"id": "t1", "a": "x", "b": "y"}}

    assert ("/thing/a", "/thing/b") == small.optional(told, root="/thing")
    assert None is small.without_optional(told, root="/thing")


def test_a_text_stands_where_any_text_can() -> None:
    """Not in what has a pattern, a format, or a list of values, and not where it is too long."""
    variants, sample = of_event("feewise", "artifact.invoice.created")

    assert ("/event/external_id", "/event/description") == variants.texts(sample, "😀", root="/event")
    assert () == variants.texts(sample, "😀" * 81, root="/event")


def test_texts_are_as_long_as_they_may_be(tmp_path: Path) -> None:
    """Up to the document's limit, or to what is usual; what has a form of its own stays, and so do names."""
    fields = {
        "note": {"type": "string", "maxLength": 9},
        "text": {"type": "string"},
        "on": {"type": "string", "format": "date"},
    }
    variants = of_small(tmp_path, fields)
    sample = {**TOLD, "thing": {"id": "t1", "note": "ab", "text": "c", "on": "2026-01-01"}}

    longer = variants.stretched(sample)["thing"]

    assert ("t1", "ababababa", 200, "2026-01-01") == (longer["id"], longer["note"], len(longer["text"]), longer["on"])


def test_decimals_keep_the_places_that_the_platform_gives_them() -> None:
    """Two of an amount, eight of a quantity; both end in zeros."""
    shipped = specification("wawex")
    variants = Variants.of_object(shipped, "digital-asset-order")
    sample = corpus("wawex").objects["digital-asset-order"][0]

    assert {"/quantity": ("1000.00000000", "0.10000000")} == variants.decimals(sample, root="")


def test_a_decimal_may_have_to_be_one_or_more(tmp_path: Path) -> None:
    """Where nothing costs less than one, the second amount is more."""
    fields = {
        "total": {"type": "string", "pattern": "^[1-9][0-9]*[.][0-9]{2}$"},
        "fee": {"type": "string", "pattern": "^[0-9]{2,4}[.][0-9]{3}$"},
    }
    told = {**TOLD, "thing": {"id": "t1", "total": "470.10", "fee": "12.345"}}
    expected = {"/thing/total": ("1000.00", "1.10"), "/thing/fee": ("1000.000", "10.100")}

    assert expected == of_small(tmp_path, fields).decimals(told, root="/thing")


def test_a_decimal_that_cannot_end_in_zeros_is_left_alone(tmp_path: Path) -> None:
    """A pattern may forbid what would be sent, and a version number is no decimal."""
    odd = {"odd": {"type": "string", "pattern": "[1-9]$"}, "rate": {"type": "number"}}
    told = {**TOLD, "thing": {"id": "t1", "odd": "1.25", "rate": 1.25}}

    assert {} == of_small(tmp_path, odd).decimals(told, root="/thing")


def test_a_large_number_stands_where_no_limit_is(tmp_path: Path) -> None:
    """Small limits are the platform's promise."""
    fields = {"count": {"type": "integer"}, "pages": {"type": "integer", "maximum": 500}}
    told = {**TOLD, "thing": {"id": "t1", "count": 1, "pages": 1}}

    assert ("/thing/count",) == of_small(tmp_path, fields).large_integers(told, root="/thing")
    assert float(BEYOND) != BEYOND

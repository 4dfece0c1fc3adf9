"""Ids as texts."""

from __future__ import annotations

import pytest

from conformance.identifier import canonical, is_uuid, names, same, uuids_in

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_a_uuid_means_the_same_in_any_case() -> None:
    """Its digits are a number."""
    assert same(UUID, UUID.upper())
    assert UUID == canonical(UUID.upper())


def test_any_other_id_is_what_it_is() -> None:
    """In texts that are drawn from capitals and small letters, case tells two of them apart."""
    assert not same("evt_aB", "evt_ab")
    assert same(17, "17")


@pytest.mark.parametrize(
    ("text", "name", "is_named"),
    [
        (f"/things/{UUID.upper()}", UUID, True),
        ("/orders/1700", "1700", True),
        ("/orders/17001", "1700", False),
        ('{"order":"ord_aB"}', "ord_aB", True),
        ('{"order":"ord_ab"}', "ord_aB", False),
        ("/orders/a%2Fb", "a/b", True),
    ],
)
def test_a_text_names_an_id_that_it_holds_whole(text: str, name: str, *, is_named: bool) -> None:
    """A longer number that begins with it is another id."""
    assert is_named == names(text, name)


@pytest.mark.parametrize(
    ("text", "anyhow", "dashed"),
    [(UUID, True, True), (UUID.upper(), True, True), (UUID.replace("-", ""), True, False), (UUID[:-1], False, False)],
    ids=["plain", "upper case", "without dashes", "too short"],
)
def test_a_uuid_is_known_with_its_dashes_and_without(text: str, *, anyhow: bool, dashed: bool) -> None:
    """A platform writes them; what a partner calls may leave them out."""
    assert (anyhow, dashed) == (is_uuid(text), is_uuid(text, dashed=True))
    assert ([text] if anyhow else []) == uuids_in(f"/things/{text}?of=7")
    assert ([text] if dashed else []) == uuids_in(f"/things/{text}?of=7", dashed=True)

"""What is put into events to lure the partner, and what is done when nothing makes it call."""

from __future__ import annotations

import json

import pytest

from conformance import pointer
from conformance.errors import NotAssessable
from conformance.platform.description_file import bundled_platforms
from one_story import acted
from shipped import specification


def test_a_documented_field_for_urls_holds_the_bait() -> None:
    """An event that the document allows, whose URL leads elsewhere."""
    (event,) = acted("feewise", "bait", "data").deliveries("event")

    assert json.loads(event.request.body)["event"]["payment_uri"].endswith("/payment_uri")


@pytest.mark.parametrize("platform", bundled_platforms())
def test_unknown_fields_hold_the_bait(platform: str) -> None:
    """Where no documented field holds URLs, and where one does: the names that partners would look for."""
    (event,) = acted(platform, "bait", "data").deliveries("extra")
    body = json.loads(event.request.body)
    payload = pointer.read(body, specification(platform).description.payload_at)

    assert payload["url"].endswith("/url")
    assert payload["_links"]["self"]["href"].endswith("/_links")


@pytest.mark.parametrize("platform", bundled_platforms())
def test_who_gets_nothing_has_met_no_fault(platform: str) -> None:
    """A partner that never calls has not been put to the test, and the reason says so."""
    with pytest.raises(NotAssessable, match="positive control failed: the partner got no object"):
        acted(platform, "broken-fetch", "500")


def test_a_subscription_is_needed_to_be_without_one() -> None:
    """Without a control endpoint the kit's own subscription covers every type."""
    with pytest.raises(NotAssessable, match="does not offer 'subscribe'"):
        acted("feewise", "unsubscribed-type")

"""What the judge of tenants says of transcripts written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.exchange import Call
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, asked, called, delivered, feewise, holds, noted, play

ONE = {"/firm_id": "t1", "/status": "Draft"}
OTHER = {"/firm_id": "t2", "/status": "Paid"}
TOLD = noted("tenants", json.dumps({"object": "o1", "tenants": {"t1": ONE, "t2": OTHER}}))
BOTH = (delivered("one", "e1"), delivered("other", "e2"))


def tenants(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None, *moments: Moment) -> Transcript:
    """The partner was told of both, these things happened, and then it showed this for each."""
    shown = (holds("o1", one, tenant="t1"), holds("o1", other, tenant="t2"))
    return feewise(play("two-tenants", "invoice", TOLD, *BOTH, *moments, *shown))


def got(operation: str) -> Moment:
    """The partner got an object by an operation of the platform."""
    moment = called("get", object_type="invoice" if operation == "getInvoice" else "bank-account")
    assert isinstance(moment.record, Call)
    return replace(moment, record=replace(moment.record, operation=operation))


@case("TEN-01", Verdict.PASS)
def test_each_tenant_has_its_own_state() -> Transcript:
    """Spelled in another way, and with more fields than were told."""
    return tenants({"firm_id": "T1", "status": "DRAFT", "x": 1}, {"firm_id": "t2", "status": "paid"})


@case("TEN-01", Verdict.PASS)
def test_the_field_that_names_the_tenant_may_be_missing() -> Transcript:
    """The states tell the two apart."""
    return tenants({"status": "Draft"}, {"status": "Paid"})


@case("TEN-01", Verdict.FAIL, '"Draft" for tenant t1 / /firm_id = "t2", /status = "Paid" (the other tenant\'s)')
def test_the_later_event_overwrites_the_other_tenants_object() -> Transcript:
    """Both tenants are shown the same object."""
    return tenants({"firm_id": "t2", "status": "Paid"}, {"firm_id": "t2", "status": "Paid"})


@case("TEN-01", Verdict.FAIL, "the object of tenant t2 / the partner holds nothing of it")
def test_the_second_object_is_taken_for_the_first() -> Transcript:
    """Known by its id, it is not held at all."""
    return tenants({"status": "Draft"}, None)


@case("TEN-01", Verdict.FAIL, "(the other tenant's)")
def test_a_fetch_that_names_the_tenant_is_no_excuse() -> Transcript:
    """Its answer is that tenant's object."""
    return tenants({"status": "Paid"}, {"status": "Paid"}, got("getFirmAccount"))


@case("TEN-01", Verdict.NOT_ASSESSABLE, "got the object by its id alone")
def test_a_fetch_by_the_id_alone_may_bring_the_other_tenants_object() -> Transcript:
    """No partner can know better than the answer that it is given."""
    return tenants({"status": "Paid"}, {"status": "Paid"}, got("getInvoice"))


@case("TEN-01", Verdict.NOT_ASSESSABLE, "got the object by its id alone")
def test_a_fetch_by_an_unknown_operation_names_no_tenant() -> Transcript:
    """What cannot be told is no proof."""
    return tenants({"status": "Paid"}, {"status": "Paid"}, called("get"))


@case("TEN-01", Verdict.NOT_ASSESSABLE, "got the object by its id alone")
def test_an_unknown_operation_on_a_known_type_names_no_tenant() -> Transcript:
    """Nor does a known operation on a type that nobody knows."""
    return tenants({"status": "Paid"}, {"status": "Paid"}, called("get", object_type="bank-account"))


@case("TEN-01", Verdict.NOT_ASSESSABLE, "got the object by its id alone")
def test_an_unknown_type_names_no_tenant() -> Transcript:
    """Though the operation is known, and asks for the tenant."""
    return tenants({"status": "Paid"}, {"status": "Paid"}, called("get", operation="getFirmAccount"))


@case("TEN-01", Verdict.FAIL, "(the other tenant's)")
def test_a_fetch_that_failed_is_no_excuse() -> Transcript:
    """It brought nothing; and of the deliveries, only those that were accepted are cited."""
    failed = called("get", status=500)
    shown = (holds("o1", {"status": "Paid"}, tenant="t1"), holds("o1", {"status": "Paid"}, tenant="t2"))
    refused = delivered("one", "e1", status=500)
    return feewise(play("two-tenants", "invoice", TOLD, refused, *BOTH, failed, *shown))


@case("TEN-01", Verdict.PASS)
def test_a_question_that_was_not_answered_changes_nothing() -> Transcript:
    """The answer before it counts."""
    failed = asked("objects", "o1", status=500, answer={"status": "Paid"}, tenant="t1")
    shown = (holds("o1", {"status": "Draft"}, tenant="t1"), failed, holds("o1", {"status": "Paid"}, tenant="t2"))
    return feewise(play("two-tenants", "invoice", TOLD, *BOTH, *shown))


@case("TEN-01", Verdict.PASS)
def test_a_fetch_by_the_id_alone_does_not_excuse_what_is_right() -> Transcript:
    """The states are what they should be, so there is nothing to excuse."""
    return tenants({"status": "Draft"}, {"status": "Paid"}, got("getInvoice"))


@case("TEN-01", Verdict.NOT_ASSESSABLE, "is neither tenant's")
def test_a_state_that_nobody_told_is_not_judged() -> Transcript:
    """The partner may name its states in its own way, at any length."""
    return tenants({"status": "new" * 40}, {"status": "Paid"})


@case("TEN-01", Verdict.NOT_ASSESSABLE, "has none of /firm_id, /status")
def test_an_object_without_the_fields_says_nothing() -> Transcript:
    """Nothing tells the two apart."""
    return tenants({"x": 1}, {"x": 2})


@case("TEN-01", Verdict.NOT_ASSESSABLE, "the story did not come to its end")
def test_without_an_answer_nothing_is_known() -> Transcript:
    """An answer without a tenant, or one that failed, is not the answer."""
    shown = (holds("o1", {"status": "Draft"}), holds("o1", {"status": "Paid"}, tenant="t2"))
    return feewise(play("two-tenants", "invoice", TOLD, *BOTH, *shown))

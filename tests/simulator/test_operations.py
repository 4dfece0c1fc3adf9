from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from conformance import pointer
from conformance.platform.description import OperationRole
from conformance.platform.document import Operation
from played_platform import PlayedPlatform
from shipped import PLATFORMS, answer_schema, specification

HOOK = "https://partner.example/hooks"
EVERY = [
    (platform, operation, specification(platform).description.operations[operation.id])
    for platform in PLATFORMS
    for operation in specification(platform).document.operations
]
OPERATIONS = [pytest.param(*case, id=case[1].id) for case in EVERY]
# A create call under a firm makes the object whatever the firm.
KEYED = [pytest.param(*case, id=case[1].id) for case in EVERY if case[2].keys and case[2].does != "create"]


@pytest.fixture(scope="module")
def played() -> Iterator[Mapping[str, PlayedPlatform]]:
    """Both platforms, each behind its port."""
    with PlayedPlatform("feewise") as feewise, PlayedPlatform("wawex") as wawex:
        yield {"feewise": feewise, "wawex": wawex}


def subscription(platform: PlayedPlatform, *, url: str = HOOK) -> dict[str, Any]:
    """The body of a subscription."""
    rules = platform.description.subscriptions
    assert rules is not None
    body = pointer.write(rules.default, rules.url, url)
    body = pointer.write(body, rules.event_types, ["payout.paid"])
    return {**body, "party_id": str(uuid4())}


def values(platform: PlayedPlatform, role: OperationRole) -> dict[str, str]:
    """Path parameters that name something which the platform holds."""
    if role.does == "delete-subscription":
        return {role.keys[0][0]: subscribed(platform)["webhook_id"]}
    if role.does == "list-events":
        return {name: platform.told("payout.paid").id for name, _ in role.keys}
    if role.does == "create":
        return {name: str(uuid4()) for name, _ in role.keys}
    held: Any = platform.state.held(platform.make(role.object_type)) if role.object_type else {}
    if role.inside:
        held = pointer.read(held, role.inside)[0]
    return {name: str(pointer.read(held, at)) for name, at in role.keys}


def subscribed(platform: PlayedPlatform) -> dict[str, Any]:
    """A subscription that the platform holds."""
    created: dict[str, Any] = platform.call(
        "POST", "/api/v3/partner/webhooks", subscription(platform, url=f"{HOOK}/{uuid4()}")
    ).json["webhook"]
    return created


def body(platform: PlayedPlatform, role: OperationRole) -> Any:
    """A body that a partner would send."""
    if role.does == "create-subscription":
        return subscription(platform, url=f"{HOOK}/{uuid4()}")
    if role.does == "update-subscription":
        return {**subscribed(platform), "name": "another name"}
    if role.does == "create":
        given = platform.description.object_types[role.object_type].create_body
        return {key: str(uuid4()) if value == "{uuid}" else value for key, value in given.items()}
    return {} if role.does == "update" else None


@pytest.mark.parametrize(("name", "operation", "role"), OPERATIONS)
def test_every_operation_answers_as_its_document_says(
    played: Mapping[str, PlayedPlatform], name: str, operation: Operation, role: OperationRole
) -> None:
    """A right call of any operation is answered with the status and the schema of the document."""
    platform = played[name]
    document = platform.specification.document
    answer = platform.call(operation.method, operation.path.format(**values(platform, role)), body(platform, role))

    assert () == platform.last_call.problems
    assert (role.status, operation.id, role.does) == (
        answer.status,
        platform.last_call.operation,
        platform.last_call.does,
    )
    if role.status == 204:
        assert b"" == answer.body
    else:
        assert () == document.violations(answer_schema(name, operation, role.status), answer.json)


@pytest.mark.parametrize(("name", "operation", "role"), KEYED)
def test_every_operation_answers_what_is_not_there_as_its_document_says(
    played: Mapping[str, PlayedPlatform], name: str, operation: Operation, role: OperationRole
) -> None:
    """An id that the platform does not know is answered 404 with the platform's error body."""
    platform = played[name]
    document = platform.specification.document
    path = operation.path.format(**{key: str(uuid4()) for key, _ in role.keys})
    answer = platform.call(operation.method, path, body(platform, role))

    assert 404 == answer.status
    assert () == document.violations(answer_schema(name, operation, 404), answer.json)


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_was_created_can_be_got(played: Mapping[str, PlayedPlatform], name: str) -> None:
    """The id comes in the answer to the create call, and what the partner sent is what it gets."""
    platform = played[name]
    for kind in platform.description.object_types.values():
        if not (kind.create and kind.get):
            continue
        create, get = (platform.specification.document.operation(o) for o in (kind.create, kind.get))
        assert create is not None
        assert get is not None
        role = platform.description.operations[kind.create]
        given = body(platform, role)
        made = platform.call(create.method, create.path.format(**values(platform, role)), given)
        new_id = platform.last_call.object_id
        held = platform.state.held(platform.state.find(kind.name, str(new_id)))  # type: ignore[arg-type]  # it is there
        keys = platform.description.operations[kind.get].keys
        got = platform.call("GET", get.path.format(**{key: pointer.read(held, at) for key, at in keys}))

        assert new_id is not None
        assert new_id in made.body.decode()
        assert made.json == got.json
        assert given.items() <= held.items()


def test_an_update_is_a_new_version(played: Mapping[str, PlayedPlatform]) -> None:
    """`version` counts up, and the journal says which one was served."""
    platform = played["wawex"]
    thing = platform.make("document")
    first = platform.call("GET", f"/documents/{thing.id}")
    versions = [platform.last_call.version]
    second = platform.call("PUT", f"/documents/{thing.id}", {"status": "ARCHIVED"})
    versions.append(platform.last_call.version)
    platform.call("GET", f"/documents/{thing.id}")
    versions.append(platform.last_call.version)

    assert [1, 2, 2] == versions
    assert (1, 2, "ARCHIVED") == (first.json["version"], second.json["version"], second.json["status"])
    assert first.json["modifiedOn"] < second.json["modifiedOn"]


def test_ids_in_a_path_are_found_in_any_case(played: Mapping[str, PlayedPlatform]) -> None:
    """A partner may parse a uuid and print it in upper case."""
    platform = played["wawex"]
    thing = platform.make("document")

    assert 200 == platform.call("GET", f"/documents/{thing.id.upper()}").status


def test_an_object_of_a_firm_is_not_found_under_another(played: Mapping[str, PlayedPlatform]) -> None:
    """Every key of the path must name the object."""
    platform = played["feewise"]
    thing = platform.make("bank-account")
    base = "/api/v3/partner/firms"

    assert 200 == platform.call("GET", f"{base}/{thing.tenant}/accounts/{thing.id}").status
    assert 404 == platform.call("GET", f"{base}/{uuid4()}/accounts/{thing.id}").status


def test_lists_hold_every_object(played: Mapping[str, PlayedPlatform]) -> None:
    """The payouts of a firm are those of that firm, and the list of all holds all."""
    platform = played["feewise"]
    thing, other = platform.make("payout"), platform.make("payout")
    every = platform.call("GET", "/api/v3/partner/payouts").json["payouts"]
    firm = platform.call("GET", f"/api/v3/partner/payouts/firms/{thing.tenant}").json["payouts"]

    assert {thing.id, other.id} <= {payout["payout_reference"] for payout in every}
    assert [thing.id] == [payout["payout_reference"] for payout in firm]

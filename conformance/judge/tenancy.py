"""Judges of the chapter Load and life: objects of several tenants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance import pointer
from conformance.exchange import Asking
from conformance.judge.binding import Case, Said, judges
from conformance.judge.evidence import fetches
from conformance.likeness import alike
from conformance.requirement import Evidence, Finding, Unassessable
from conformance.transcript import Play

__all__: list[str] = []


@judges("TEN-01", story="two-tenants")
def keeps_tenants_apart(play: Play, case: Case) -> Said:
    """Objects of two tenants that have the same id stay two objects, each in its own state."""
    told = json.loads(play.note("tenants"))
    cites = tuple(d.id for d in play.deliveries("one", "other") if d.succeeded)
    words = [word for tenant in told["tenants"] for word in _held_for(play, told, tenant, cites)]
    if any(isinstance(word, Finding) for word in words) and _fetched_by_id_alone(play, case, told["object"]):
        yield Unassessable("the partner got the object by its id alone, and the answer may have been either tenant's")
        return
    yield from words


def _held_for(play: Play, told: Mapping[str, Any], tenant: str, cites: tuple[str, ...]) -> Said:
    """What the partner holds for one tenant against what it was told of each."""
    asking = _last_asking(play, told["object"], tenant)
    if asking is None:
        yield Unassessable("the story did not come to its end")
        return
    proof = (*cites, asking.id)
    if asking.status == 404:
        yield Finding(
            expected=f"the object of tenant {tenant}", actual="the partner holds nothing of it", exchanges=proof
        )
        return
    held = asking.response.json() if asking.response is not None else None
    own = told["tenants"][tenant]
    (other,) = (fields for name, fields in told["tenants"].items() if name != tenant)
    wrong = {at: value for at in own if not alike(value := pointer.read(held, at, own[at]), own[at])}
    mixed = {at: value for at, value in wrong.items() if alike(value, other[at])}
    if mixed:
        yield Finding(
            expected=", ".join(f"{at} = {json.dumps(own[at])}" for at in mixed) + f" for tenant {tenant}",
            actual=", ".join(f"{at} = {json.dumps(value)}" for at, value in mixed.items()) + " (the other tenant's)",
            exchanges=proof,
            evidence=Evidence.DEED,
        )
    elif wrong:
        yield Unassessable(f"what the partner holds for tenant {tenant} is neither tenant's: {json.dumps(wrong)[:80]}")
    elif not any(pointer.read(held, at) is not None for at in own):
        yield Unassessable(f"what the partner holds has none of {', '.join(own)}")


def _last_asking(play: Play, object_id: str, tenant: str) -> Asking | None:
    """The last question about the object of that tenant, where it was answered."""
    for asking in reversed(play.askings("objects", object_id)):
        named = parse_qs(urlsplit(asking.request.target).query).get("tenant", [])
        if named == [tenant] and (asking.succeeded or asking.status == 404):
            return asking
    return None


def _fetched_by_id_alone(play: Play, case: Case, object_id: str) -> bool:
    """Whether the partner got an object with that id by a call that names no tenant."""
    roles, kinds = case.description.operations, case.description.object_types
    for call in fetches(play, object_id, succeeded=True):
        role = roles.get(call.operation or "")
        kind = kinds.get(call.object_type or "")
        if role is None or kind is None or not any(at == kind.tenant for _, at in role.keys):
            return True
    return False

"""Stories that lure the partner to a place that is not the platform, to see what it brings along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from conformance import pointer
from conformance.platform.description import Description, EventType
from conformance.platform.event import Event
from conformance.scenarios.parameters import gettable_types, told_types
from conformance.scenarios.retries import failing_fetch_of, fetched_types
from conformance.scenarios.story import story
from conformance.simulator.faults import FaultKind
from conformance.stage import Stage

__all__: list[str] = []

_REDIRECTS: Final = ("302", "307")
# Where partners would look for an address that is not documented.
_EXTRA: Final[tuple[tuple[str, str], ...]] = (("url", "/url"), ("_links", "/_links/self/href"))


def lures(description: Description) -> tuple[str, ...]:
    """The ways in which the partner is lured: by data, and by redirects where there is something to get."""
    return ("data", *(_REDIRECTS if fetched_types(description) else ()))


@story("bait", per=lures)
async def bait(stage: Stage) -> None:
    """An event, or the answer to a get, holds a URL that is not the platform's."""
    if stage.parameter == "data":
        await _in_data(stage)
    else:
        await _in_redirect(stage)


def _url(stage: Stage, name: str) -> str:
    """A URL on a listener that is not the platform, where possible under another host name than the platform.

    Some clients tell servers apart by host name alone, and production has two names.
    """
    return stage.bait(name).replace("//127.0.0.1:", "//localhost:", 1)


async def _in_data(stage: Stage) -> None:
    """Events whose documented and whose unknown fields hold the URL; what a partner does not know it may refuse."""
    for role, event in (*_documented(stage), ("extra", _extra(stage))):
        delivery = await stage.deliver(event, role, retry=True)
        if delivery.succeeded:
            await stage.until_effect(event, after=delivery.started)
    await stage.settle()


def _documented(stage: Stage) -> Iterator[tuple[str, Event]]:
    """An event of the first type whose payload has fields for URLs, with the URL in each of them."""
    for kind in stage.description.delivered_types:
        names = _url_fields(stage, kind)
        if names and "created" in kind.changes:
            event = stage.event(stage.make(kind.object_type), "created", age=30, event_type=kind, listed=False)
            yield "event", _with(event, {f"{stage.description.payload_at}/{name}": _url(stage, name) for name in names})
            return


def _url_fields(stage: Stage, kind: EventType) -> tuple[str, ...]:
    specification = stage.kit.specification
    document, at = specification.document, specification.payload_schema_at(kind.name)
    declared = {name: document.schema(document.locate(at, f"/{name}")) for name in document.properties(at)}
    return tuple(name for name, schema in declared.items() if schema.get("format") == "uri")


def _extra(stage: Stage) -> Event:
    """An event with fields that its schema does not declare."""
    kind = (gettable_types(stage.description) or told_types(stage.description))[0]
    event = stage.event(stage.make(kind), "created", age=30, listed=False)
    specification = stage.kit.specification
    declared = specification.document.properties(specification.payload_schema_at(event.type))
    at = stage.description.payload_at
    return _with(event, {at + path: _url(stage, name) for name, path in _EXTRA if name not in declared})


def _with(event: Event, fields: dict[str, Any]) -> Event:
    content = event.content
    for at, value in fields.items():
        content = pointer.write(content, at, value)
    return replace(event, content=content)


async def _in_redirect(stage: Stage) -> None:
    """The first try to get an object is redirected to the URL."""
    headers = ((b"Location", _url(stage, "moved").encode()),)
    status = int(stage.parameter)
    async with failing_fetch_of(stage, FaultKind.STATUS, times=1, status=status, headers=headers):
        await stage.until(
            "call of the bait", lambda: any(c.does == "bait" for c in stage.calls()), within=stage.waits.settle
        )

"""A support desk in Starlette: one event loop, a task per piece of work, nothing kept but in memory.

FeeWise (/hooks/feewise) is believed; when news comes of an object that the desk has never heard of, it also gets the
whole object. Wawex (/hooks/wawex/...) is asked, once for all the notifications of an object that have piled up.
Of the control endpoint it has `objects` and `create` only.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import json
import os
import random
import re
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

ENV = os.environ
LIMIT = 300_000
BASE = "/api/v3/partner"
TRIES = 5
# Notifications tend to come in swarms.
LULL = 0.7


# ---- reading a delivery


async def read_body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "application/json, please")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            raise HTTPException(413)
    return bytes(body)


def check_token(request: Request, name: str = "CONFORMANCE_WEBHOOK_TOKEN") -> None:
    expected = f"Bearer {ENV[name]}".encode()
    given = request.headers.get("authorization", "").encode("latin-1")
    if not hmac.compare_digest(expected, given):
        raise HTTPException(403 if given else 401)


def check_signature(request: Request, body: bytes) -> None:
    stamps = request.headers.getlist("x-feewise-webhook-signature-timestamp")
    signatures = request.headers.getlist("x-feewise-webhook-signature")
    if len(stamps) != 1 or len(signatures) != 1 or not re.fullmatch("[0-9]{1,11}", stamps[0]):
        raise HTTPException(401)
    if not -300 < time.time() - int(stamps[0]) < 300:
        raise HTTPException(401)
    mac = hmac.new(ENV["CONFORMANCE_SIGNING_SECRET"].encode(), digestmod="sha256")
    mac.update(f"{stamps[0]}.".encode())
    mac.update(body)
    if not hmac.compare_digest(base64.b64encode(mac.digest()), signatures[0].encode("latin-1")):
        raise HTTPException(401)


def read_json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(str(body, "utf-8"))
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if type(content) is not dict:
        raise HTTPException(400)
    return content


def texts(content: dict[str, Any], *names: str) -> list[str]:
    found = [content.get(name) for name in names]
    if not all(isinstance(each, str) and each for each in found):
        raise HTTPException(422)
    return found


# ---- what the desk knows


@dataclass
class Note:
    """One family of news about an object: the newest payload, and what a get has added to it."""

    at: float = float("-inf")
    told: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    gone: bool = False


class Desk:
    def __init__(self) -> None:
        self.handled: set[str] = set()
        self.notes: dict[tuple[str, str, str], dict[str, Note]] = defaultdict(dict)
        self.waiting: dict[tuple[str, str], list[str]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.gate = asyncio.Semaphore(30)
        self.http: httpx.AsyncClient

    def soon(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


desk = Desk()


# ---- calling the platforms


class Unavailable(Exception):
    """All tries were in vain."""


async def get_patiently(path: str, headers: dict[str, str]) -> dict[str, Any]:
    """Get until there is an answer: pauses double, with some chance in them, and Retry-After counts."""
    for number in range(TRIES):
        pause = 2**number * random.uniform(1.0, 1.3)
        with contextlib.suppress(httpx.HTTPError, ValueError):
            async with desk.gate:
                answer = await desk.http.get(path, headers=headers, timeout=4)
            if answer.status_code == 200 and isinstance(found := answer.json(), dict):
                return found
            if answer.status_code == 429:
                pause = max(pause, wished(answer))
            elif 400 <= answer.status_code < 500 and answer.status_code not in (401, 404, 408):
                break
        if pause > 60:
            break
        await asyncio.sleep(pause)
    raise Unavailable


def wished(answer: httpx.Response) -> float:
    value = answer.headers.get("retry-after", "")
    if value.isdigit():
        return float(value)
    with contextlib.suppress(ValueError, TypeError):
        return parsedate_to_datetime(value).timestamp() + 1 - time.time()
    return 0.0


def feewise_headers(correlation: str | None = None) -> dict[str, str]:
    if not correlation or not re.fullmatch(r"[!-~]{1,200}", correlation):
        correlation = str(uuid4())
    return {
        "x-channel-partner-id": ENV["CONFORMANCE_PARTNER_ID"],
        "x-api-key": ENV["CONFORMANCE_API_KEY"],
        "x-correlation-id": correlation,
    }


def wawex_headers() -> dict[str, str]:
    return {"authorization": "Bearer " + ENV["CONFORMANCE_API_KEY"]}


# ---- FeeWise

ABOUT = [
    (r"artifact\.invoice\.", "invoice", "invoice_id", "/invoices/{invoice_id}", "invoice"),
    (
        r"artifact\.trust-deposit\.",
        "trust-deposit",
        "trust_deposit_id",
        "/trust-deposits/{trust_deposit_id}",
        "trust_deposit",
    ),
    (r"artifact\.statement\.", "statement", "statement_id", None, None),
    (r"artifact\.charge\.", "charge", "charge_id", None, None),
    (r"payment\.", "payment", "payment_id", None, None),
    (r"payout\.", "payout", "payout_reference", None, None),
    (r"firm\.bank-account\.", "bank-account", "account_id", "/firms/{firm_id}/accounts/{account_id}", "account"),
    (r"firm\.", "firm", "firm_id", "/firms/{firm_id}", "firm"),
    (r"webhook\.", "webhook", "webhook_id", None, None),
]


async def feewise(request: Request) -> Response:
    body = await read_body(request)
    check_token(request)
    check_signature(request, body)
    event = read_json(body)
    event_id, event_type = texts(event, "event_id", "event_type")
    payload = event.get("event")
    if not isinstance(payload, dict):
        raise HTTPException(422)
    at = instant(event.get("created_at"))
    about = next((row for row in ABOUT if re.match(row[0], event_type)), None)
    if about is not None and event_id not in desk.handled:
        texts(payload, about[2])
        desk.handled.add(event_id)
        learn(about, event_type, at, payload, request.headers.get("x-correlation-id"))
    return Response(status_code=204)


def instant(text: Any) -> float:
    if text is None:
        return time.time()
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise HTTPException(422) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def learn(about: Any, event_type: str, at: float, payload: dict[str, Any], correlation: str | None) -> None:
    _, kind, id_field, path, member = about
    family = event_type if kind == "firm" else kind
    key = (kind, str(payload.get("firm_id", "")), payload[id_field])
    is_new = key not in desk.notes
    note = desk.notes[key].setdefault(family, Note())
    if at < note.at or (event_type == "payout.paid" and note.told.get("status") == "Failed"):
        return
    note.at, note.told, note.gone = at, payload, event_type.endswith(".deleted")
    if is_new and path is not None and event_type.endswith(".updated"):
        desk.soon(complete(note, path.format_map(payload), member, correlation))


async def complete(note: Note, path: str, member: str, correlation: str | None) -> None:
    """The whole of an object of which only news has come; what the news say counts."""
    with contextlib.suppress(Unavailable):
        found = await get_patiently(BASE + path, feewise_headers(correlation))
        if isinstance(found.get(member), dict):
            note.more = found[member]


# ---- Wawex

KINDS = """
customer natural-person identification-verification document partner-document onboarding customer-product
legal-entity-search labels-update transfer digital-asset-order proxy beneficial-owner user re-token-prices strategy
offboarding legal-entity legal-representative traditional-asset-order partner joint-person tax-exemption-order
corporate-action savings-plans tokenized-asset-order
""".split()
TYPE_OF = {k: k.upper().replace("-", "_") + ("" if k == "re-token-prices" else "_NOTIFICATION") for k in KINDS}


def wawex(kind: str) -> Any:
    async def notified(request: Request) -> Response:
        check_token(request)
        notice = read_json(await read_body(request))
        event_id, object_id, event_type, change, _, _ = texts(
            notice, "id", "objectId", "eventType", "event", "objectType", "occurredOn"
        )
        if not re.fullmatch("[0-9A-Fa-f-]{36}", object_id):
            raise HTTPException(422)
        if event_type == TYPE_OF[kind] and event_id not in desk.handled:
            desk.handled.add(event_id)
            if change == "DELETED":
                desk.notes.pop((kind, "", object_id), None)
            elif (kind, object_id) in desk.waiting:
                desk.waiting[kind, object_id].append(event_id)
            else:
                desk.waiting[kind, object_id] = [event_id]
                desk.soon(refresh(kind, object_id))
        return Response(status_code=200)

    return notified


async def refresh(kind: str, object_id: str) -> None:
    """Get an object again and again until no notification has come since the last get began."""
    waiting = desk.waiting[kind, object_id]
    while waiting:
        await asyncio.sleep(LULL)
        answered, waiting[:] = list(waiting), []
        try:
            found = await get_patiently(f"/{kind}s/{object_id}", wawex_headers())
        except Unavailable:
            desk.handled.difference_update(answered)
            continue
        remember(kind, found)
    del desk.waiting[kind, object_id]


def remember(kind: str, found: dict[str, Any]) -> None:
    note = desk.notes[kind, "", str(found.get("id"))].setdefault(kind, Note())
    if note.at <= found.get("version", 0):
        note.at, note.told = found.get("version", 0), found


# ---- the control endpoint


async def offers(request: Request) -> Response:
    check_token(request, "CONFORMANCE_CONTROL_TOKEN")
    return JSONResponse({"offers": ["objects", "create"]})


async def objects(request: Request) -> Response:
    check_token(request, "CONFORMANCE_CONTROL_TOKEN")
    kind, object_id = request.path_params["kind"], request.path_params["object_id"]
    tenant = request.query_params.get("tenant", "")
    notes = desk.notes.get((kind, tenant, object_id)) or desk.notes.get((kind, "", object_id)) or {}
    whole: dict[str, Any] = {}
    for note in sorted(notes.values(), key=lambda note: note.at):
        whole = {} if note.gone else {**whole, **note.more, **note.told}
    return JSONResponse(whole) if whole else Response(status_code=404)


async def create(request: Request) -> Response:
    check_token(request, "CONFORMANCE_CONTROL_TOKEN")
    kind = (await request.json())["object_type"]
    body: dict[str, Any] = {}
    if kind in ("customer", "transfer"):
        path, headers, member = f"/{kind}s", wawex_headers(), None
    elif kind in ("invoice", "trust-deposit"):
        path, headers, member = f"{BASE}/{kind}s", feewise_headers(), kind.replace("-", "_")
        body = {"firm_id": str(uuid4()), "external_id": uuid4().hex, "amount": "75.10", "currency": "NZD"}
    else:
        return Response(status_code=501)
    try:
        answer = await desk.http.post(path, headers=headers, json=body, timeout=60)
        answer.raise_for_status()
        made = answer.json()[member] if member else answer.json()
    except (httpx.HTTPError, ValueError, KeyError):
        return Response(status_code=502)
    if member is None:
        remember(kind, made)
        return JSONResponse({"id": made["id"]})
    object_id = made[f"{member}_id"]
    desk.notes[kind, made["firm_id"], object_id].setdefault(kind, Note(told=made))
    return JSONResponse({"id": object_id})


@asynccontextmanager
async def life(_: Starlette) -> Any:
    async with httpx.AsyncClient(base_url=ENV["PARTNER_API_URL"]) as desk.http:
        yield


app = Starlette(
    routes=[
        Route("/hooks/feewise", feewise, methods=["POST"]),
        Mount("/hooks/wawex", routes=[Route(f"/{kind}", wawex(kind), methods=["POST"]) for kind in KINDS]),
        Route("/control", offers),
        Route("/control/objects/{kind}/{object_id}", objects),
        Route("/control/create", create, methods=["POST"]),
    ],
    lifespan=life,
)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(ENV["PARTNER_PORT"]), log_level="warning")

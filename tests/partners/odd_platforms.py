"""What the odd partner knows of FeeWise and of Wawex: events, objects, paths. Reading, nothing else."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NoReturn, TypeAlias
from urllib.parse import quote

__all__ = ["PLATFORMS", "Event", "Kind", "Platform", "UnfitError", "moment", "plain", "read_event", "stamp"]

Json: TypeAlias = dict[str, Any]

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class UnfitError(ValueError):
    """A document that is no event of this platform; the text may be shown to the sender."""


@dataclass(frozen=True, slots=True)
class Kind:
    """An object type: where its ids are, the path of its get and where its answer holds it, and how one is made."""

    id: str
    tenant: str = ""
    get: str = ""
    inside: str = ""
    create: str = ""
    body: Callable[[], Json] | None = None
    update: str = ""
    find: str = ""
    needs: Mapping[str, type | tuple[type, ...]] = field(default_factory=dict)

    def path(self, template: str, values: Mapping[str, Any]) -> str:
        """Fill a path in; an empty text where a value is missing."""
        names = re.findall(r"{(\w+)}", template)
        if not template or not all(isinstance(values.get(name), str) and values[name] for name in names):
            return ""
        return template.format(**{name: quote(values[name], safe="") for name in names})


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it was read; `time` is in microseconds, `kind` empty where the type is not known."""

    id: str
    type: str
    kind: str
    change: str
    object_id: str
    tenant: str
    time: int
    data: Json


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform; `types` tells the object type and the change of each type of event that names both."""

    name: str
    prefix: str
    thin: bool
    kinds: Mapping[str, Kind]
    types: Mapping[str, tuple[str, str]]
    final: frozenset[str] = frozenset()


def plain(name: str) -> str:
    """An id in the spelling in which it is kept: uuids mean the same in any case."""
    return name.lower() if _UUID.fullmatch(name) else name


def moment(text: Any) -> int | None:
    """Microseconds since 1970, None for what is no time."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round((read.replace(tzinfo=read.tzinfo or UTC)).timestamp() * 1_000_000)


def stamp(seconds: float) -> str:
    """The same moment as the platforms write it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_event(platform: Platform, document: Any) -> Event:
    """Read the document of a delivery, or of a list of events.

    Raises UnfitError.
    """
    if not isinstance(document, dict):
        raise UnfitError("an event is an object")
    return _thin(platform, document) if platform.thin else _thick(platform, document)


def finite(text: str) -> float:
    """A number that there is; the parser's hook for numbers with a fraction or an exponent."""
    number = float(text)
    return number if math.isfinite(number) else no_number(text)


def no_number(text: str) -> NoReturn:
    """The parser's hook for what JSON does not have."""
    raise UnfitError("a number is out of range")


def _thick(platform: Platform, document: Json) -> Event:
    name, kind_of = _name(document, "event_id"), _name(document, "event_type")
    data = document.get("event")
    if not isinstance(data, dict):
        raise UnfitError("event is not an object")
    time = moment(document["created_at"]) if "created_at" in document else 0
    if time is None:
        raise UnfitError("created_at is not a time")
    kind, change = platform.types.get(kind_of, ("", ""))
    if not kind:
        return Event(plain(name), kind_of, "", "", "", "", time, data)
    known = platform.kinds[kind]
    for key, wanted in known.needs.items():
        if not isinstance(data.get(key), wanted):
            raise UnfitError(f"{key} is missing or of another type")
    tenant = plain(data.get(known.tenant) or "") if known.tenant else ""
    return Event(plain(name), kind_of, kind, change, plain(_name(data, known.id)), tenant, time, data)


def _thin(platform: Platform, document: Json) -> Event:
    words = {key: _name(document, key) for key in ("id", "objectId", "objectType", "eventType", "event")}
    time = moment(document.get("occurredOn"))
    if time is None:
        raise UnfitError("occurredOn is not a time")
    if not re.fullmatch(r"[\w.~:-]{1,200}", words["objectId"], re.ASCII):
        raise UnfitError("objectId is not an id")
    kind, _ = platform.types.get(words["eventType"], ("", ""))
    change = words["event"].lower()
    return Event(plain(words["id"]), words["eventType"], kind, change, plain(words["objectId"]), "", time, {})


def _name(document: Json, key: str) -> str:
    found = document.get(key)
    if not isinstance(found, str) or not found or not found.isprintable():
        raise UnfitError(f"{key} is missing or is not a name")
    return found


def _fresh() -> str:
    return str(uuid.uuid4())


def _bill() -> Json:
    return {"firm_id": _fresh(), "external_id": _fresh(), "amount": "120.50", "currency": "NZD"}


def _charge() -> Json:
    return {"external_id": _fresh(), "amount": "12.00", "currency": "NZD"}


def _firm() -> Json:
    return {"external_id": _fresh(), "legal_name": "Quay Street Law", "trading_name": "Quay Street"}


def _account() -> Json:
    return {
        "country_code": "NZ",
        "account_name": "Quay Street Law",
        "account_type": "Checking",
        "account_holder_type": "Company",
        "account_number": "0001234",
        "branch_code": "010203",
        "metadata": {},
    }


_BILL: Final = {"firm_id": str, "external_id": str, "amount": str, "amount_due": str, "currency": str, "status": str}
_PAID: Final = {"payment_id": str, "firm_id": str, "amount_paid": str}

_FEEWISE_KINDS: Final = {
    "invoice": Kind(
        id="invoice_id",
        tenant="firm_id",
        get="/invoices/{invoice_id}",
        inside="invoice",
        create="/invoices",
        body=_bill,
        find="/invoices/firm/{firm_id}/{external_id}",
        needs={"invoice_id": str, **_BILL},
    ),
    "trust-deposit": Kind(
        id="trust_deposit_id",
        tenant="firm_id",
        get="/trust-deposits/{trust_deposit_id}",
        inside="trust_deposit",
        create="/trust-deposits",
        body=_bill,
        find="/trust-deposits/firm/{firm_id}/{external_id}",
        needs={"trust_deposit_id": str, **_BILL},
    ),
    "charge": Kind(
        id="charge_id",
        tenant="firm_id",
        inside="charge",
        create="/firms/{firm_id}/charges",
        body=_charge,
        needs={"charge_id": str, "firm_id": str},
    ),
    "statement": Kind(id="statement_id", tenant="firm_id", needs={"statement_id": str, "firm_id": str}),
    "payment": Kind(id="payment_id", tenant="firm_id", needs=_PAID),
    "payout": Kind(
        id="payout_reference",
        tenant="firm_id",
        get="/payouts/firms/{firm_id}",
        inside="payouts",
        needs={
            "payout_reference": str,
            "payout_total": str,
            "firm_id": str,
            "date": str,
            "status": str,
            "account": dict,
            "transactions": list,
        },
    ),
    "firm": Kind(
        id="firm_id",
        tenant="firm_id",
        get="/firms/{firm_id}",
        inside="firm",
        create="/firms",
        body=_firm,
        needs={"firm_id": str},
    ),
    "bank-account": Kind(
        id="account_id",
        tenant="firm_id",
        get="/firms/{firm_id}/accounts/{account_id}",
        inside="account",
        create="/firms/{firm_id}/accounts",
        body=_account,
        needs={"account_id": str, "firm_id": str, **dict.fromkeys(_account(), str), "metadata": dict},
    ),
    "webhook": Kind(id="webhook_id", needs={"webhook_id": str}),
}

_FEEWISE_TYPES: Final = {
    "artifact.invoice.created": ("invoice", "created"),
    "artifact.invoice.updated": ("invoice", "updated"),
    "artifact.trust-deposit.created": ("trust-deposit", "created"),
    "artifact.trust-deposit.updated": ("trust-deposit", "updated"),
    "artifact.statement.created": ("statement", "created"),
    "artifact.charge.created": ("charge", "created"),
    "artifact.charge.updated": ("charge", "updated"),
    "payment.successful": ("payment", "updated"),
    "payment.processing": ("payment", "created"),
    "payment.failed": ("payment", "updated"),
    "payment.authorised": ("payment", "created"),
    "payout.paid": ("payout", "created"),
    "payout.failed": ("payout", "updated"),
    "firm.status.updated": ("firm", "updated"),
    "firm.bank-account.created": ("bank-account", "created"),
    "firm.bank-account.updated": ("bank-account", "updated"),
    "firm.bank-account.deleted": ("bank-account", "deleted"),
    "firm.surcharge-settings.updated": ("firm", "updated"),
    "firm.pricing.updated": ("firm", "updated"),
    "webhook.created": ("webhook", "created"),
    "webhook.updated": ("webhook", "updated"),
    "webhook.deleted": ("webhook", "deleted"),
    "webhook.triggered": ("webhook", "updated"),
    "webhook.sent": ("webhook", "updated"),
    "webhook.failed": ("webhook", "updated"),
}

_WAWEX_OWN: Final = (
    *("customer", "natural-person", "customer-product", "legal-entity", "transfer", "digital-asset-order"),
    *("traditional-asset-order", "tax-exemption-order", "tokenized-asset-order"),
)
_WAWEX_ITS: Final = (
    *("identification-verification", "document", "partner-document", "onboarding", "legal-entity-search"),
    *("labels-update", "proxy", "beneficial-owner", "user", "re-token-prices", "strategy", "offboarding"),
    *("legal-representative", "partner", "joint-person", "corporate-action", "savings-plans"),
)


def _wawex_kind(name: str) -> Kind:
    path = f"/{name}s/{{id}}"
    if name in _WAWEX_ITS:
        return Kind(id="id", get=path)
    return Kind(id="id", get=path, create=f"/{name}s", body=lambda: {"reference": _fresh()}, update=path)


def _wawex_type(name: str) -> str:
    told = name.upper().replace("-", "_")
    return told if told == "RE_TOKEN_PRICES" else f"{told}_NOTIFICATION"


PLATFORMS: Final = {
    "feewise": Platform(
        name="feewise",
        prefix="/api/v3/partner",
        thin=False,
        kinds=_FEEWISE_KINDS,
        types=_FEEWISE_TYPES,
        final=frozenset({"payout.failed"}),
    ),
    "wawex": Platform(
        name="wawex",
        prefix="",
        thin=True,
        kinds={name: _wawex_kind(name) for name in (*_WAWEX_OWN, *_WAWEX_ITS)},
        types={_wawex_type(name): (name, "") for name in (*_WAWEX_OWN, *_WAWEX_ITS)},
    ),
}

"""Small platforms that deliver in every form there is: of each a description and a document, written into a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from conformance.platform.specification import Specification, read_specification

__all__ = ["FORMS", "formed", "written"]

FORMS: Final = ("headers", "structured", "binary", "form", "batch")
_ULID: Final = "^01[0-9A-HJKMNP-TV-Z]{24}$"
_SIGNED: Final = {
    "preset": "github",
    "headers": {"X-Hub-Signature-256": "sha256={signature}"},
}
_ORDER: Final = {"type": "object", "required": ["id", "state"], "properties": {"state": {"type": "string"}}}


def _order(identity: Mapping[str, Any]) -> dict[str, Any]:
    """An order, with ids of that schema."""
    fields = {
        "id": identity,
        "state": {"enum": ["open", "paid", "sent", "closed"]},
        "total": {"type": "string", "pattern": "^[0-9]{1,6}\\.[0-9]{2}$"},
        "note": {"type": "string"},
        "customer_id": {"type": "integer", "minimum": 1_000_000},
        "updated_at": {"type": "string", "format": "date-time"},
    }
    required = ["id", "state", "updated_at"]
    return {"type": "object", "required": required, "properties": fields}


def _cloud(name: str) -> dict[str, Any]:
    """A CloudEvent of a type that carries an order."""
    fields = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "pattern": "^evt_[A-Za-z0-9]{24}$"},
        "source": {"type": "string", "format": "uri-reference", "minLength": 1},
        "type": {"const": name},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "data": {"$ref": "#/components/schemas/Order"},
    }
    required = ["specversion", "id", "source", "type", "data"]
    return {"type": "object", "required": required, "properties": fields}


def _bare(_: str) -> dict[str, Any]:
    """An order and nothing else: headers say of which type the event is."""
    return {"$ref": "#/components/schemas/Order"}


def _plain(name: str) -> dict[str, Any]:
    """An event with all its parts in itself."""
    fields = {
        "event": {"const": name},
        "event_id": {"type": "string", "maxLength": 30},
        "at": {"type": "string", "format": "date-time"},
        "order": {"$ref": "#/components/schemas/Order"},
    }
    return {"type": "object", "required": ["event", "event_id", "order"], "properties": fields}


_IDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "headers": {"type": "integer", "format": "int64"},
    "structured": {"type": "string", "pattern": _ULID},
    "binary": {"type": "string", "pattern": "^ord_[A-Za-z0-9]{16}$"},
    "form": {"type": "integer", "minimum": 1, "maximum": 2_147_483_647},
    "batch": {"type": "string", "minLength": 21, "maxLength": 21, "pattern": "^[A-Za-z0-9_-]+$"},
}
_PLAIN_PLACES: Final = {"id": "/event_id", "type": "/event", "time": "/at", "payload": "/order"}
_PLACES: Final[Mapping[str, Mapping[str, Any]]] = {
    "headers": {
        "id": {"header": "X-Shop-Delivery"},
        "type": {"header": "X-Shop-Event"},
        "time": {"header": "X-Shop-Triggered-At"},
        "payload": "",
        "ids": {"pattern": "^[A-Za-z0-9_-]{21}$"},
    },
    "structured": {},
    "binary": {},
    "form": _PLAIN_PLACES,
    "batch": {},
}
_DELIVERIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "headers": {},
    "structured": {"form": "cloudevents-structured"},
    "binary": {"form": "cloudevents-binary", "headers": {"ce-source": "/shop/orders"}},
    "form": {"form": "form", "field": "payload"},
    "batch": {"form": "batch", "content_type": "application/cloudevents-batch+json"},
}
_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "order.made": ("created",),
    "order.changed": ("updated",),
    "order.closed": ("status-changed",),
}


def _document(form: str) -> dict[str, Any]:
    bodies = {"form": _plain, "structured": _cloud, "batch": _cloud}
    body = bodies.get(form, _bare)
    order = {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
    identity = _IDS[form]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "webhooks": {
            name: {"post": {"requestBody": {"content": {"application/json": {"schema": body(name)}}}, "responses": {}}}
            for name in _TYPES
        },
        "paths": {
            "/orders/{id}": {
                "get": {
                    "operationId": "getOrder",
                    "parameters": [{"in": "path", "name": "id", "required": True, "schema": identity}],
                    "responses": {"200": {"description": "found", "content": order}},
                }
            },
            "/orders": {
                "post": {
                    "operationId": "createOrder",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    "responses": {"200": {"description": "made", "content": order}},
                }
            },
        },
        "components": {"schemas": {"Order": _order(identity)}},
    }


def _description(form: str) -> dict[str, Any]:
    return {
        "format": 1,
        "name": f"shop-{form}",
        "title": f"Shop ({form})",
        "document": "openapi.json",
        "deliveries": {"endpoints": "one", "user_agent": "Shop", **_DELIVERIES[form]},
        "events": {
            "style": "thick",
            **_PLACES[form],
            "unknown_type": "order.unheard",
            "types": {name: {"object_type": "order", "changes": list(changes)} for name, changes in _TYPES.items()},
        },
        "acknowledgement": {"limit": 5, "refused": [401]},
        "signature": _SIGNED,
        "api": {"credentials": {"Authorization": "Bearer {api_key}"}, "error": {"message": "{detail}"}},
        "object_types": {
            "order": {
                "id": "/id",
                "modified": "/updated_at",
                "origin": ["partner", "platform"],
                "changing": [{"at": "/state", "values": ["open", "paid", "sent"]}],
                "create_body": {"note": "one of mine {uuid}"},
            }
        },
        "operations": {
            "getOrder": {"does": "get", "object_type": "order", "keys": {"id": "/id"}, "answer": "{object}"},
            "createOrder": {"does": "create", "object_type": "order", "answer": "{object}"},
        },
        "order": {"object_types": ["order"]},
        "waits": {"effect": 4, "retry": 9},
    }


def written(form: str, folder: Path) -> Path:
    """Write the platform of a form; the path of its description."""
    (folder / "openapi.json").write_text(json.dumps(_document(form)), encoding="utf-8")
    path = folder / "platform.yaml"
    path.write_text(json.dumps(_description(form)), encoding="utf-8")
    return path


def formed(form: str, folder: Path) -> Specification:
    """The platform of a form, read."""
    return read_specification(str(written(form, folder)))

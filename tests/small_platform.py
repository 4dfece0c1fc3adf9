"""A platform in two files, small enough to read, that tests break in one place each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance import pointer
from conformance.errors import ConfigurationError

__all__ = ["DESCRIPTION", "DOCUMENT", "places", "platform"]

_CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Told"}}}
_THING = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}

DOCUMENT: Mapping[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1"},
    "webhooks": {"thing.told": {"post": {"requestBody": {"content": _CONTENT}, "responses": {}}}},
    "paths": {
        "/things/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": {
                "operationId": "getThing",
                "parameters": [
                    {"in": "query", "name": "size", "schema": {"type": "integer"}},
                    {"in": "header", "name": "X-Trace", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {"200": {"description": "found", "content": _THING}},
            },
        },
        "/things/newest": {
            "get": {
                "operationId": "getNewestThing",
                "responses": {"200": {"description": "found", "content": _THING}},
            }
        },
        "/things": {
            "post": {
                "operationId": "createThing",
                "security": [{"key": []}],
                "requestBody": {"required": True, "content": _THING},
                "responses": {"200": {"description": "made", "content": _THING}},
            }
        },
    },
    "components": {
        "parameters": {"Id": {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}},
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "schemas": {
            "Told": {
                "type": "object",
                "required": ["id", "type", "thing"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "type": {"const": "thing.told"},
                    "at": {"type": "string", "format": "date-time"},
                    "thing": {"$ref": "#/components/schemas/Thing"},
                },
            },
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string"}, "size": {"type": "integer"}},
            },
        },
    },
}

DESCRIPTION: Mapping[str, Any] = {
    "format": 1,
    "name": "small",
    "title": "Small",
    "document": "openapi.json",
    "deliveries": {"endpoints": "one", "user_agent": "Small"},
    "events": {
        "style": "thick",
        "id": "/id",
        "type": "/type",
        "time": "/at",
        "payload": "/thing",
        "unknown_type": "thing.unheard",
        "types": {"thing.told": {"object_type": "thing", "changes": ["created", "updated"]}},
    },
    "acknowledgement": {"limit": 5, "refused": [401]},
    "api": {"credentials": {"X-Key": "{api_key}"}, "error": {"message": "{detail}"}},
    "object_types": {
        "thing": {
            "id": "/id",
            "origin": ["platform"],
            "changing": [{"at": "/size", "values": [1, 2, 3]}],
            "create_body": {"id": "{uuid}"},
        }
    },
    "operations": {
        "getThing": {"does": "get", "object_type": "thing", "keys": {"id": "/id"}, "answer": "{object}"},
        "getNewestThing": {"does": "list", "object_type": "thing", "answer": "{objects}"},
        "createThing": {"does": "create", "object_type": "thing", "answer": "{object}"},
    },
    "assumptions": [{"at": "/acknowledgement", "reason": "Small names no limit."}],
}


def platform(
    folder: Path, *, description: Mapping[str, Any] | None = None, document: Mapping[str, Any] | None = None
) -> Path:
    """Write the platform with these values at these pointers; the path of its description."""
    said: Any = DESCRIPTION
    for at, value in (description or {}).items():
        said = pointer.write(said, at, value)
    declared: Any = DOCUMENT
    for at, value in (document or {}).items():
        declared = pointer.write(declared, at, value)
    (folder / "openapi.json").write_text(json.dumps(declared), encoding="utf-8")
    path = folder / "platform.yaml"
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def places(error: ConfigurationError) -> list[str]:
    """Where the problems of an error stand, without the folder."""
    return [problem.where.rpartition(" at ")[2] for problem in error.problems]

"""Platforms of the tests that ask a URL whether it wants deliveries: FeeWise in everything else.

No shipped platform asks. The forms are those of platforms that do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from conformance import pointer
from conformance.platform.description import Description, from_raw
from conformance.platform.description_file import locate
from conformance.platform.yaml_file import read_yaml

__all__ = ["HANDSHAKES", "description", "platform"]

_PING: Final = {
    "type": "webhook.ping",
    "object_type": "invoice",
    "body": {"event_id": "{id}", "event_type": "{type}", "created_at": "{time}", "event": "{object}"},
}
_VERIFICATION: Final = {"type": "url_verification", "challenge": "{challenge}", "token": "{token}"}
_OPTIONS: Final = {"origin": "feewise.example", "rate": 120}

# By name, what the platform asks: `everything` has each part of it.
HANDSHAKES: Final[Mapping[str, Any]] = {
    "everything": {
        "when": ["at-start", "at-subscription"],
        "limit": 4,
        "ping": _PING,
        "challenge": {
            "method": "POST",
            "body": _VERIFICATION,
            "signed": True,
            "answers": [{"json": {"/challenge": "{challenge}"}}, {"text": "{challenge}"}],
        },
        "options": _OPTIONS,
    },
    "posting": {
        "ping": _PING,
        "challenge": {
            "method": "POST",
            "body": {"type": "url_verification", "payload": {"text": "{challenge}"}},
            "signed": True,
            "answers": [{"json": {"/plain": "{challenge}", "/code": "sha256={proof}"}}],
            "proof": {"digest": "sha256", "encoding": "base64"},
        },
    },
    "getting": {
        "challenge": {
            "method": "GET",
            "query": {"hub.mode": "subscribe", "hub.challenge": "{challenge}", "hub.verify_token": "{token}"},
            "answers": [{"text": "{challenge}"}],
        },
    },
    "signing": {
        "challenge": {
            "method": "GET",
            "query": {"crc_token": "{challenge}", "nonce": "2f5b&c"},
            "signed": True,
            "answers": [{"json": {"/response_token": "sha256={proof}"}}],
            "proof": {"digest": "sha256", "encoding": "base64"},
        },
    },
    "granting": {"when": ["at-subscription"], "limit": 4, "options": _OPTIONS},
    "validating": {
        "when": ["at-subscription"],
        "refused": 422,
        "challenge": {
            "method": "POST",
            "query": {"validationToken": "{challenge}", "clientState": "{token}"},
            "answers": [{"text": "{challenge}", "content_type": "text/plain"}],
        },
    },
}


@cache
def _raw(name: str) -> Any:
    path = locate("feewise")
    raw = pointer.write(read_yaml(path), "/name", name)
    raw = pointer.write(raw, "/document", str(path.parent / raw["document"]))
    return pointer.write(raw, "/handshake", HANDSHAKES[name])


def description(name: str = "everything") -> Description:
    """The description of a platform."""
    return from_raw(_raw(name), Path())


def platform(folder: Path, name: str = "everything") -> Path:
    """Write a platform; the path of its description."""
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(_raw(name)), encoding="utf-8")
    return path

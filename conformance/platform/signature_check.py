"""What a signature in a description lacks or cannot use, and the presets that it may begin from."""

from __future__ import annotations

import difflib
import string
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from conformance.platform.yaml_file import read_yaml
from conformance.resources import schemas

__all__ = ["preset_names", "signature_mistakes", "unfolded"]

_ALWAYS: Final = frozenset({"preset", "scheme", "secret", "tolerance"})
_TEMPLATED: Final = frozenset(
    {"content", "encoding", "headers", "version", "unknown_version", "separator", "unit", "digest"}
)
# By scheme: what it needs, and what it can use besides.
_USES: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "hmac": (frozenset({"content", "encoding", "headers"}), _TEMPLATED),
    "ed25519": (frozenset({"content", "encoding", "headers"}), _TEMPLATED - {"digest"}),
    "own": (frozenset({"content", "encoding", "headers"}), _TEMPLATED - {"digest"}),
    "rfc9421": (frozenset({"algorithm", "components", "key_id"}), frozenset({"label"})),
    "jws": (frozenset({"algorithm", "headers"}), frozenset({"claims", "key_id"})),
}
_ALGORITHMS: Final = {
    "rfc9421": ("hmac-sha256", "ed25519"),
    "jws": ("HS256", "HS384", "HS512", "Ed25519"),
}
_CONTENT: Final = frozenset({"id", "timestamp", "body"})
_HEADER: Final = frozenset({"id", "timestamp", "signature"})
_CLAIM: Final = frozenset({"id", "timestamp"})


@cache
def _presets() -> Mapping[str, Any]:
    presets: Mapping[str, Any] = read_yaml(schemas() / "signatures.yaml")
    return presets


def preset_names() -> tuple[str, ...]:
    """The names of the schemes that ship with the kit."""
    return tuple(_presets())


def unfolded(raw: Any) -> Any:
    """The description with the preset of its signature in place; a preset that there is not stays as it is."""
    signature = raw.get("signature") if isinstance(raw, dict) else None
    if not isinstance(signature, dict) or signature.get("preset") not in preset_names():
        return raw
    preset = signature["preset"]
    return {**raw, "signature": {**_presets()[preset], **signature}}


def signature_mistakes(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the signature that a JSON Schema cannot tell in words: where, what, and a hint."""
    signature = raw.get("signature")
    if signature is None:
        return
    preset = signature.get("preset")
    if preset is not None and preset not in _presets():
        close = difflib.get_close_matches(preset, _presets(), 1)
        hint = " ".join([*(f"Is it {name!r}?" for name in close), f"Known presets: {', '.join(_presets())}."])
        yield "/signature/preset", f"no preset {preset!r}", hint
        return
    yield from _fields(signature)
    yield from _placeholders(signature)
    if signature.get("tolerance") is not None and not _tells_time(signature):
        hint = "Put {timestamp} where the platform sends it, or leave the tolerance out: no age can be judged."
        yield "/signature/tolerance", "nothing that is sent tells the time of signing", hint


def _fields(signature: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    scheme = signature.get("scheme", "hmac")
    needs, uses = _USES[scheme]
    known = ", ".join(sorted(needs | uses))
    for name in sorted(needs - signature.keys()):
        yield "/signature", f"the scheme {scheme} needs {name!r}", f"It takes: {known}."
    for name in sorted(signature.keys() - needs - uses - _ALWAYS):
        yield f"/signature/{name}", f"means nothing to the scheme {scheme}", f"It takes: {known}."
    algorithm = signature.get("algorithm")
    if scheme in _ALGORITHMS and algorithm is not None and algorithm not in _ALGORITHMS[scheme]:
        hint = f"It knows {', '.join(_ALGORITHMS[scheme])}."
        yield "/signature/algorithm", f"the scheme {scheme} knows no {algorithm!r}", hint


def _placeholders(signature: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    templates = [("/signature/content", signature.get("content", ""), _CONTENT)]
    for part, known in (("headers", _HEADER), ("claims", _CLAIM)):
        templates += [(f"/signature/{part}/{name}", value, known) for name, value in signature.get(part, {}).items()]
    for at, template, known in templates:
        for name in sorted(_names(template) - known):
            yield at, f"nothing is filled in for {{{name}}}", f"Known here: {', '.join(sorted(known))}."
    headers = signature.get("headers")
    if headers and not any("signature" in _names(value) for value in headers.values()):
        yield "/signature/headers", "no header carries {signature}", "Say in which header the signature stands."


def _names(template: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}
    except ValueError:
        return set()


def _tells_time(signature: Mapping[str, Any]) -> bool:
    if signature.get("scheme") == "rfc9421":
        return True  # it is told in every signature
    told = "claims" if signature.get("scheme") == "jws" else "headers"
    return any("timestamp" in _names(value) for value in signature.get(told, {}).values())

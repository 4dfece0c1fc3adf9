"""How long a large document takes: to check it, and to make its corpus, cold, warm, and for three of its event types.

    python benchmarks/documents.py [DOCUMENT]

Without a document one of 260 events and 5 MB is made up. Each step is a process of its own, as a user would start it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from conformance.inspection import inspect
from conformance.platform.document_file import read_document

_EVENTS = 260
_FIELDS = 30
_CHECK = "from conformance.cli import main; main()"
_READ = (
    "import sys; from pathlib import Path; from conformance.generate.corpus import read_corpus;"
    "from conformance.platform.specification import read_specification;"
    "read = read_corpus(read_specification(sys.argv[1]), Path(sys.argv[2]));"
    "print(len(read.events), 'types', 'schemathesis' in sys.modules and 'with the engine' or 'without the engine')"
)


def large_document() -> dict[str, Any]:
    """A document of 260 events, each with an object of 30 fields that refers to others; 5 MB in all."""
    shared = {f"Part{number}": _object(number, prose=1150) for number in range(_EVENTS)}
    for number in range(_EVENTS):
        shared[f"Part{number}"]["properties"]["part"] = {"$ref": f"#/components/schemas/Part{(number * 7) % _EVENTS}"}
    events = {f"part{number}.moved": _event(number) for number in range(_EVENTS)}
    info = {"title": "Large", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "webhooks": events, "components": {"schemas": shared}}


def _object(number: int, *, prose: int) -> dict[str, Any]:
    kinds: tuple[dict[str, Any], ...] = (
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "uri"},
        {"type": ["string", "null"], "maxLength": 40},
        {"type": "integer", "minimum": 0},
        {"type": "string", "enum": ["open", "shut", "lost"]},
        {"type": "array", "items": {"type": "string", "format": "uuid"}},
    )
    text = "What the field means, at some length. " * (prose // 38 // 2)
    fields = {f"field_{n}": {**kinds[(n + number) % len(kinds)], "description": text} for n in range(_FIELDS)}
    return {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}, **fields}}


def _event(number: int) -> dict[str, Any]:
    envelope = {
        "id": {"type": "string", "format": "uuid"},
        "type": {"const": f"part{number}.moved"},
        "at": {"type": "string", "format": "date-time"},
        "data": {"$ref": f"#/components/schemas/Part{number}"},
    }
    schema = {"type": "object", "required": list(envelope), "properties": envelope}
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}}


def described(document: Path, event_types: list[str], *, whole: bool, unsent: frozenset[str]) -> dict[str, Any]:
    """A description under which the kit writes what an event needs into any event, declared or not."""
    types = {name: {"object_type": "part", "changes": ["updated"]} for name in event_types}
    return {
        "format": 1,
        "name": "large",
        "title": "Large",
        "document": str(document.resolve()),
        "unlisted": {"operations": "unused"} if whole else {"operations": "unused", "event_types": "unused"},
        "deliveries": {"endpoints": "one", "user_agent": "Large"},
        "events": {
            "style": "thin",
            "id": "/id",
            "type": "/type",
            "time": "/at",
            "payload": "",
            "object_id": "/object_id",
            "unknown_type": "nothing.moved",
            "types": {name: {**event, "delivered": name not in unsent} for name, event in types.items()},
        },
        "acknowledgement": {"limit": 10, "refused": [401]},
        "api": {"credentials": {"Authorization": "Bearer {api_key}"}, "error": {"error": "{title}"}},
        "object_types": {"part": {"id": "/id", "origin": ["platform"]}},
        "operations": {},
    }


def timed(what: str, *command: str) -> None:
    """Run a step and print how long it took."""
    start, used = time.perf_counter(), _processor_time()
    result = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    last = (result.stdout + result.stderr).strip().rpartition("\n")[2][:100]
    taken = time.perf_counter() - start
    print(f"{what:<28} {taken:6.2f} s   {_processor_time() - used:6.2f} s of a processor   {last}")


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if len(sys.argv) > 1:
            document = Path(sys.argv[1])
        else:
            document = folder / "openapi.json"
            document.write_text(json.dumps(large_document()), encoding="utf-8")
        types = list(read_document(document).event_types)
        size = document.stat().st_size / 1e6
        print(f"{len(types)} events, {size:.1f} MB")
        unsent: frozenset[str] = frozenset()
        for _ in range(2):  # what the first check has something against is not sent
            for file, chosen in (("all", types), ("three", types[:3])):
                text = json.dumps(described(document, chosen, whole=file == "all", unsent=unsent))
                (folder / f"{file}.yaml").write_text(text, encoding="utf-8")
            found = inspect(str(folder / "all.yaml"))
            places = [told.where.rpartition("/")[2] for told in (*found.problems, *found.notes)]
            unsent = frozenset(types) & frozenset(places)
        print(f"{len(unsent)} of them cannot be sent under a description that fits all")
        timed("platforms --check", "-c", _CHECK, "platforms", "--check", str(folder / "all.yaml"))
        timed("corpus, cold", "-c", _READ, str(folder / "all.yaml"), str(folder / "cache"))
        timed("corpus, warm", "-c", _READ, str(folder / "all.yaml"), str(folder / "cache"))
        timed("corpus of three types, cold", "-c", _READ, str(folder / "three.yaml"), str(folder / "cache"))


if __name__ == "__main__":
    main()

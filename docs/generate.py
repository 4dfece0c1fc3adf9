"""Write the generated files, a page and a schema: `python docs/generate.py`, or with `--check` only compare."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.catalogue import shipped_catalogue
from conformance.journal_schema import journal_schema
from conformance.reference_page import page


def main() -> int:
    """Write, or compare; 1 when a page is out of date."""
    root = Path(__file__).parent.parent
    pages = {
        root / "docs" / "reference" / "requirements.md": page(shipped_catalogue()),
        root / "schemas" / "journal.schema.json": journal_schema(),
    }
    stale = [path for path, text in pages.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        print(*(f"out of date: {path.name}" for path in stale), sep="\n")
        return int(bool(stale))
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

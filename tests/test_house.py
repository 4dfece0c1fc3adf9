"""What holds for every file: format, rules, types, generated pages, and nothing of the machine it was written on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
FOLDERS: Final = (".ci", "benchmarks", "conformance", "docs", "schemas", "tests")
# Homes and temporary folders of some machine; written in pieces, or this line would find itself.
MACHINE: Final = re.compile("|".join(f"/{folder}/[a-z]" for folder in ("home", "Users", "root", "work", "tmp")))


def texts() -> list[Path]:
    """Every file that is text."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    found += [path for path in ROOT.iterdir() if path.suffix in {".md", ".toml"}]
    return [path for path in found if "__pycache__" not in path.parts and path.suffix not in {".pyc", ".png", ".gz"}]


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "ruff", "check"),
        ("-m", "ruff", "format", "--check"),
        ("-m", "mypy"),
        ("docs/generate.py", "--check"),
        ("docs/screenshots.py", "--check"),
    ],
    ids=" ".join,
)
def test_the_house_is_in_order(command: tuple[str, ...]) -> None:
    """Format, rules, types and generated pages are as the house wants them, and pictures show the page as it is."""
    result = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=900
    )

    assert 0 == result.returncode, result.stdout + result.stderr


def test_no_file_names_a_machine() -> None:
    """No file holds a path of the machine on which it was written."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if MACHINE.search(line)
    ]

    assert [] == found

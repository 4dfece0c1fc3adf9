"""What the plugin costs a pytest user who does not use it: paired, interleaved starts of pytest on one empty test.

    python benchmarks/start_up.py

Our own part is measured with the automatic loading of plugins off and only ours named; beside it stands what all
registered plugins cost together, those of our dependencies (schemathesis, hypothesis) included.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_ROUNDS = 15
_PLAIN = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
_HEAVY = ("schemathesis", "hypothesis", "httpx", "jsonschema", "jinja2", "h11", "openapi_core", "yaml")


def started(folder: Path, environment: dict[str, str], *arguments: str) -> float:
    """Seconds of one pytest run."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        rows = [
            (
                started(folder, _PLAIN),
                started(folder, _PLAIN, "-p", "conformance.plugin"),
                started(folder, dict(os.environ)),
            )
            for _ in range(_ROUNDS + 1)
        ][1:]
    without, ours, everything = (statistics.median(column) for column in zip(*rows, strict=True))
    ratio = statistics.median(b / a for a, b, _ in rows)
    print(f"pytest without plugins:            {without * 1000:.0f} ms (median of {_ROUNDS})")
    print(f"with ours registered, unused:      {ours * 1000:.0f} ms, {ratio:.2f}x pair by pair (aim: at most 1.15x)")
    print(f"with every registered plugin:      {everything * 1000:.0f} ms, {everything / without:.2f}x (dependencies')")
    code = "import sys, conformance.plugin; print(*(m for m in sys.argv[1:] if m in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code, *_HEAVY], check=True, capture_output=True, text=True)
    print(f"heavy modules that the plugin imports: {found.stdout.strip() or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How many verdicts flip when a run is repeated, with one seed and with others, with and without load.

    python benchmarks/stability.py --platform feewise --same 5 --different 10 --at-once 2
    python benchmarks/stability.py --platform wawex --same 5 --burn 2

Each run is a pytest of its own against the demo partner. A verdict flips when two runs decide a requirement
differently; where one run decides it and another leaves it open (NOT_ASSESSABLE), it is counted as left open. Prints a
Markdown table and what flipped; exits with 1 when a verdict flipped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_OPEN: Final = frozenset({"NOT_ASSESSABLE", "NOT_RUN"})


@dataclass(frozen=True, slots=True)
class Record:
    """One run: its seed, the verdict of each requirement."""

    seed: int
    verdicts: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Twelve digits that two runs share when every verdict is the same."""
        return hashlib.sha256(json.dumps(self.verdicts, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Tally:
    """What several runs have in common, and what not."""

    runs: int
    digests: Mapping[str, int]
    flipped: tuple[str, ...]
    left_open: tuple[str, ...]


def tally(records: Sequence[Record]) -> Tally:
    """Compare the runs, requirement by requirement."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        for name, verdict in record.verdicts.items():
            seen[name][verdict] += 1
    decided = {name: {verdict for verdict in counts if verdict not in _OPEN} for name, counts in seen.items()}
    return Tally(
        runs=len(records),
        digests=Counter(record.digest for record in records),
        flipped=tuple(_told(name, seen[name]) for name in sorted(seen) if len(decided[name]) > 1),
        left_open=tuple(
            _told(name, seen[name]) for name in sorted(seen) if len(decided[name]) == 1 and len(seen[name]) > 1
        ),
    )


def _told(name: str, counts: Mapping[str, int]) -> str:
    return f"{name} ({', '.join(f'{verdict} {count}' for verdict, count in sorted(counts.items()))})"


def run(platform: str, seed: int) -> Record:
    """One run against the demo partner, as a user would start it."""
    with tempfile.TemporaryDirectory(prefix="conformance-stability-") as folder:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--partner-url=demo"]
        command += [f"--platform={platform}", f"--conformance-seed={seed}", "--report-dir=reports"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CONFORMANCE_")}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        report = Path(folder) / "reports" / "report.json"
        if not report.exists():
            raise SystemExit(f"no report came of seed {seed}:\n{done.stdout}{done.stderr}")
        content = json.loads(report.read_text(encoding="utf-8"))
        return Record(seed, {each["id"]: each["verdict"] for each in content["requirements"]})


@contextmanager
def burning(processes: int) -> Iterator[None]:
    """So many processes compute all the while."""
    started = [multiprocessing.Process(target=_compute, daemon=True) for _ in range(processes)]
    for process in started:
        process.start()
    try:
        yield
    finally:
        for process in started:
            process.kill()


def _compute() -> None:
    while True:
        pass


def main() -> int:
    """Make the runs, print what they have in common."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--platform", default="feewise", help="a name, or the path of a description")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the runs that share one (default 1)")
    parser.add_argument("--same", type=int, default=5, metavar="N", help="runs with that seed (default 5)")
    parser.add_argument("--different", type=int, default=0, metavar="N", help="runs with a seed of their own each")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="runs side by side (default 1)")
    parser.add_argument("--burn", type=int, default=0, metavar="N", help="processes that compute all the while")
    asked = parser.parse_args()
    seeds = [asked.seed] * asked.same + [1000 + number for number in range(asked.different)]
    with burning(asked.burn), ThreadPoolExecutor(asked.at_once) as pool:
        records = list(pool.map(lambda seed: run(asked.platform, seed), seeds))
    groups = {f"seed {asked.seed}": records[: asked.same], "other seeds": records[asked.same :], "all": records}
    print("| platform | load | runs | how many | different digests | flipped | left open |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    load = f"{asked.at_once} at once" + (f", {asked.burn} burning" if asked.burn else "")
    for name, group in groups.items():
        if group:
            t = tally(group)
            found = (", ".join(t.flipped) or "none", ", ".join(t.left_open) or "none")
            print(f"| {asked.platform} | {load} | {name} | {t.runs} | {len(t.digests)} | {found[0]} | {found[1]} |")
    return 1 if tally(records).flipped else 0


if __name__ == "__main__":
    sys.exit(main())

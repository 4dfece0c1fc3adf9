"""How long a run takes, as ratios measured in one go against the demo partner on FeeWise.

    python benchmarks/run_time.py

1. The run against as many requests sent one after another with plain httpx: what a hand-written loop would cost.
2. Stories that overlap against one story at a time.
3. Stories that overlap against the bound that no schedule beats: calibration, the longest story, the exclusive ones.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from conformance.exchange import Delivery
from conformance.journal import read_journal
from conformance.kit import Secrets
from conformance.partner_process import start_demo
from conformance.run import Run
from conformance.settings import Settings, read_settings
from conformance.transcript import Play, Transcript

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: seconds from its first play to its last, its bound, and what it sent."""

    seconds: float
    bound: float
    deliveries: tuple[Delivery, ...]


def settings(folder: Path, concurrency: int) -> Settings:
    """Settings for the demo partner."""
    options = {
        "partner_url": "demo",
        "platform": "feewise",
        "report_dir": str(folder),
        "conformance_concurrency": str(concurrency),
        "conformance_seed": "1",
    }
    return read_settings(options, os.environ, folder)


def played(concurrency: int) -> Measured:
    """Play a whole run."""
    with tempfile.TemporaryDirectory() as name:
        chosen = settings(Path(name), concurrency)
        run = Run(chosen, chosen.programme())
        run.start()
        while not run.wait(60):
            pass
        run.finish()
        return _measured(read_journal(Path(name) / "journal.jsonl"))


def _measured(transcript: Transcript) -> Measured:
    plays = transcript.plays

    def length(play: Play) -> float:
        return play.ended - play.started

    alone = sum(length(play) for play in plays if play.alone)
    longest = max(length(play) for play in plays if not play.alone)
    seconds = max(p.ended for p in plays) - min(p.started for p in plays)
    deliveries = tuple(e for e in transcript.exchanges() if isinstance(e, Delivery))
    return Measured(seconds, alone + longest, deliveries)


async def sent_in_turn(deliveries: tuple[Delivery, ...]) -> float:
    """Seconds to send as many requests of the same sizes one after another with plain httpx."""
    with tempfile.TemporaryDirectory() as name:
        secrets = Secrets(*("benchmark-only-0123456789" for _ in range(5)))
        specification = settings(Path(name), 1).specification
        process, url, _ = await start_demo(
            specification, secrets, api_url="http://127.0.0.1:9", defect="", folder=Path(name)
        )
        try:
            async with httpx.AsyncClient() as client:
                began = time.perf_counter()
                for delivery in deliveries:
                    await client.post(url, content=delivery.request.body)
                return time.perf_counter() - began
        finally:
            await process.stop()


def main() -> int:
    """Measure and print."""
    together = [played(32) for _ in range(_ROUNDS)]
    in_turn = [asyncio.run(sent_in_turn(together[0].deliveries)) for _ in range(_ROUNDS)]
    one_by_one = played(1)
    seconds = statistics.median(m.seconds for m in together)
    bound = statistics.median(m.seconds / m.bound for m in together)
    loop = statistics.median(in_turn)
    print(f"a run on FeeWise: {seconds:.2f} s, {len(together[0].deliveries)} deliveries (median of {_ROUNDS})")
    print(f"1. against the same number of requests in a plain httpx loop ({loop:.2f} s): {seconds / loop:.2f}x")
    print(
        f"2. one story at a time ({one_by_one.seconds:.1f} s) against overlapping: {one_by_one.seconds / seconds:.1f}x"
    )
    print(f"3. overlapping against its bound: {bound:.2f}x (aim: at most 1.5x)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

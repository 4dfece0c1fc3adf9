"""A partner that says two hundred texts that mean harm, on the wire: what is written and said of it is harmless."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

import pytest

from conformance.journal import read_journal
from hostile_payloads import COMMAND, UNSEEN, on_the_wire
from kit_process import SECRETS, command, free_port, kit
from talking_partner import talking

_RUN: Final = ("ACK-01", "SIG-01", "DUP-01", "FET-01", "COR-01", "ORD-01")
_LOUDLY: Final = ("-vv", "-l", "--tb=long", "-rA", "--log-level=DEBUG", "-o", "log_cli=true")
# So many texts at once, or a run would have to be long for all of them to be said.
_AT_ONCE: Final = 8


@pytest.mark.parametrize("spread", [(), ("-n", "2", "-p", "xdist")], ids=["alone", "spread"])
def test_what_is_told_of_a_hostile_partner_is_harmless(tmp_path: Path, spread: tuple[str, ...]) -> None:
    """On the terminal, in the log of a pipeline, and in every file for people or programs."""
    with free_port() as port, talking(on_the_wire(_AT_ONCE), api_port=port) as url:
        done = kit(
            tmp_path,
            *(word for name in _RUN for word in ("--requirement", name)),
            f"--platform-bind=127.0.0.1:{port}",
            f"--partner-control-url={url}/control",
            *_LOUDLY,
            *spread,
            partner=f"{url}/hook",
            environment=SECRETS,
        )
    told = command(tmp_path, "judge", "reports/journal.jsonl")
    reports = tmp_path / "reports"
    shown = {path.name: path.read_text(encoding="utf-8") for path in (reports / "report.html", reports / "summary.md")}

    for name, text in {**shown, "pytest": done.output, "judge": told.output}.items():
        assert (name, []) == (name, [UNSEEN.findall(line) for line in text.split("\n") if UNSEEN.search(line)])
        # A page is not printed into a log.
        commands = [line for line in text.split("\n") if COMMAND.search(line)] if name != "report.html" else []
        assert (name, []) == (name, commands)
    # What its control endpoint says may be past belief, and then nothing is known.
    assert told.status in {1, 3}
    assert "INTERNALERROR" not in done.output
    # ElementTree refuses what XML 1.0 does.
    assert len(ET.parse(reports / "junit.xml").findall(".//testcase")) > len(_RUN)  # noqa: S314  # our own
    assert "conforms" != json.loads((reports / "report.json").read_text(encoding="ascii"))["verdict"]
    read = read_journal(reports / "journal.jsonl")
    exchanges = json.loads((reports / "exchanges.har").read_text(encoding="utf-8"))["log"]["entries"]
    assert len(tuple(read.exchanges())) == len(exchanges) > 2 * len(on_the_wire(_AT_ONCE))

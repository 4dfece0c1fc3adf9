"""A partner that the kit starts itself, with secrets that the operator chose."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.partner_process import profile
from conformance.platform.specification import read_specification
from kit_process import SECRETS, Finished, free_port, kit, report
from processes import left_of


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    """A run, as loud as pytest can be, against a started partner that accepts unsigned events."""
    folder = tmp_path_factory.mktemp("command")
    known = folder / "profile.json"
    known.write_text(json.dumps(profile(read_specification("feewise"))), encoding="utf-8")
    with free_port() as partner, free_port() as api:
        settings = {
            "PARTNER_PROFILE": str(known),
            "PARTNER_PORT": str(partner),
            "PARTNER_API_URL": f"http://127.0.0.1:{api}",
            "PARTNER_DEFECT": "accepts-unsigned-events",
            "LEFT_BY_TEST": folder.name,
        }
        url = f"http://127.0.0.1:{partner}"
        done = kit(
            folder,
            *("--requirement=SIG-01", "--requirement=SIG-13", "--requirement=OWN-01", "-vv", "-l", "-s", "-rA"),
            *("--platform-bind", f"127.0.0.1:{api}", "--partner-control-url", f"{url}/control"),
            *("--partner-command", shlex.join([sys.executable, "-m", "conformance.reference"]), "--partner-wait", "20"),
            *("--junitxml=reports/junit.xml", "--conformance-seed", "5"),
            partner=url,
            environment={**SECRETS, **settings},
        )
    return folder, done


def test_the_started_partner_is_judged(run: tuple[Path, Finished]) -> None:
    """The command is started, awaited and judged; its control endpoint is used."""
    folder, done = run
    found: dict[str, Any] = {r["id"]: r["verdict"] for r in report(folder)["requirements"]}

    assert done.status == 1, done.output
    assert found == {"OWN-01": "PASS", "SIG-01": "FAIL", "SIG-13": "PASS"}


def test_the_started_partner_ends_with_the_run(run: tuple[Path, Finished]) -> None:
    """No process of the command is left."""
    folder, _ = run

    assert left_of({"LEFT_BY_TEST": folder.name}) == []


def test_no_secret_is_told(run: tuple[Path, Finished]) -> None:
    """No secret stands in any file of the run or in its output; the partner's id on the platform is none."""
    folder, done = run
    told = {"the output": done.output.encode()}
    told |= {path.name: path.read_bytes() for path in (folder / "reports").iterdir()}
    secrets = {name: text for name, text in SECRETS.items() if name != "CONFORMANCE_PARTNER_ID"}

    assert {"junit.xml", "journal.jsonl", "exchanges.har", "report.html", "report.json", "summary.md"} <= set(told)
    assert [(place, name) for place, text in told.items() for name, s in secrets.items() if s.encode() in text] == []

"""A partner may recover by either form: by a filter of the list, or by the path that replays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.verdict import Verdict
from kit_run import QUICK, run_kit, settings_for, verdicts

_RECOVERY = ("REC-01", "REC-02", "REC-03", "REC-04", "REC-05", "REC-06")


def _targets(folder: Path) -> list[str]:
    """What the partner listed, in the order of its calls."""
    lines = (folder / "reports" / "journal.jsonl").read_text(encoding="ascii").splitlines()
    calls = [record for record in map(json.loads, lines) if record["record"] == "call"]
    return [call["request"]["target"] for call in calls if call["does"] == "list-events"]


@pytest.mark.parametrize(("form", "mark"), [("filter", "/events?since_webhook_event_id="), ("path", "/events/replay/")])
def test_a_correct_partner_recovers_by_either_form(
    form: str, mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through failures, an empty list, old news, and pushes while the list is held."""
    monkeypatch.setenv("PARTNER_REPLAY", form)
    found = verdicts(run_kit(settings_for("demo", "feewise", tmp_path, requirements=_RECOVERY)))
    targets = _targets(tmp_path)

    assert dict.fromkeys(_RECOVERY, Verdict.PASS) == found
    assert 6 <= sum(mark in target for target in targets) == len([t for t in targets if "?since=" not in t])


@pytest.mark.parametrize("defect", ["insists-on-unknown-id", "loses-events-during-recovery"])
def test_a_wrong_partner_is_caught_in_the_other_form_too(
    defect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By path as by filter."""
    monkeypatch.setenv("PARTNER_REPLAY", "path")
    asked = ("REC-02", "REC-05")
    found = verdicts(run_kit(settings_for(f"demo:{defect}", "feewise", tmp_path, requirements=asked, overrides=QUICK)))

    assert {Verdict.PASS} != set(found.values()) <= {Verdict.PASS, Verdict.WARN, Verdict.FAIL}

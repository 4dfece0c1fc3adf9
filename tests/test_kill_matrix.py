from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

import rotating_platform
from conformance.catalogue import shipped_catalogue
from conformance.cli import main
from conformance.errors import ConfigurationError
from conformance.judge.court import level_of
from conformance.kill_matrix import KillMatrix, Trial
from conformance.platform.description_file import bundled_platforms
from conformance.reference.defects import DEFECTS
from conformance.reporting.kill_matrix_page import as_html, as_json, as_markdown, summary
from conformance.resources import schemas
from conformance.selftest import Order, orders, try_one
from conformance.verdict import Level, Verdict
from formed_platforms import written
from kit_process import finished, script, started, until
from parcel_service import LARKPOST
from processes import left_of
from shipped import specification

PUBLISHED = Path(__file__).parent.parent / "docs" / "reference"
LEVELS = {"ACK-01": Level.MUST, "DUP-02": Level.MUST, "SUB-05": Level.SHOULD}


def trial(defect: str, requirement: str = "DUP-02", *, error: str = "", **verdicts: Verdict) -> Trial:
    """A run in which these requirements had these verdicts; an underscore stands for the hyphen of an id."""
    return Trial(
        defect=defect,
        sentence="Is <wrong>.",
        requirement=requirement,
        platform="feewise",
        seconds=1.0,
        verdicts={name.replace("_", "-"): verdict for name, verdict in verdicts.items()},
        error=error,
    )


CLEAN = trial("", "", ACK_01=Verdict.PASS, DUP_02=Verdict.PASS)
CAUGHT = trial("twice", ACK_01=Verdict.PASS, DUP_02=Verdict.FAIL)


def matrix(*trials: Trial, clean: Trial = CLEAN, musts: tuple[str, ...] = ("DUP-02",)) -> KillMatrix:
    """These trials together."""
    return KillMatrix(kit="1", seed=7, clean=(clean,), trials=trials, levels=LEVELS, musts=musts, seconds=2.0)


def test_a_matrix_proves_when_each_defect_is_caught_by_its_requirement() -> None:
    """Nothing survives, nothing is mistaken, nothing is held against the partner without a defect."""
    found = matrix(CAUGHT)

    assert found.proves
    assert 0 == found.others_on_average
    assert "1 of 1 defects are caught" in summary(found)


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            matrix(CAUGHT, trial("lost", DUP_02=Verdict.PASS)),
            "SURVIVOR  lost: nothing caught it; DUP-02, which should, says PASS",
        ),
        (
            matrix(CAUGHT, trial("lost", DUP_02=Verdict.FLAKY)),
            "SURVIVOR  lost: nothing caught it; DUP-02, which should, says FLAKY",
        ),
        (
            matrix(CAUGHT, trial("lost", error="no port")),
            "SURVIVOR  lost: nothing caught it; the run could not be made: no port",
        ),
        (
            matrix(CAUGHT, trial("other", DUP_02=Verdict.PASS, ACK_01=Verdict.FAIL)),
            "MISTAKEN  other: only ACK-01 caught it; DUP-02, which should, says PASS",
        ),
        (
            matrix(CAUGHT, clean=trial("", "", ACK_01=Verdict.WARN)),
            "STAINED   feewise: held against the partner without a defect: ACK-01",
        ),
        (
            matrix(CAUGHT, clean=trial("", "", error="refused")),
            "STAINED   feewise: held against the partner without a defect: refused",
        ),
        (matrix(CAUGHT, musts=("DUP-02", "ACK-01")), "UNBROKEN  ACK-01"),
    ],
    ids=["survives", "flaky", "not-run", "mistaken", "stained", "refused", "unbroken"],
)
def test_whatever_proves_nothing_is_told(found: KillMatrix, line: str) -> None:
    """In a line that begins with its kind."""
    assert not found.proves
    assert line in summary(found)


def test_what_else_a_defect_trips_is_counted() -> None:
    """On average over the defects of MUST requirements; a warning counts, no verdict does not."""
    noisy = trial("noisy", DUP_02=Verdict.FAIL, ACK_01=Verdict.FAIL, SUB_05=Verdict.WARN)
    found = matrix(CAUGHT, noisy, trial("slack", "SUB-05", SUB_05=Verdict.WARN, ACK_01=Verdict.FAIL))

    assert ("ACK-01", "SUB-05") == noisy.others
    assert 1.0 == found.others_on_average


def test_the_matrix_is_written_in_three_forms() -> None:
    """Markup in a sentence stays text, and the JSON leaves out what passed."""
    found = matrix(CAUGHT)
    document = json.loads(as_json(found))

    assert {"DUP-02": "FAIL"} == document["defects"][0]["verdicts"]
    assert (True, []) == (document["proves"], document["unbroken"])
    assert "| `twice` | Is <wrong>. | feewise | DUP-02 (FAIL) | - |" in as_markdown(found)
    assert "Is &lt;wrong&gt;." in as_html(found)
    assert '<td class="mark named">F</td>' in as_html(found)


def test_the_json_follows_its_schema() -> None:
    """A clean matrix, and one in which everything went wrong."""
    schema = json.loads((schemas() / "kill-matrix.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    wrong = matrix(trial("lost", error="no port"), clean=trial("", "", ACK_01=Verdict.WARN), musts=("ACK-01",))

    assert [] == [e.message for found in (matrix(CAUGHT), wrong) for e in _errors(schema, as_json(found))]
    assert [] != _errors(schema, '{"format": 1}')


def _errors(schema: Any, text: str) -> list[Any]:
    return list(Draft202012Validator(schema).iter_errors(json.loads(text)))


def test_what_was_judged_by_one_requirement_says_so() -> None:
    """What else a defect trips is not known then, and is not called nothing."""
    found = replace(matrix(CAUGHT), named_only=True)

    assert "| `twice` | Is <wrong>. | feewise | DUP-02 (FAIL) |\n" in as_markdown(found)
    assert "is not known" in as_markdown(found)
    assert "is not known" in summary(found)
    assert json.loads(as_json(found))["named_only"]


def test_the_published_matrix_is_that_of_the_code() -> None:
    """Its defects, its requirements and its catalogue are; run the self-test and publish what it writes."""
    text = (PUBLISHED / "kill-matrix.json").read_text(encoding="ascii")
    document = json.loads(text)
    schema = json.loads((schemas() / "kill-matrix.schema.json").read_text(encoding="utf-8"))
    found = _published(document)

    assert [] == [e.message for e in _errors(schema, text)]
    assert found.proves
    tried = {order.defect for order in orders(tuple(bundled_platforms()), seed=1)} - {""}
    assert {name: (DEFECTS[name].sentence, DEFECTS[name].requirement) for name in tried} == {
        t.defect: (t.sentence, t.requirement) for t in found.trials
    }
    assert _applicable_musts(found) == set(found.musts)
    assert as_markdown(found) == (PUBLISHED / "kill-matrix.md").read_text(encoding="utf-8")


def _published(document: Any) -> KillMatrix:
    clean, trials = (tuple(map(_trial, document[name])) for name in ("clean", "defects"))
    return KillMatrix(
        kit=document["kit"],
        seed=document["seed"],
        clean=clean,
        trials=trials,
        levels={r.id: r.level for r in shipped_catalogue().requirements.values()},
        musts=tuple(document["musts"]),
        seconds=0.0,
        named_only=document["named_only"],
    )


def _trial(row: Any) -> Trial:
    verdicts = {name: Verdict(verdict) for name, verdict in row["verdicts"].items()}
    names = ("defect", "sentence", "requirement", "platform", "error")
    return Trial(seconds=0.0, verdicts=verdicts, **{name: row[name] for name in names})


def _applicable_musts(found: KillMatrix) -> set[str]:
    """The MUST requirements of the code that ask something on one of the platforms of the matrix."""
    return {
        r.id
        for t in found.clean
        for r in shipped_catalogue().requirements.values()
        if level_of(r, specification(t.platform).description) is Level.MUST
        and set(r.applies_when) <= specification(t.platform).description.features
        and t.verdicts.get(r.id) is not Verdict.NOT_APPLICABLE
    }


def test_a_missed_defect_is_red() -> None:
    """And one that trips another requirement is amber there."""
    page = as_html(matrix(trial("other", DUP_02=Verdict.PASS, ACK_01=Verdict.FAIL)))

    assert '<td class="mark missed"></td>' in page
    assert '<td class="mark other">F</td>' in page


def test_a_defect_is_tried_where_it_can_show() -> None:
    """Nobody can tell a credential or lose a call that there is none of, cut short texts, or mistake versions."""
    tried = {name: {order.defect for order in orders((name,), seed=3)} for name in ("feewise", "standard-webhooks")}

    nowhere = {"tells-the-token", "waits-for-each-event", "fails-on-long-texts", "deduplicates-by-body"}
    assert nowhere <= tried["feewise"] - tried["standard-webhooks"]
    assert "shows-stack-traces" in tried["feewise"] & tried["standard-webhooks"]


def test_a_defect_is_tried_where_there_is_something_to_break() -> None:
    """Who verifies with a public key knows no secret, thin events carry no state, and small bodies are never large."""
    tried = {name: {order.defect for order in orders((name,), seed=3)} for name in ("feewise", LARKPOST)}

    assert {"accepts-empty-key", "orders-by-the-second", "refuses-large-bodies"} <= tried["feewise"] - tried[LARKPOST]
    assert {"accepts-any-signature", "drops-what-is-late", "counts-kilobytes-in-thousands"} <= tried[LARKPOST]


def test_a_defect_of_reading_is_tried_where_its_own_stories_read(tmp_path: Path) -> None:
    """Thick events tell nobody to get anything; in a whole run the stories of other requirements do."""
    small = str(written("batch", tmp_path))
    reading = {"sends-no-credentials", "forgets-credentials-on-retry", "busts-caches"}
    tried = {
        (name, named): reading & {order.defect for order in orders((name,), seed=3, named_only=named)}
        for name in (small, "feewise")
        for named in (True, False)
    }

    assert set() == tried[small, True]
    assert [reading] * 3 == [tried[small, False], tried["feewise", True], tried["feewise", False]]


def test_every_defect_is_tried_where_its_requirement_is_played() -> None:
    """Each platform comes first without a defect; a defect that concerns none of the platforms is left out."""
    found = orders(("feewise", "wawex"), seed=3)
    alone = {order.defect for order in orders(("feewise",), seed=3)}

    assert [("", "feewise"), ("", "wawex")] == [(o.defect, o.platform) for o in found[:2]]
    assert "wawex" == next(o.platform for o in found if o.defect == "fetches-another-object")
    assert "feewise" == next(o.platform for o in found if o.defect == "applies-duplicates")
    assert "fetches-another-object" not in alone
    assert alone < set(DEFECTS) | {""}


def test_an_unknown_defect_is_refused() -> None:
    """With where the known ones are listed."""
    with pytest.raises(ConfigurationError, match="--list-defects"):
        orders(("feewise",), defects=("no-such",), seed=1)


def test_a_defect_that_breaks_nothing_on_the_platform_is_refused() -> None:
    """To try nothing would look like a success."""
    with pytest.raises(ConfigurationError, match="'fetches-another-object' breaks nothing on feewise"):
        orders(("feewise",), defects=("fetches-another-object",), seed=1)


def test_the_command_tries_a_defect() -> None:
    """Named only, it is quick, and ends with 0 because the defect is caught."""
    result = CliRunner().invoke(
        main, ["selftest", "--platform", "feewise", "--named-only", "--defect", "refuses-duplicates", "--at-once", "2"]
    )

    assert 0 == result.exit_code, result.output
    assert "1 of 1 defects are caught" in result.output


def _plays(marker: Mapping[str, str]) -> bool:
    """Whether a partner has been started by a process with this marker."""
    started_by_it = (Path(f"/proc/{pid}/cmdline") for pid in left_of(marker))
    return any(b"conformance.reference" in path.read_bytes() for path in started_by_it if path.exists())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_self_test_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    """No process, no file, no trace of where it was, and a status that is no verdict."""
    marker = {"LEFT_BY_TEST": f"{tmp_path.name} of {os.getpid()}"}
    words = [script(), "selftest", "--platform", "feewise", "--report-dir", "reports", "--at-once", "2"]
    process = started(words, tmp_path, environment={**marker, "TMPDIR": str(tmp_path)})
    until("a partner that is tried", lambda: _plays(marker))
    process.send_signal(number)
    done = finished(process)

    assert (3, True) == (done.status, "interrupted" in done.output), done.output
    assert "Traceback" not in done.output
    until("the end of all processes", lambda: not left_of(marker))
    assert [] == list(tmp_path.iterdir())


def test_a_platform_of_ones_own_can_be_tried(tmp_path: Path) -> None:
    """By the path of its description; what breaks nothing there is counted."""
    description = rotating_platform.platform(tmp_path)
    result = CliRunner().invoke(
        main, ["selftest", "--platform", str(description), "--named-only", "--defect", "reads-first-signature-only"]
    )

    assert 0 == result.exit_code, result.output
    assert "1 of 1 defects are caught" in result.output


class Complaining:
    """A run whose partner complains."""

    error = "it has ended"

    def __init__(self, settings: object, programme: object) -> None: ...

    def start(self) -> None:
        """Complain."""
        subprocess.run(
            [sys.executable, "-c", "import sys; sys.stderr.write('an event could not be handled')"], check=True
        )

    def wait(self, seconds: float) -> bool:
        """It has ended."""
        return True

    def finish(self, *, files: bool) -> None:
        """It has come to nothing."""

    def stop(self, reason: str) -> None:
        """It has ended."""


def test_what_a_partner_with_a_defect_complains_of_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its defect is meant; what the kit itself says afterwards is shown."""
    monkeypatch.setattr("conformance.run.Run", Complaining)
    trial = try_one(Order(defect="applies-duplicates", platform="feewise", seed=1))
    os.write(2, b"after")

    assert "it has ended" == trial.error
    assert "after" == capfd.readouterr().err

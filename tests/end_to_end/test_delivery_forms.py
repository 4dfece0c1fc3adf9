"""Platforms that deliver in forms of their own: a correct partner conforms, and a wrong one is caught in each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.reference.defects import DEFECTS
from conformance.verdict import Level, RunVerdict, Verdict
from formed_platforms import written
from kit_run import run_kit, settings_for, verdicts

# Two are played whole; of the others one requirement each, which needs that the form is read.
WHOLE = ("headers", "form")
CAUGHT = (
    ("structured", "minds-content-type-case"),
    ("binary", "accepts-incomplete-events"),
    ("batch", "deduplicates-by-raw-bytes"),
    ("batch", "reads-only-first-of-batch"),
    ("batch", "drops-a-spoiled-batch"),
)


@pytest.mark.parametrize("form", WHOLE)
def test_the_correct_partner_conforms_in_every_form(form: str, tmp_path: Path) -> None:
    """Whatever carries the parts of an event, and whatever its ids are."""
    report = run_kit(settings_for("demo", str(written(form, tmp_path)), tmp_path, overrides=()))
    judged = {r.requirement.id: r.verdict for r in report.requirements if r.level is not Level.INFORMATIVE}

    assert [] == [name for name, verdict in judged.items() if verdict not in {Verdict.PASS, Verdict.NOT_APPLICABLE}]
    assert RunVerdict.CONFORMS == report.verdict


@pytest.mark.parametrize(("form", "name"), CAUGHT)
def test_a_defect_is_caught_in_every_form(form: str, name: str, tmp_path: Path) -> None:
    """By the requirement that it breaks elsewhere too, or by one that only this form has."""
    defect = DEFECTS[name]
    settings = settings_for(
        f"demo:{defect.name}",
        str(written(form, tmp_path)),
        tmp_path,
        requirements=(defect.requirement,),
        overrides=(),
    )

    assert verdicts(run_kit(settings))[defect.requirement] in {Verdict.FAIL, Verdict.WARN}


# An order by itself, of which a header says that it is a ping; and a CloudEvent in a batch.
_ORDER = {"id": "{object_id}", "state": "open", "updated_at": "{time}"}
_CLOUD = {"specversion": "1.0", "id": "{id}", "source": "/shop", "type": "{type}", "time": "{time}", "data": _ORDER}


@pytest.mark.parametrize(("form", "body"), [("headers", _ORDER), ("batch", _CLOUD)])
def test_a_ping_that_is_taken_for_news_is_caught_in_every_form(
    form: str, body: dict[str, object], tmp_path: Path
) -> None:
    """Wherever its type stands."""
    path = written(form, tmp_path)
    ping = {"type": "order.ping", "object_type": "order", "body": body}
    raw = {**json.loads(path.read_text(encoding="utf-8")), "handshake": {"ping": ping}}
    path.write_text(json.dumps(raw), encoding="utf-8")
    settings = settings_for("demo:takes-a-ping-for-news", str(path), tmp_path, requirements=("HSK-03",), overrides=())

    assert Verdict.FAIL is verdicts(run_kit(settings))["HSK-03"]

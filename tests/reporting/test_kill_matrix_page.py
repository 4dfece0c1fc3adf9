"""The kill matrix as people read it, letter by letter."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.kill_matrix import KillMatrix, Trial
from conformance.reporting.kill_matrix_page import as_html, as_json, as_markdown, summary
from conformance.verdict import Level, Verdict


def _trial(defect: str, requirement: str, verdicts: dict[str, Verdict], error: str = "") -> Trial:
    sentence = f"Is <{defect}>." if defect else ""
    return Trial(
        defect=defect,
        sentence=sentence,
        requirement=requirement,
        platform="a-platform",
        seconds=1.0,
        verdicts=verdicts,
        error=error,
    )


CLEAN = _trial("", "", {"ACK-01": Verdict.PASS, "DUP-02": Verdict.PASS})
MATRIX = KillMatrix(
    kit="1.2",
    seed=7,
    clean=(CLEAN,),
    trials=(
        _trial("twice", "DUP-02", {"ACK-01": Verdict.FAIL, "DUP-02": Verdict.FAIL, "SUB-05": Verdict.WARN}),
        _trial("other", "DUP-02", {"ACK-01": Verdict.FAIL, "DUP-02": Verdict.FLAKY}),
        _trial("slack", "SUB-05", {"ACK-01": Verdict.PASS, "SUB-05": Verdict.WARN}),
        _trial("lost", "DUP-02", {}),
    ),
    levels={"ACK-01": Level.MUST, "DUP-02": Level.MUST, "SUB-05": Level.SHOULD},
    musts=("ACK-01", "DUP-02"),
    seconds=2.0,
)
SUMMARY = [
    "2 of 4 defects are caught by the requirement named for them.",
    "A defect of a MUST trips 1.0 other requirements on average.",
    "SURVIVOR  lost: nothing caught it; DUP-02, which should, says nothing",
    "MISTAKEN  other: only ACK-01 caught it; DUP-02, which should, says FLAKY",
    "UNBROKEN  ACK-01: a MUST, and no defect that is tried here is caught by it",
]


def test_the_summary_tells_what_was_found() -> None:
    """Whatever proves nothing has a line."""
    spotted = replace(CLEAN, verdicts={"ACK-01": Verdict.WARN, "DUP-02": Verdict.ERROR})
    refused = replace(CLEAN, verdicts={}, error="no port")

    assert SUMMARY == summary(MATRIX).splitlines()
    assert [
        "STAINED   a-platform: held against the partner without a defect: ACK-01, DUP-02",
        "STAINED   a-platform: held against the partner without a defect: no port",
    ] == [line for line in summary(replace(MATRIX, clean=(spotted, CLEAN, refused))).splitlines() if "STAINED" in line]
    assert "SURVIVOR  lost: nothing caught it; the run could not be made: no port" in summary(
        replace(MATRIX, trials=(_trial("lost", "DUP-02", {}, error="no port"),))
    )


def test_the_document_holds_what_did_not_plainly_pass() -> None:
    """Trial by trial, indented, in ASCII."""
    text = as_json(MATRIX)
    document = json.loads(text)
    head = '{\n  "format": 1,\n  "kit": "1.2",\n  "seed": 7,\n  "named_only": false,\n  "proves": false,\n'

    assert text.startswith(head)
    assert text.endswith("}\n")
    assert ["ACK-01"] == document["unbroken"]
    assert [{}] == [row["verdicts"] for row in document["clean"]]
    assert {
        "defect": "twice",
        "sentence": "Is <twice>.",
        "requirement": "DUP-02",
        "platform": "a-platform",
        "killed": True,
        "others": ["ACK-01", "SUB-05"],
        "verdicts": {"ACK-01": "FAIL", "DUP-02": "FAIL", "SUB-05": "WARN"},
        "error": "",
    } == document["defects"][0]
    assert as_json(replace(MATRIX, kit="é")).isascii()


def test_the_table_has_a_row_for_each_defect() -> None:
    """With the requirement named for it, what became of that, and what it trips as well."""
    assert (
        "# Kill matrix\n\n"
        "Each row is the reference partner with one defect, which the requirement that is named for it has to catch.\n"
        "`webhook-conformance selftest` writes this page; `demo --list-defects` lists the defects.\n\n"
        "| defect | what is wrong | platform | caught by | trips as well |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| `twice` | Is <twice>. | a-platform | DUP-02 (FAIL) | ACK-01, SUB-05 |\n"
        "| `other` | Is <other>. | a-platform | DUP-02 (FLAKY) | ACK-01 |\n"
        "| `slack` | Is <slack>. | a-platform | SUB-05 (WARN) | - |\n"
        "| `lost` | Is <lost>. | a-platform | DUP-02 (not judged) | - |\n\n"
        f"{SUMMARY[0]}\n"
        f"{SUMMARY[1]}\n"
        "Without a defect on a-platform: nothing is held against the partner.\n"
    ) == as_markdown(MATRIX)
    assert as_markdown(replace(MATRIX, clean=(replace(CLEAN, verdicts={"ACK-01": Verdict.FAIL}),))).endswith(
        "\nWithout a defect on a-platform: ACK-01.\n"
    )


def test_where_only_the_named_requirement_is_judged_nothing_is_said_of_others() -> None:
    """A column that nobody looked into would read as if a defect tripped nothing."""
    text = as_markdown(replace(MATRIX, named_only=True))

    assert "| defect | what is wrong | platform | caught by |\n| --- | --- | --- | --- |\n" in text
    assert "| `twice` | Is <twice>. | a-platform | DUP-02 (FAIL) |\n" in text
    assert "what else it trips is not known" in text


def test_the_page_has_a_cell_for_each_pair() -> None:
    """Green, amber or red, without anything that a defect could write."""
    page = as_html(MATRIX)
    head, _, rest = page.partition("<style>")
    style, _, body = rest.partition("</style>")

    assert '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Kill matrix</title>' == head
    assert "td.named { background: #2a7d3a; color: #fff }" in style
    assert (
        "</head><body><h1>Kill matrix</h1>"
        f"<pre>{chr(10).join(SUMMARY)}</pre>"
        "<p>Green: caught by the requirement named for it. Amber: tripped as well. Red: missed.</p>"
        '<div class="wide"><table><thead><tr><th scope="col">defect</th>'
        '<th scope="col" class="id">ACK-01</th><th scope="col" class="id">DUP-02</th>'
        '<th scope="col" class="id">SUB-05</th></tr></thead><tbody>'
        '<tr><th scope="row" title="Is &lt;twice&gt;.">twice</th>'
        '<td class="mark other">F</td><td class="mark named">F</td><td class="mark other">W</td></tr>'
        '<tr><th scope="row" title="Is &lt;other&gt;.">other</th>'
        '<td class="mark other">F</td><td class="mark missed"></td><td class="mark "></td></tr>'
        '<tr><th scope="row" title="Is &lt;slack&gt;.">slack</th>'
        '<td class="mark "></td><td class="mark "></td><td class="mark named">W</td></tr>'
        '<tr><th scope="row" title="Is &lt;lost&gt;.">lost</th>'
        '<td class="mark "></td><td class="mark missed"></td><td class="mark "></td></tr>'
        "</tbody></table></div></body></html>\n"
    ) == body


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.WARN, Verdict.FLAKY, Verdict.ERROR, Verdict.NOT_RUN])
def test_whatever_is_held_against_a_right_partner_is_a_stain(verdict: Verdict) -> None:
    """Or was not looked at; what does not apply, or cannot be assessed, is none."""
    fine = replace(
        CLEAN,
        verdicts={"A": Verdict.NOT_APPLICABLE, "B": Verdict.NOT_ASSESSABLE, "C": Verdict.PASS, "D": Verdict.WAIVED},
    )
    spotted = replace(CLEAN, verdicts={"ACK-01": verdict})

    assert ((), ("ACK-01",)) == (fine.spots, spotted.spots)
    assert (spotted,) == replace(MATRIX, clean=(fine, spotted)).stained


def test_a_defect_is_in_one_list_alone() -> None:
    """Caught, mistaken for another, or not noticed; only what is caught breaks its requirement."""
    twice, other, slack, lost = MATRIX.trials

    assert (True, False, True, False) == (twice.killed, other.killed, slack.killed, lost.killed)
    assert ((lost,), (other,), ("ACK-01",)) == (MATRIX.survivors, MATRIX.mistaken, MATRIX.unbroken)
    assert ("ACK-01", "SUB-05") == twice.others


@pytest.mark.parametrize("left", [(1, 2), (3,), (), (0, 1)])
def test_a_matrix_proves_only_where_nothing_is_left(left: tuple[int, ...]) -> None:
    """Neither a survivor, nor a mistaken one, nor a MUST that nothing breaks, nor a stain."""
    trials = tuple(MATRIX.trials[number] for number in left)

    assert not replace(MATRIX, trials=trials, musts=("DUP-02",)).proves


def test_a_matrix_of_caught_defects_proves() -> None:
    """Unless a partner without a defect is stained."""
    found = replace(MATRIX, trials=MATRIX.trials[:1], musts=("DUP-02",))

    assert found.proves
    assert not replace(found, clean=(replace(CLEAN, error="no port"),)).proves
    assert not replace(found, musts=("ACK-01", "DUP-02")).proves


def test_nothing_is_tripped_on_average_where_no_must_is_tried() -> None:
    """A defect of a SHOULD is not counted."""
    assert 0 == replace(MATRIX, trials=MATRIX.trials[2:3]).others_on_average
    assert 2.0 == replace(MATRIX, trials=(MATRIX.trials[0], MATRIX.trials[2])).others_on_average

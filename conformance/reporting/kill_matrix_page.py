"""The kill matrix for people and programs: JSON, Markdown and HTML, each a pure function of it."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import Final

from conformance.kill_matrix import CAUGHT, KillMatrix, Trial
from conformance.verdict import Verdict

__all__ = ["as_html", "as_json", "as_markdown", "summary"]

_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: 13px }
th, td { border: 1px solid #8886; padding: 2px 6px; text-align: left; vertical-align: bottom }
th.id { writing-mode: vertical-rl; padding: 6px 2px }
td.named { background: #2a7d3a; color: #fff }
td.other { background: #c98a1b; color: #000 }
td.missed { background: #b3261e; color: #fff }
td.mark { text-align: center }
:root { color-scheme: light dark }
"""
_MARKS: Final = {Verdict.FAIL: "F", Verdict.WARN: "W"}


def summary(matrix: KillMatrix) -> str:
    """What a self-test came to, in a few lines."""
    killed = sum(t.killed for t in matrix.trials)
    lines = [
        f"{killed} of {len(matrix.trials)} defects are caught by the requirement named for them.",
        f"A defect of a MUST trips {matrix.others_on_average:.1f} other requirements on average.",
    ]
    lines += [f"SURVIVOR  {t.defect}: nothing caught it; {_said(t)}" for t in matrix.survivors]
    lines += [f"MISTAKEN  {t.defect}: only {', '.join(t.others)} caught it; {_said(t)}" for t in matrix.mistaken]
    lines += [
        f"STAINED   {t.platform}: held against the partner without a defect: {', '.join(t.spots) or t.error}"
        for t in matrix.stained
    ]
    lines += [f"UNBROKEN  {name}: a MUST, and no defect that is tried here is caught by it" for name in matrix.unbroken]
    return "\n".join(lines)


def _said(trial: Trial) -> str:
    """What the requirement named for the defect said."""
    if trial.error:
        return f"the run could not be made: {trial.error}"
    return f"{trial.requirement}, which should, says {trial.verdicts.get(trial.requirement, 'nothing')}"


def as_json(matrix: KillMatrix) -> str:
    """The whole matrix, with every verdict that is not a plain pass."""
    document = {
        "format": 1,
        "kit": matrix.kit,
        "seed": matrix.seed,
        "proves": matrix.proves,
        "unbroken": list(matrix.unbroken),
        "clean": [_row(t) for t in matrix.clean],
        "defects": [_row(t) for t in matrix.trials],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _row(trial: Trial) -> dict[str, object]:
    return {
        "defect": trial.defect,
        "sentence": trial.sentence,
        "requirement": trial.requirement,
        "platform": trial.platform,
        "killed": trial.killed,
        "others": list(trial.others),
        "verdicts": {name: str(v) for name, v in trial.verdicts.items() if v is not Verdict.PASS},
        "error": trial.error,
    }


def as_markdown(matrix: KillMatrix) -> str:
    """A table with a row for each defect."""
    return "\n".join(_markdown(matrix)) + "\n"


def _markdown(matrix: KillMatrix) -> Iterator[str]:
    yield "# Kill matrix"
    yield ""
    yield "Each row is the reference partner with one defect, judged by every requirement that applies."
    yield "The requirement that is named for the defect has to catch it; others that it trips stand beside it."
    yield ""
    yield "| defect | what is wrong | platform | caught by | trips as well |"
    yield "| --- | --- | --- | --- | --- |"
    for t in matrix.trials:
        named = f"{t.requirement} ({t.verdicts.get(t.requirement, 'not judged')})"
        yield f"| `{t.defect}` | {t.sentence} | {t.platform} | {named} | {', '.join(t.others) or '-'} |"
    yield ""
    killed = sum(t.killed for t in matrix.trials)
    yield f"{killed} of {len(matrix.trials)} defects are caught by the requirement named for them."
    yield f"A defect of a MUST trips {matrix.others_on_average:.1f} other requirements on average."
    for t in matrix.clean:
        yield f"Without a defect on {t.platform}: {', '.join(t.spots) or 'nothing is held against the partner'}."


def as_html(matrix: KillMatrix) -> str:
    """Defects across requirements, one file without script or network."""
    return "".join(_html(matrix))


def _html(matrix: KillMatrix) -> Iterator[str]:
    columns = tuple(dict.fromkeys(name for t in matrix.trials for name in t.verdicts))
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Kill matrix</title>'
    yield f"<style>{_STYLE}</style></head><body><h1>Kill matrix</h1>"
    yield f"<pre>{html.escape(summary(matrix))}</pre>"
    yield "<p>Green: caught by the requirement named for it. Amber: tripped as well. Red: missed.</p>"
    yield '<div class="wide"><table><thead><tr><th scope="col">defect</th>'
    yield "".join(f'<th scope="col" class="id">{html.escape(name)}</th>' for name in columns)
    yield "</tr></thead><tbody>"
    for trial in matrix.trials:
        yield f'<tr><th scope="row" title="{html.escape(trial.sentence)}">{html.escape(trial.defect)}</th>'
        yield "".join(_cell(trial, name) for name in columns)
        yield "</tr>"
    yield "</tbody></table></div></body></html>\n"


def _cell(trial: Trial, name: str) -> str:
    verdict = trial.verdicts.get(name)
    caught = verdict in CAUGHT
    kind = "named" if caught else "missed"
    if name != trial.requirement:
        kind = "other" if caught else ""
    text = _MARKS.get(verdict, "") if verdict is not None else ""
    return f'<td class="mark {kind}">{text}</td>'

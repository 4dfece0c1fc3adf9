"""Platforms that ask a URL whether it wants deliveries, each in its own way, and partners that answer."""

from __future__ import annotations

from pathlib import Path

import pytest

import handshaking_platforms
from conformance.verdict import Verdict
from kit_run import QUICK, run_kit, settings_for, verdicts

_CHAPTER = ("HSK-01", "HSK-02", "HSK-03", "HSK-04", "HSK-05")
_CAUGHT = frozenset({Verdict.FAIL, Verdict.WARN})
_OPEN = frozenset({Verdict.NOT_ASSESSABLE, Verdict.NOT_RUN})
_APPLICABLE = {
    "everything": _CHAPTER,
    "posting": ("HSK-01", "HSK-02", "HSK-03", "HSK-04"),
    "getting": ("HSK-01", "HSK-02", "HSK-04"),
    "signing": ("HSK-01", "HSK-02"),
    "granting": ("HSK-05",),
    "validating": ("HSK-02", "HSK-04", "HSK-05"),
}


def _judged(partner: str, platform: str, folder: Path, *requirements: str) -> dict[str, Verdict]:
    """The verdicts; a machine that is busy may leave some open, and then the run is made once more."""
    path = str(handshaking_platforms.platform(folder, platform))
    for number in range(2):
        place = folder / str(number)
        found = verdicts(run_kit(settings_for(partner, path, place, requirements=requirements, overrides=QUICK)))
        if not _OPEN & set(found.values()):
            break
    return found


@pytest.mark.parametrize("platform", handshaking_platforms.HANDSHAKES)
def test_a_correct_partner_answers_every_kind_of_handshake(platform: str, tmp_path: Path) -> None:
    """And what a platform does not ask does not apply."""
    expected = dict.fromkeys(_CHAPTER, Verdict.NOT_APPLICABLE) | dict.fromkeys(_APPLICABLE[platform], Verdict.PASS)

    assert expected == _judged("demo", platform, tmp_path, *_CHAPTER)


@pytest.mark.parametrize(
    ("defect", "platform", "requirement"),
    [
        ("answers-no-challenge", "getting", "HSK-01"),
        ("grants-no-origin", "everything", "HSK-01"),
        ("grants-no-origin", "granting", "HSK-05"),
        ("believes-any-challenge", "posting", "HSK-02"),
        ("believes-any-challenge", "getting", "HSK-02"),
        ("believes-any-challenge", "validating", "HSK-02"),
        ("believes-any-challenge", "signing", "HSK-02"),
        ("refuses-pings", "posting", "HSK-03"),
        ("takes-a-ping-for-news", "posting", "HSK-03"),
        ("echoes-into-a-page", "posting", "HSK-04"),
        ("echoes-into-a-page", "getting", "HSK-04"),
        ("answers-nothing-while-subscribing", "granting", "HSK-05"),
    ],
)
def test_a_wrong_partner_is_caught_in_each_form(defect: str, platform: str, requirement: str, tmp_path: Path) -> None:
    """Whatever the platform's way of asking."""
    assert _judged(f"demo:{defect}", platform, tmp_path, requirement)[requirement] in _CAUGHT


def test_other_methods_are_judged_where_a_get_is_a_challenge(tmp_path: Path) -> None:
    """The methods by which nothing comes stay forbidden."""
    assert {"MTH-01": Verdict.PASS} == _judged("demo", "getting", tmp_path, "MTH-01")

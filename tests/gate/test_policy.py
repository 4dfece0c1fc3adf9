"""The policy file of a gate: what it says, and every mistake in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.catalogue import shipped_catalogue
from conformance.cli import main
from conformance.errors import ConfigurationError
from conformance.gate.policy import Policy, read_policy
from conformance.verdict import Level
from gated import Recorded

_WHOLE = """
format: 1
partner: https://partner.example/hooks
platform: feewise
max_age: 7d
oldest_kit: "0.1.0"
levels: [MUST, SHOULD]
planned: must
proven: [authenticity, DUP-01]
not_assessable: [DUR-01]
waivers: [COR-08]
overrides: ["limits.burst", "waits.effect=4"]
offers: [objects]
attestation: 2
corpus: ["1111111111111111111111111111111111111111111111111111111111111111"]
"""


def _read(folder: Path, text: str) -> Policy:
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return read_policy(path, shipped_catalogue())


def _mistakes(folder: Path, text: str) -> dict[str, str]:
    """What is wrong, by the place that is named."""
    with pytest.raises(ConfigurationError) as caught:
        _read(folder, text)
    prefix = f"{folder / 'policy.yaml'} at "
    return {problem.where.removeprefix(prefix): problem.what for problem in caught.value.problems}


def test_every_key_is_read(tmp_path: Path) -> None:
    """Durations in seconds, lists as sets where order says nothing."""
    expected = Policy(
        partner="https://partner.example/hooks",
        platform="feewise",
        max_age=7 * 86_400.0,
        oldest_kit="0.1.0",
        levels=frozenset({Level.MUST, Level.SHOULD}),
        planned=Level.MUST,
        proven=("authenticity", "DUP-01"),
        not_assessable=frozenset({"DUR-01"}),
        waivers=frozenset({"COR-08"}),
        overrides=("limits.burst", "waits.effect=4"),
        offers=("objects",),
        attestation=2,
        corpus=("1" * 64,),
    )

    assert expected == _read(tmp_path, _WHOLE)


def test_what_is_left_out_stays_at_its_default(tmp_path: Path) -> None:
    """A file that says nothing asks for what the gate asks for without one."""
    assert Policy() == _read(tmp_path, "format: 1\nwaivers: allowed\n")
    assert frozenset() == _read(tmp_path, "format: 1\nwaivers: none\n").waivers
    assert _read(tmp_path, "format: 1\nmax_age: any\n").max_age is None


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Those of the form and those of the contents, each with its place."""
    text = """
format: 2
levels: [SHOULD]
max_age: soon
proven: [authenticty, SIG-01]
not_assessable: [SIG-01, SIG-1]
waivers: [COR-8, 5]
overides: [x]
offers: [fly]
attestation: 4
"""
    found = _mistakes(tmp_path, text)

    assert {
        "the top",
        "/attestation",
        "/format",
        "/levels",
        "/max_age",
        "/not_assessable/1",
        "/offers/0",
        "/proven/0",
        "/proven/1",
        "/waivers",
        "/waivers/0",
    } == set(found)
    assert "unknown key 'overides'" == found["the top"]
    assert "SIG-01 has to be proven, and may be not assessable" == found["/proven/1"]


@pytest.mark.parametrize("text", ["", "- a\n", "5\n"])
def test_what_is_no_mapping_is_told(tmp_path: Path, text: str) -> None:
    """With all that could stand there."""
    assert {"the top": "is no mapping of keys to values"} == _mistakes(tmp_path, text)


def test_a_file_without_its_format_is_told(tmp_path: Path) -> None:
    """A later form may mean something else."""
    assert {"the top": "'format' is a required property"} == _mistakes(tmp_path, "levels: [MUST]\n")


@pytest.mark.parametrize("key", ["corpus: []\n", "max_age: 5\n", "max_age: 0s\n", "proven: SIG-01\n", "levels: []\n"])
def test_a_value_of_another_kind_is_told(tmp_path: Path, key: str) -> None:
    """Whatever it is."""
    assert {f"/{key.partition(':')[0]}"} == set(_mistakes(tmp_path, f"format: 1\n{key}"))


def test_the_command_line_wins(run: Recorded, tmp_path: Path) -> None:
    """What it names stands in the place of what the file says."""
    path = tmp_path / "policy.yaml"
    path.write_text("format: 1\npartner: https://other.example\nplatform: feewise\nmax_age: 0.001s\n", encoding="utf-8")
    words = ["gate", str(run.files.report_path), "--policy", str(path)]
    by_file = CliRunner().invoke(main, words)
    named = ["--partner", "demo", "--platform", str(run.platform), "--max-age", "any"]
    by_line = CliRunner().invoke(main, [*words, *named])

    assert (3, 0) == (by_file.exit_code, by_line.exit_code), by_line.output


def test_a_policy_that_is_wrong_decides_nothing(run: Recorded, tmp_path: Path) -> None:
    """The exit status is 2."""
    path = tmp_path / "policy.yaml"
    path.write_text("format: 1\nproven: [SIG-99]\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["gate", str(run.files.report_path), "--policy", str(path)])

    assert 2 == result.exit_code
    assert "unknown requirement or chapter 'SIG-99'" in result.output

"""The command `webhook-conformance`: what each subcommand prints, and the status that it ends with."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.reference.defects import DEFECTS
from kit_process import SECRETS, command, finished, script, started
from kit_run import run_kit, settings_for

_SUBCOMMANDS = sorted(main.commands)


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("words", [[], *([name] for name in _SUBCOMMANDS)], ids=["", *_SUBCOMMANDS])
def test_help_shows_an_example(words: list[str]) -> None:
    """The help of the command and of each subcommand shows a line that can be copied, on a line of its own."""
    result = _run(*words, "--help")
    lines = [line.strip() for line in result.output.splitlines()]

    assert result.exit_code == 0
    assert any(line.startswith((f"webhook-conformance {' '.join(words)}".strip(), "pytest --")) for line in lines)


def test_platforms_are_listed() -> None:
    """The platforms that ship are listed, with how many event types they have."""
    listed = _run("platforms")
    rows = json.loads(_run("platforms", "--json").output)

    assert listed.exit_code == 0
    assert "FeeWise" in listed.output
    assert "Wawex" in listed.output
    assert [row["name"] for row in rows] == ["feewise", "standard-webhooks", "wawex"]


def test_requirements_are_listed_by_chapter() -> None:
    """Each requirement has a line with its id, its level and its title."""
    result = _run("requirements")

    assert result.exit_code == 0
    assert "\nAcknowledging\n" in result.output
    assert "  ACK-01  MUST    " in result.output


def test_every_requirement_is_covered() -> None:
    """Each has a judge and a story, and a switch that breaks it unless it is informative; the last line says so."""
    shown = _run("requirements", "--coverage")
    rows = {row["requirement"]: row for row in json.loads(_run("requirements", "--coverage", "--json").output)}

    assert shown.exit_code == 0, shown.output[-300:]
    assert shown.output.rstrip().endswith(f"{len(rows)} requirements; nothing is missing")
    assert rows["FET-01"]["platforms"] == ["wawex"]
    assert rows["DUP-02"]["stories"] == ["redelivery"]
    assert "applies-duplicates" in rows["DUP-02"]["defects"]
    assert "applies_a_redelivered_event_once" in shown.output


def test_what_is_not_covered_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A requirement that no switch breaks is named, and the command ends with 1."""
    left = {name: defect for name, defect in DEFECTS.items() if defect.requirement != "ORD-05"}
    monkeypatch.setattr("conformance.coverage.DEFECTS", left)
    result = _run("requirements", "--coverage")

    assert result.exit_code == 1
    assert result.output.rstrip().endswith("ORD-05 has no defect")


def test_requirements_of_a_platform_have_the_level_in_force() -> None:
    """With --platform only what applies is listed; FeeWise events carry their objects, so nothing must be fetched."""
    feewise, wawex = (
        {row["id"]: row["level"] for row in json.loads(_run("requirements", "--platform", name, "--json").output)}
        for name in ("feewise", "wawex")
    )

    assert feewise["SIG-01"] == "MUST"
    assert "FET-01" not in feewise
    assert "FET-01" in wawex


def test_explain_says_everything_about_one() -> None:
    """--explain tells the statement, the reason, the remedy and the sources, whatever the case of the id."""
    result = _run("requirements", "--explain", "dup-02")

    assert result.exit_code == 0
    assert "DUP-02" in result.output
    assert "http" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["requirements", "--explain", "ACK-99"], "unknown requirement 'ACK-99'"),
        (["requirements", "--platform", "feewize"], "no platform or file named 'feewize'"),
        (["settings", "--platform", "feewize"], "no platform or file named 'feewize'"),
        (["settings"], "--platform"),
        (["demo"], "--platform"),
        (["demo", "--platform", "feewise", "--defect", "none-such"], "no defect 'none-such'"),
        (["judge", "none.jsonl"], "none.jsonl: cannot be read"),
        (["nonsense"], "nonsense"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_told_and_ends_with_2(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the operator gets wrong is named in one message without a traceback."""
    monkeypatch.chdir(tmp_path)
    result = _run(*words)

    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)


def test_an_interruption_says_nothing_of_a_requirement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with the status of what is incomplete, in one line."""

    def interrupted(own: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("conformance.commands.requirements.catalogue_with", interrupted)
    result = CliRunner().invoke(main, ["requirements"])

    assert 3 == result.exit_code
    assert "webhook-conformance: interrupted\n" == result.output


def test_settings_name_every_secret_and_operation() -> None:
    """What is to be configured on the partner's side is printed, and no value of a secret."""
    result = _run("settings", "--platform", "feewise", "--platform-url", "http://127.0.0.1:5000/")

    assert result.exit_code == 0
    assert [name for name in SECRETS if name not in result.output] == []
    assert "http://127.0.0.1:5000\n" in result.output
    assert "pytest --partner-url=" in result.output
    assert "acknowledgement.limit = 5" in result.output


def test_defects_are_listed_with_their_requirement() -> None:
    """Each switch of the reference partner has a line with the requirement that it breaks."""
    lines = _run("demo", "--list-defects").output.splitlines()

    assert [line.split()[:2] for line in lines] == [[d.name, d.requirement] for d in DEFECTS.values()]


@pytest.fixture(scope="module")
def journals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the journals of a run that conforms, one that fails, and one that was killed."""
    folder = tmp_path_factory.mktemp("journals")
    for name, partner in (("conforms", "demo"), ("fails", "demo:refuses-unknown-types")):
        run_kit(settings_for(partner, "feewise", folder / name, requirements=("UNK-01",)))
        (folder / name / "reports" / "journal.jsonl").rename(folder / f"{name}.jsonl")
    lines = (folder / "conforms.jsonl").read_text(encoding="ascii").splitlines(keepends=True)
    begun = next(n for n, line in enumerate(lines) if '"story":"unknown-event-type"' in line)
    (folder / "killed.jsonl").write_text("".join(lines[: begun + 1]) + lines[begun + 1][:40], encoding="ascii")
    (folder / "no-journal.jsonl").write_text('{"record":"nonsense"}\n{}\n', encoding="ascii")
    (folder / "empty.jsonl").touch()
    (folder / "binary.jsonl").write_bytes(bytes(range(256)))
    for name, edit in _ODD.items():
        header = json.loads(lines[0])
        edit(header)
        (folder / f"{name}.jsonl").write_text("".join([json.dumps(header) + "\n", *lines[1:]]), encoding="ascii")
    (folder / "huge.jsonl").write_text(
        "".join([*lines[:-1], lines[-1].replace('"at":', f'"at":{"9" * 400}')]), encoding="ascii"
    )
    return folder


# What somebody may have written into the first line of a journal.
_ODD: Final[dict[str, Callable[[dict[str, Any]], object]]] = {
    "no-such-requirement": lambda header: header["requirements"].append("NOPE-01"),
    "no-time": lambda header: header.update(started_at="\x1b[31myesterday"),
    "no-description": lambda header: header.update(description="[" * 100_000),
    "no-texts": lambda header: header.update(requirements=5),
}


@pytest.mark.parametrize(("name", "status"), [("conforms", 0), ("fails", 1), ("killed", 3)])
def test_judge_ends_with_the_verdict(name: str, status: int, journals: Path, tmp_path: Path) -> None:
    """Judging again ends with 0, 1 or 3, prints the summary or the report, and writes the files where it is told to."""
    journal = str(journals / f"{name}.jsonl")
    told, content = _run("judge", journal, "--report-dir", str(tmp_path)), _run("judge", journal, "--json")

    assert (told.exit_code, content.exit_code) == (status, status)
    assert json.loads((tmp_path / "report.json").read_text(encoding="ascii")) == json.loads(content.output)
    assert f"report: {tmp_path}/report.html" in told.output


@pytest.mark.parametrize("name", ["no-journal", "empty", "binary", "huge", *_ODD])
def test_judge_refuses_what_is_no_journal(name: str, journals: Path, tmp_path: Path) -> None:
    """A file that is no journal is a mistake of the operator, told in words."""
    result = _run("judge", str(journals / f"{name}.jsonl"), "--report-dir", str(tmp_path))

    assert result.exit_code == 2
    assert f"{name}.jsonl" in result.output
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("name", _ODD)
def test_resend_refuses_what_is_no_journal(name: str, journals: Path) -> None:
    """In the same words."""
    result = _run("resend", str(journals / f"{name}.jsonl"), "UNK-01", "--partner-url", "http://127.0.0.1:9")

    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)


def test_the_installed_command_ends_with_the_same_status(journals: Path) -> None:
    """The command as it is installed passes the status on."""
    assert command(journals, "judge", "fails.jsonl").status == 1


def test_demo_runs_until_it_is_told_to_end(tmp_path: Path) -> None:
    """`demo` prints where it listens, answers there, and ends with 0 on SIGTERM."""
    process = started((script(), "demo", "--platform=feewise", "--port=0"), tmp_path, environment=SECRETS)
    assert process.stdout is not None
    said = dict(process.stdout.readline().split(maxsplit=1) for _ in range(3))
    request = urllib.request.Request(  # noqa: S310  # the URL that the process printed
        said["control:"].strip(), headers={"Authorization": f"Bearer {SECRETS['CONFORMANCE_CONTROL_TOKEN']}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # the same
        offers = json.load(answer)["offers"]
    process.send_signal(signal.SIGTERM)
    done = finished(process)

    assert "objects" in offers
    assert done.status == 0, done.output
    assert "Traceback" not in done.output


def test_demo_needs_its_secrets(tmp_path: Path) -> None:
    """Without secrets `demo` names all that are missing and ends with 2; the control endpoint is optional."""
    done = command(tmp_path, "demo", "--platform=feewise", "--port=0")

    assert done.status == 2
    assert done.output.count("is not set") == len(SECRETS) - 1

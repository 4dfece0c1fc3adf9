"""What the operator gets wrong: one clear message, a status that is not 0, and never a traceback."""

from __future__ import annotations

import shutil
import socket
import sys
from pathlib import Path

import pytest

from bad_partners import BEHAVIOURS, misbehaving
from conformance.resources import schemas
from kit_process import SECRETS, Finished, free_port, kit
from processes import left_of

_ONE = ("--requirement", "UNK-01", "--platform-bind", "127.0.0.1:0")
_TABLE = """
[tool.webhook-conformance]
platfrom = "wawex"
"""


def _refused(done: Finished, *said: str) -> None:
    """The run did not begin, and says why."""
    assert done.status == 4, done.output
    assert [text for text in said if text not in done.output] == [], done.output
    assert "Traceback" not in done.output
    assert "INTERNALERROR" not in done.output


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Every wrong value, every missing secret and every unknown key stands in one message, each with what to do."""
    (tmp_path / "pyproject.toml").write_text(_TABLE, encoding="utf-8")
    wrong = ("--requirement=ACK-99", "--level=most", "--conformance-seed=x", "--platform-bind=0.0.0.0:99999")
    more = ("--conformance-set=acknowledgement", "--partner-wait=-1", "--partner-control-url=ftp://x")

    done = kit(tmp_path, *wrong, *more, partner="localhost:8000", environment={"CONFORMANCE_API_KEY": "short"})

    _refused(
        done,
        "unknown key 'platfrom'",
        "unknown requirement 'ACK-99'",
        "'most' is not one of must, should, may",
        "'x' is not a whole number",
        "'0.0.0.0:99999' is not HOST:PORT",
        "'acknowledgement' is not NAME.NAME=VALUE",
        "'-1' is not a number of at least 0",
        "'ftp://x' is not a http or https URL",
        "'localhost:8000' is not a http or https URL",
        "CONFORMANCE_API_KEY: is shorter than 8 characters",
        "CONFORMANCE_SIGNING_SECRET: is not set",
        "CONFORMANCE_PARTNER_ID: is not set",
        "CONFORMANCE_WEBHOOK_TOKEN: is not set",
        "CONFORMANCE_CONTROL_TOKEN: is not set",
    )
    assert done.output.count("webhook-conformance cannot start") == 1


def test_an_unknown_platform_is_told_with_those_that_are_known(tmp_path: Path) -> None:
    """A platform that is neither a name nor a file is refused, and the names are listed."""
    _refused(
        kit(tmp_path, platform="feewize"),
        "Did you mean 'feewise'?",
        "no platform or file named 'feewize'",
        "feewise, standard-webhooks, wawex",
    )


def test_a_misspelt_option_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    """The refusal of pytest says which option of ours resembles it; those of pytest itself resemble nothing."""
    done = kit(tmp_path, "--requirment=UNK-01", "--log-level=INFO")

    _refused(done, "arguments: --requirment=UNK-01", "did you mean: --requirement in place of --requirment")
    assert "--log-level" not in done.output


def test_a_misspelt_item_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    """An argument that names no item is refused before anything is played."""
    _refused(kit(tmp_path, "conformance::UNK-1"), "no such item: conformance::UNK-1", "mean 'conformance::UNK-01'?")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("platform.yaml", "events:\n", "events: [\n", "platform.yaml:16:5: is not YAML"),
        ("platform.yaml", "title: FeeWise\n", "titel: FeeWise\n", "platform.yaml at the top"),
        ("openapi.yaml", "paths:\n", "paths: }\n", "openapi.yaml:"),
    ],
    ids=["not YAML", "not a description", "document that is not YAML"],
)
def test_a_malformed_file_is_told_with_its_place(file: str, old: str, new: str, said: str, tmp_path: Path) -> None:
    """A broken description or document is refused with file and line, or with a JSON pointer."""
    copy = tmp_path / "mine"
    shutil.copytree(schemas() / "platforms" / "feewise", copy)
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    _refused(kit(tmp_path, platform="mine"), said)


@pytest.mark.parametrize("folder", ["taken", "taken/deeper"])
def test_a_report_folder_that_cannot_be_is_told(folder: str, tmp_path: Path) -> None:
    """A file in its place ends the run before it begins; that junit.xml finds no place there either hides nothing."""
    (tmp_path / "taken").write_text("mine", encoding="utf-8")

    _refused(kit(tmp_path, *_ONE, "--report-dir", folder), f"The report folder {folder} cannot be written")


def test_a_summary_that_cannot_be_appended_to_costs_no_report(tmp_path: Path) -> None:
    """In a container, say, which is told of the file of the pipeline and does not have it."""
    done = kit(tmp_path, *_ONE, environment={"GITHUB_STEP_SUMMARY": str(tmp_path / "none" / "summary.md")})

    assert done.status == 1, done.output
    assert "The summary cannot be appended to" in done.output
    assert "1 of 1 MUST proven" in done.output
    assert "Traceback" not in done.output
    assert (tmp_path / "reports" / "report.json").exists()


@pytest.mark.parametrize("option", ["--fixtures", "--fixtures-per-test"])
def test_what_pytest_tells_of_itself_starts_no_run(option: str, tmp_path: Path) -> None:
    """Nobody is judged, and the report of an earlier run stays."""
    earlier = tmp_path / "reports" / "report.json"
    earlier.parent.mkdir()
    earlier.write_text("{}", encoding="utf-8")

    done = kit(tmp_path, option)

    assert done.status in {0, 5}, done.output
    assert "Traceback" not in done.output
    assert ["report.json"] == [path.name for path in earlier.parent.iterdir()]


def test_an_unreachable_partner_is_told(tmp_path: Path) -> None:
    """Where nothing listens the run is refused, and the message names the URL and the options that help."""
    with free_port() as port:
        done = kit(tmp_path, *_ONE, partner=f"http://127.0.0.1:{port}/webhooks", environment=SECRETS)

    _refused(done, f"Nothing listens at http://127.0.0.1:{port}/webhooks", "--partner-command", "--partner-wait")
    assert not (tmp_path / "reports" / "report.json").exists()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """Where another program has the port of the simulated platform, the message says so and names the option."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        done = kit(tmp_path, "--requirement", "UNK-01", "--platform-bind", bind)

    _refused(done, f"cannot listen on {bind}", "--platform-bind")


def test_a_control_endpoint_that_is_none_is_told(tmp_path: Path) -> None:
    """A control endpoint that does not say what it offers is a mistake of the settings; no event is sent."""
    with misbehaving(BEHAVIOURS["refuses-everything"]) as url:
        done = kit(tmp_path, *_ONE, "--partner-control-url", url, partner=url, environment=SECRETS)

    _refused(done, "answers GET with status 401", "CONFORMANCE_CONTROL_TOKEN")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("no-such-program --at-all", "cannot be started"),
        (f"{sys.executable} -c 'raise SystemExit(3)'", "ended with status 3 before it listened"),
        (f"{sys.executable} -c 'import time; time.sleep(600)'", "after 0.5 s"),
    ],
    ids=["is not there", "ends at once", "never listens"],
)
def test_a_partner_command_that_fails_is_told(program: str, said: str, tmp_path: Path) -> None:
    """A partner that its command does not bring up ends the run with the reason, and nothing of it is left."""
    marker = {"LEFT_BY_TEST": tmp_path.name}
    with free_port() as port:
        done = kit(
            tmp_path,
            *_ONE,
            "--partner-command",
            program,
            "--partner-wait",
            "0.5",
            partner=f"http://127.0.0.1:{port}",
            environment={**SECRETS, **marker},
        )

    _refused(done, said)
    assert left_of(marker) == []

"""Whatever a partner does with the secrets that it was given, nothing that a run writes or says tells them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from kit_process import SECRETS, Finished, command, free_port, kit
from talking_partner import talking

# What the partner's id is, everybody may know: it stands in headers and paths.
CANARIES: Final = {
    **{name: value for name, value in SECRETS.items() if name != "CONFORMANCE_PARTNER_ID"},
    "--partner-url": "url-Code4Function8kL2",
}
ENCODINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": str,
    "URL": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "URL twice": lambda text: quote(quote(text.replace("-", "/"), safe=""), safe="").replace("%252F", "%252D"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url within more": lambda text: base64.urlsafe_b64encode(f"user:{text}??".encode()).decode(),
    "base64 of base64": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "JSON": lambda text: "".join(f"\\u{ord(each):04x}" for each in text),
    "HTML": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "reversed": lambda text: text[::-1],
    "in capitals": str.upper,
}
_RUN: Final = ("ACK-01", "SIG-01", "DUP-01", "FET-01", "COR-01", "ORD-01")
# What pytest says of a run when it is asked for everything.
_LOUDLY: Final = ("-vv", "-l", "--tb=long", "-rA", "--log-level=DEBUG", "-o", "log_cli=true")
# Somebody's own tests, which fail with all that they have at hand in their variables, and a hook that fails in ours.
_OWN_TESTS: Final = """
def test_own(platform, partner, deliver, make_event):
    thing = platform.make("payout")
    answer = deliver(make_event("payout.paid", thing))
    assert answer is None
"""
# A hook of the operator that fails, with the secrets among its arguments.
_HOOK: Final = """
def pytest_partner_start(config, platform_url, secrets):
    raise RuntimeError(f"cannot start with {secrets.api_key} at {platform_url}: {secrets}")
"""
# A fault of the kit in the middle of pytest, so that pytest shows every variable of ours.
_FAULT: Final = """
from conformance.session import ConformanceSession

def watch(self):
    secrets, settings = self.settings.secrets, self.settings
    raise RuntimeError("a fault of the kit")

ConformanceSession.watch = watch
"""


def _said() -> list[bytes]:
    """All canaries in one text for each encoding: many are said at every occasion."""
    return [" ".join(map(encode, CANARIES.values())).encode() for encode in ENCODINGS.values()]


def _found(text: bytes) -> list[tuple[str, str]]:
    """The canaries that a text holds, each with its encoding; a base64 without what depends on its neighbours."""
    lowered = text.lower()
    return [
        (name, how)
        for name, canary in CANARIES.items()
        for how, encode in ENCODINGS.items()
        for told in [encode(canary).rstrip("=").lower()]
        if (told[8:-6] if "within" in how else told[:-1]).encode() in lowered
    ]


def _searched(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """What is found in each file below the folder."""
    found = {str(path.relative_to(folder)): _found(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    return {name: canaries for name, canaries in found.items() if canaries}


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Callable[..., Finished]]:
    """Plays against a partner that says all its secrets all the time."""
    with free_port() as port, talking(_said(), api_port=port) as url:

        def play(*words: str) -> Finished:
            temporary = tmp_path / "temporary"
            temporary.mkdir()
            summary = tmp_path / "step-summary.md"
            summary.touch()
            return kit(
                tmp_path,
                *(word for name in _RUN for word in ("--requirement", name)),
                f"--platform-bind=127.0.0.1:{port}",
                f"--partner-control-url={url}/control",
                *_LOUDLY,
                *words,
                partner=f"{url}/hook?code={CANARIES['--partner-url']}",
                environment={**SECRETS, "TMPDIR": str(temporary), "GITHUB_STEP_SUMMARY": str(summary)},
            )

        yield play


def test_no_secret_is_in_anything_that_a_run_leaves(played: Callable[..., Finished], tmp_path: Path) -> None:
    """Neither in a file of the run or of pytest, nor on the terminal, nor when the journal is judged anew."""
    (tmp_path / "test_own.py").write_text(_OWN_TESTS, encoding="ascii")
    done = played("test_own.py", f"--junitxml={tmp_path / 'junit.xml'}")
    told = command(tmp_path, "judge", "reports/journal.jsonl", "--report-dir", "again")
    (tmp_path / "test_own.py").unlink()
    assert (tmp_path / "reports" / "journal.jsonl").exists(), done.output
    journal = (tmp_path / "reports" / "journal.jsonl").read_text(encoding="ascii")

    assert [] == _found(done.output.encode())
    assert [] == _found(told.output.encode())
    assert {} == _searched(tmp_path)
    # The partner has been asked and has asked, and has told all of them.
    for name in ("signing_secret", "api_key", "webhook_token", "control_token", "url_parameter"):
        assert f"[secret {name}]" in journal, done.output
        assert f"[like secret {name}]" in journal
    assert '"record":"call"' in journal
    assert "FAILED test_own.py" in done.output


def test_no_secret_is_in_what_workers_say(played: Callable[..., Finished], tmp_path: Path) -> None:
    """Under pytest-xdist verdicts go through other processes, and their logs."""
    done = played("-n", "2", "-p", "xdist")

    assert [] == _found(done.output.encode())
    assert {} == _searched(tmp_path)
    assert "[gw1]" in done.output


@pytest.mark.parametrize(("conftest", "said"), [(_FAULT, "a fault of the kit"), (_HOOK, "cannot start with [secret")])
def test_no_secret_is_in_a_traceback(tmp_path: Path, conftest: str, said: str) -> None:
    """Neither in the variables that pytest shows of a fault of ours, nor in what an operator's hook says of its own."""
    (tmp_path / "conftest.py").write_text(conftest, encoding="ascii")
    partner = "hook" if "partner_start" in conftest else "http://127.0.0.1:9"
    done = kit(tmp_path, "--requirement=ACK-01", *_LOUDLY, "--full-trace", partner=partner, environment=SECRETS)

    assert said in done.output
    assert "Secrets(partner_id=" in done.output
    assert [] == _found(done.output.encode())
    assert {} == _searched(tmp_path)

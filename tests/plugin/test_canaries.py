"""Whatever a partner does with the secrets that it was given, nothing that a run writes or says tells them."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from conformance.cli import main
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


def _packed(journal: str) -> list[tuple[str, str]]:
    """The canaries in the bodies that a journal holds in base64, as they are and inflated."""
    bodies = map(base64.b64decode, set(re.findall(r'"base64":"([^"]*)"', journal)))
    return [found for body in bodies for inner in (body, *_inflated(body)) for found in _found(inner)]


def _inflated(body: bytes) -> Iterator[bytes]:
    for window in (32 + zlib.MAX_WBITS, -zlib.MAX_WBITS):
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj(window).decompress(body)


def _command_lines() -> Iterator[bytes]:
    """The words of all processes of this machine, where it tells them."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes()


@pytest.fixture
def seen() -> set[bytes]:
    """The command lines of all processes, as they were when the partner was asked for the first times."""
    return set()


@pytest.fixture
def played(tmp_path: Path, seen: set[bytes]) -> Iterator[Callable[..., Finished]]:
    """Plays against a partner that says all its secrets all the time."""
    looks = itertools.count()

    def look() -> None:
        if next(looks) % 8 == 0:
            seen.update(_command_lines())

    with free_port() as port, talking(_said(), api_port=port, asked=look) as url:

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


def _after(tmp_path: Path, url: str) -> dict[str, str]:
    """What the commands print that read what a run left, given the same environment and the same URL."""
    partner = f"{url}?code={CANARIES['--partner-url']}"
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    here, on, anywhere = str(tmp_path / "reports"), ("--platform", "feewise"), ("--platform-bind", "127.0.0.1:0")
    lines = (
        ("gate", here, *on, "--partner", partner),
        ("gate", here, *on, "--partner", partner.replace("hook", "other"), "--json"),
        ("attest", here, *on),
        ("aggregate", here, "--output", str(tmp_path / "page")),
        ("judge", here, "--json"),
        ("resend", here, "ACK-01", "--partner-url", partner),
        ("resend", here, "ACK-01", "--partner-url", partner, "--print-curl"),
        ("doctor", *on, *anywhere, "--partner-url", partner),
        ("doctor", *on, "--partner-url", partner.replace("http", "ftp"), "--json"),
        ("doctor", *on, *anywhere, "--partner-url", partner, "--partner-control-url", partner.replace("hook", "none")),
    )
    environment = {**SECRETS, "CONFORMANCE_ATTESTATION_KEY": key}
    told = {" ".join(line): CliRunner().invoke(main, line, env=environment).output for line in lines}
    assert [] == [line for line, output in told.items() if key.splitlines()[1] in output]
    # Each of them has come as far as the URL.
    assert [] == [line for line, output in told.items() if "[secret url_parameter]" not in output and partner in line]
    return told


def test_no_secret_is_in_anything_that_a_run_leaves(
    played: Callable[..., Finished], tmp_path: Path, seen: set[bytes]
) -> None:
    """Neither in a file of the run or of pytest, nor on a terminal, nor in what commands make of it afterwards."""
    (tmp_path / "test_own.py").write_text(_OWN_TESTS, encoding="ascii")
    done = played("test_own.py", f"--junitxml={tmp_path / 'junit.xml'}")
    told = command(tmp_path, "judge", "reports/journal.jsonl", "--report-dir", "again")
    (tmp_path / "test_own.py").unlink()
    assert (tmp_path / "reports" / "journal.jsonl").exists(), done.output
    journal = (tmp_path / "reports" / "journal.jsonl").read_text(encoding="ascii")

    header = json.loads(journal.partition("\n")[0])
    after = _after(tmp_path, header["partner"].partition("?")[0])

    assert [] == _found(done.output.encode())
    assert [] == _found(told.output.encode())
    assert [] == [(line, _found(output.encode())) for line, output in after.items() if _found(output.encode())]
    assert {} == _searched(tmp_path)
    assert [] == _packed(journal)
    # What the operator has put there is there, and goes no further.
    assert {"--partner-url"} >= {name for line in seen for name, _ in _found(line)}
    assert [] == [line for line in seen if b"--partner-url=" not in line and _found(line)]
    # The partner has been asked and has asked, and has told all of them.
    for name in ("signing_secret", "api_key", "webhook_token", "control_token", "url_parameter"):
        assert f"[secret {name}]" in journal, done.output
        assert f"[like secret {name}]" in journal
    assert '"record":"call"' in journal
    assert "[a packed body that holds a secret]" in journal
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

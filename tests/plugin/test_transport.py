"""A partner behind https, whose certificate the operator's own authority has signed, or nobody that the kit knows."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from conformance.partner_process import profile
from conformance.platform.specification import read_specification
from kit_process import SECRETS, Finished, free_port, kit, report

_JUDGED = ("TLS-01", "ACK-01", "DUP-02", "CON-03")
Runs = Callable[..., tuple[Path, Finished]]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that the operator may name."""
    return trustme.CA()


@pytest.fixture
def run(tmp_path: Path, authority: trustme.CA) -> Runs:
    """A run against the reference partner with a certificate for that name."""

    def played(name: str, *arguments: str) -> tuple[Path, Finished]:
        (tmp_path / "profile.json").write_text(json.dumps(profile(read_specification("feewise"))), encoding="utf-8")
        authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(tmp_path / "partner.pem")
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        with free_port() as partner, free_port() as api:
            settings = {
                "PARTNER_PROFILE": str(tmp_path / "profile.json"),
                "PARTNER_PORT": str(partner),
                "PARTNER_API_URL": f"http://127.0.0.1:{api}",
                "PARTNER_CERTIFICATE": str(tmp_path / "partner.pem"),
            }
            url = f"https://127.0.0.1:{partner}"
            command = shlex.join([sys.executable, "-m", "conformance.reference"])
            done = kit(
                tmp_path,
                *(f"--requirement={name}" for name in _JUDGED),
                *("--platform-bind", f"127.0.0.1:{api}", "--partner-control-url", f"{url}/control"),
                *("--partner-command", command, "--partner-wait", "20"),
                *arguments,
                partner=url,
                environment={**SECRETS, **settings},
            )
        return tmp_path, done

    return played


def _found(folder: Path) -> dict[str, Any]:
    return {r["id"]: r for r in report(folder)["requirements"]}


def test_a_private_authority_can_be_trusted(run: Runs) -> None:
    """Deliveries of every form, control calls and the handshake all trust the file, and the report names it."""
    folder, done = run("127.0.0.1", "--conformance-ca-file", "ca.pem")

    assert done.status == 0, done.output
    assert {name: found["verdict"] for name, found in _found(folder).items()} == dict.fromkeys(sorted(_JUDGED), "PASS")
    assert "TLSv1.3" in _found(folder)["TLS-01"]["reason"]
    assert report(folder)["settings"]["authorities that are trusted as well"] == "ca.pem"


@pytest.mark.parametrize(
    ("name", "arguments", "fault"),
    [
        ("127.0.0.1", (), "the certificate does not verify: unable to get local issuer certificate"),
        (
            "partner.example",
            ("--conformance-ca-file", "ca.pem"),
            "the certificate does not verify: IP address mismatch",
        ),
    ],
)
def test_a_certificate_that_does_not_verify_fails_one_requirement(
    run: Runs, name: str, arguments: tuple[str, ...], fault: str
) -> None:
    """The run goes on, TLS-01 fails and says why, and of all else nothing can be known."""
    folder, done = run(name, *arguments)
    found = _found(folder)

    assert done.status == 1, done.output
    assert {name: r["verdict"] for name, r in found.items()} == {
        **dict.fromkeys(_JUDGED, "NOT_ASSESSABLE"),
        "TLS-01": "FAIL",
    }
    assert fault in found["TLS-01"]["items"][0]["findings"][0]["actual"]
    assert "(see TLS-01)" in found["ACK-01"]["reason"]

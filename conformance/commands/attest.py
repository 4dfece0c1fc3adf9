"""`webhook-conformance attest`."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from conformance.commands.conventions import EXIT_CODES, catalogue_with, own_requirements, plain_errors, say

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["attest"]

_KEY: Final = "CONFORMANCE_ATTESTATION_KEY"
_FILE: Final = click.Path(path_type=Path)


@click.command()
@click.argument("report", type=_FILE, default=Path("reports"))
@click.option("--journal", type=_FILE, help="The journal, where it does not lie beside the report.")
@click.option("--key-file", type=_FILE, help=f"The private key, PEM; else {_KEY} or {_KEY}_FILE.")
@click.option("--valid-for", metavar="AGE", default="30d", show_default=True, help="How long it holds: 24h, 30d.")
@click.option("--platform", metavar="NAME|PATH", help="The description, where the run used one of its own.")
@click.option("--out", type=_FILE, help="Where to write it, where not to attestation.json beside the report.")
@own_requirements
@plain_errors
def attest(
    *,
    report: Path,
    journal: Path | None,
    key_file: Path | None,
    valid_for: str,
    platform: str | None,
    out: Path | None,
    own: tuple[str, ...],
) -> None:
    """Sign what a run left, so that nobody changes it unseen.

    Signs the exact bytes of report.json and journal.jsonl, whatever their verdict is, and writes attestation.json
    beside them. Nothing is signed that the gate would refuse as forged.

    The key comes after the run and from elsewhere, so that neither pytest nor the partner ever sees it.

    Exits with 0 when it has signed, 2 when a file or the key is missing, 3 when these files are not what a run wrote.

    \b
    Examples:
        webhook-conformance attest reports --key-file key.pem
        CONFORMANCE_ATTESTATION_KEY_FILE=key.pem webhook-conformance attest reports --valid-for 7d
    """
    from conformance.attestation import Statement, signed
    from conformance.duration import duration_of
    from conformance.errors import ConfigurationError, Problem
    from conformance.gate.attesting import vouched_for
    from conformance.gate.files import read_files

    key = _private_key(key_file)
    try:
        seconds = duration_of(valid_for)
        now = datetime.now(UTC).replace(microsecond=0)
        until = now + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        raise ConfigurationError(
            Problem("--valid-for", f"{valid_for!r} is no duration", "Example: 24h or 30d")
        ) from None
    files = read_files(report, journal)
    found = vouched_for(files, catalogue_with(own), platform=platform or "", now=now)
    if found.refused:
        say("webhook-conformance: nothing is signed: " + "\n    ".join(found.refused), err=True)
        sys.exit(EXIT_CODES["refused"])
    assert found.about is not None  # nothing was refused
    statement = Statement(
        report=files.report_digest,
        journal=files.journal_digest,
        about=found.about,
        level=found.level.number,
        issued=now.isoformat(),
        expires=until.isoformat(),
    )
    path = out or files.report_path.parent / "attestation.json"
    try:
        path.write_text(signed(statement, key), encoding="ascii")
    except OSError as error:
        raise ConfigurationError(Problem(str(path), f"cannot be written: {error.strerror or error}")) from None
    say(f"{path}: {found.about.verdict}, level {found.level.number}: {found.level.says}")
    click.echo(f"It holds until {until.isoformat()}.")


def _private_key(path: Path | None) -> Ed25519PrivateKey:
    """The key from the file that is named, else from the environment."""
    from conformance.attestation import private_key
    from conformance.errors import ConfigurationError, Problem

    where = "--key-file"
    if path is None and os.environ.get(f"{_KEY}_FILE"):
        path, where = Path(os.environ[f"{_KEY}_FILE"]), f"{_KEY}_FILE"
    if path is not None:
        try:
            return private_key(path.read_bytes(), where)
        except OSError as error:
            # The path is not told: who mistakes it for the key itself has put that there.
            what = f"the file that it names cannot be read: {error.strerror}"
            raise ConfigurationError(Problem(where, what)) from None
    if os.environ.get(_KEY):
        return private_key(os.environ[_KEY].encode(), _KEY)
    hint = "Make one: openssl genpkey -algorithm ed25519 -out key.pem"
    raise ConfigurationError(Problem(f"--key-file, {_KEY} or {_KEY}_FILE", "no key is given", hint))

"""`webhook-conformance gate`."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands.conventions import EXIT_CODES, catalogue_with, own_requirements, plain_errors, say, say_json

if TYPE_CHECKING:
    from conformance.catalogue import Catalogue
    from conformance.gate.attested import Trust
    from conformance.gate.policy import Policy

__all__ = ["gate"]

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("report", type=_FILE, default=Path("reports"))
@click.option("--journal", type=_FILE, help="The journal, where it does not lie beside the report.")
@click.option("--policy", "policy_file", type=_FILE, help="A YAML file that says what is asked for.")
@click.option("--partner", metavar="URL", help="The partner that was to be judged, as --partner-url was given.")
@click.option("--platform", metavar="NAME|PATH", help="The platform that was to be played.")
@click.option("--max-age", metavar="AGE", help="How old the run may be: 24h (the default), 30d, or any.")
@click.option("--nonce", metavar="TEXT", help="What the run was given with --conformance-nonce.")
@click.option("--public-key", "partner_keys", type=_FILE, multiple=True, help="A key of the partner; repeatable.")
@click.option("--platform-key", "platform_keys", type=_FILE, multiple=True, help="A key of the platform; repeatable.")
@click.option("--attestation", "envelope", type=_FILE, help="The attestation, where it does not lie beside the report.")
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
@own_requirements
@plain_errors
def gate(
    *,
    report: Path,
    journal: Path | None,
    policy_file: Path | None,
    partner: str | None,
    platform: str | None,
    max_age: str | None,
    nonce: str | None,
    partner_keys: tuple[Path, ...],
    platform_keys: tuple[Path, ...],
    envelope: Path | None,
    as_json: bool,
    own: tuple[str, ...],
) -> None:
    """Decide whether a partner may pass, by what its run left in a folder.

    Nothing in the report is believed: the journal is judged anew and the report held against it, byte for byte.
    What was left out, changed, waived or is too old is told with it.

    Exits with 0 when the partner conforms, 1 when a requirement failed, 2 when a file is missing or the policy is
    wrong, 3 when not enough is proven or the files are not the evidence that was asked for.

    \b
    Examples:
        webhook-conformance gate reports
        webhook-conformance gate reports --partner http://127.0.0.1:8000/webhooks --platform feewise --max-age 1h
        webhook-conformance gate reports/report.json --policy policy.yaml --public-key partner.pem --nonce 4711 --json
    """
    from conformance.gate.decide import decide
    from conformance.gate.files import read_files
    from conformance.gate.telling import as_json as in_json
    from conformance.gate.telling import as_text

    catalogue = catalogue_with(own)
    given = {"partner": partner, "platform": platform, "nonce": nonce}
    policy = _policy(policy_file, catalogue, {key: value for key, value in given.items() if value is not None}, max_age)
    files = read_files(report, journal)
    trust = _trust(envelope, files.report_path.parent / "attestation.json", partner_keys, platform_keys)
    decision = decide(files, policy, catalogue, now=datetime.now(UTC), trust=trust)
    say_json(in_json(decision)) if as_json else say(as_text(decision))
    sys.exit(EXIT_CODES[decision.outcome])


def _policy(path: Path | None, catalogue: Catalogue, given: dict[str, str], max_age: str | None) -> Policy:
    """What the file says, and in its place what the command line says."""
    from conformance.duration import duration_of
    from conformance.errors import ConfigurationError, Problem
    from conformance.gate.policy import Policy, read_policy
    from conformance.platform.description_file import locate

    # A variable of a pipeline that nobody set must not ask for less.
    hint = "Where a variable stands behind it, set that; where anything will do, leave the option out."
    empty = [Problem(f"--{key}", "is empty", hint) for key, value in given.items() if not value.strip()]
    if empty:
        raise ConfigurationError(*empty)
    policy = read_policy(path, catalogue) if path is not None else Policy()
    policy = replace(policy, **given)  # type: ignore[arg-type]  # texts, each by its name
    if max_age == "any":
        policy = replace(policy, max_age=None)
    elif max_age:
        try:
            policy = replace(policy, max_age=duration_of(max_age))
        except ValueError as error:
            raise ConfigurationError(Problem("--max-age", str(error), "Example: 24h, 30d, or any")) from None
    if policy.platform:
        locate(policy.platform)
    return policy


def _trust(named: Path | None, beside: Path, partner_keys: tuple[Path, ...], platform_keys: tuple[Path, ...]) -> Trust:
    from conformance.attestation import public_key
    from conformance.errors import ConfigurationError, Problem
    from conformance.gate.attested import Trust
    from conformance.gate.files import content_of

    if named is not None and not (partner_keys or platform_keys):
        hint = "Name a key with --public-key or --platform-key."
        raise ConfigurationError(Problem("--attestation", "nothing can be checked without a key", hint))
    there = content_of(named) if named is not None else content_of(beside, found=True) if beside.exists() else None
    keys = [tuple(public_key(content_of(path), str(path)) for path in paths) for paths in (partner_keys, platform_keys)]
    return Trust(there, *keys)

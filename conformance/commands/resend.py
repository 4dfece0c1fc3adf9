"""`webhook-conformance resend`."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

import click

from conformance.commands.conventions import EXIT_CODES, catalogue_with, judging, own_requirements, plain_errors, say

if TYPE_CHECKING:
    from conformance.kit import Secrets
    from conformance.platform.description import Description

__all__ = ["resend"]

_NEEDED = ("CONFORMANCE_SIGNING_SECRET", "CONFORMANCE_WEBHOOK_TOKEN")
# As in a run: no correct partner takes longer than so many limits.
_DEADLINE_LIMITS = 4


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("named", metavar="ITEM|EXCHANGE")
@click.option("--partner-url", required=True, help="Where it goes: the run's own address does not count.")
@click.option("--print-curl", is_flag=True, help="Print a line for a shell in place of sending.")
@click.option("--fresh-ids", is_flag=True, help="Give the event a new id, so that it is no duplicate.")
@click.option("--conformance-ca-file", "ca_file", type=click.Path(path_type=Path), help="Further authorities (PEM).")
@own_requirements
@plain_errors
def resend(
    *,
    report: Path,
    named: str,
    partner_url: str,
    print_curl: bool,
    fresh_ids: bool,
    ca_file: Path | None,
    own: tuple[str, ...],
) -> None:
    """Send one delivery of a run again, signed anew with the secrets of the environment.

    REPORT is the folder of a run, or a file in it. An item stands for the delivery that proves the most of it. A forged
    delivery is forged again in the same way; one of which the journal does not tell how it was made is not sent.

    Exits with 0 when an answer came, 2 when nothing can be sent, 3 when the partner is not reached.

    \b
    Examples:
        webhook-conformance resend reports "SIG-05[one-day-old]" --partner-url http://127.0.0.1:8000/webhooks
        webhook-conformance resend reports d12 --partner-url http://127.0.0.1:8000/webhooks --print-curl
    """
    from conformance.credentials import redactor_of
    from conformance.journal import read_journal
    from conformance.judge.verdicts import judge_transcript
    from conformance.platform.description import Description
    from conformance.reporting.curl import curl_line
    from conformance.resend.remaking import Orders, remade
    from conformance.resend.sending import sent
    from conformance.resend.subject import subject_of
    from conformance.resend.telling import announced, told

    catalogue, journal, url = catalogue_with(own), _journal(report), _checked(partner_url)
    with judging(journal):
        transcript = read_journal(journal)
        judged = judge_transcript(transcript, catalogue)
        description = Description.from_text(transcript.header.description)
        secrets = _secrets(description)
        subject = subject_of(judged, named)
        orders = Orders(partner_url=url, now=time.time(), random=SystemRandom(), fresh_ids=fresh_ids)
        made = remade(transcript, subject.delivery, secrets, orders)
    redactor = redactor_of(description, secrets, [url])
    if print_curl:
        line = curl_line(redactor.request(made.request))
        click.echo(line.text)
        for note in (*made.remarks, *line.notes):
            say(f"note: {note}", err=True)
        return
    story = next((play.name for play in judged.plays if play.id == subject.delivery.play), "of no story")
    say(announced(subject, story, made.remarks))
    deadline = _DEADLINE_LIMITS * description.ack_limit
    now = asyncio.run(sent(subject.delivery, made, redactor, deadline=deadline, ca_file=ca_file))
    say("\n" + told(subject.delivery, now))
    if now.response is None:
        sys.exit(EXIT_CODES["incomplete"])


def _journal(report: Path) -> Path:
    if report.suffix == ".jsonl":
        return report
    return (report if report.is_dir() else report.parent) / "journal.jsonl"


def _secrets(description: Description) -> Secrets:
    """The secrets that deliveries need; those of the other direction may be missing."""
    from conformance.credentials import read_secrets
    from conformance.errors import ConfigurationError

    secrets, problems = read_secrets(description, os.environ, control=False)
    needed = [problem for problem in problems if problem.where.removesuffix("_FILE") in _NEEDED]
    if needed:
        raise ConfigurationError(*needed)
    return secrets


def _checked(url: str) -> str:
    from conformance.errors import ConfigurationError
    from conformance.settings_reader import SettingsReader

    reader = SettingsReader({"partner_url": url or "none"}, {}, Path.cwd())
    # What else stands in a pyproject.toml here is of no matter.
    mine = {problem.where for problem in reader.problems}
    found = reader.url("partner-url")
    problems = [problem for problem in reader.problems if problem.where not in mine]
    if problems:
        raise ConfigurationError(*problems)
    return found

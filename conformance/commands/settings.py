"""`webhook-conformance settings`."""

from __future__ import annotations

import click

from conformance.commands.conventions import plain_errors, say

__all__ = ["settings"]


@click.command()
@click.option("--platform", required=True, help="A platform's name, or the path of a description.")
@click.option("--platform-url", default="http://127.0.0.1:4010", show_default=True, help="Where the kit will listen.")
@plain_errors
def settings(*, platform: str, platform_url: str) -> None:
    """Print what to configure on the partner's side.

    \b
    Example:
        webhook-conformance settings --platform feewise
    """
    from conformance.partner_settings import partner_settings
    from conformance.platform.specification import read_specification

    say(partner_settings(read_specification(platform), platform_url.rstrip("/")))

"""The way to the partner, before HTTP: its name, its port, its certificate."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from conformance.doctor.symptom import Symptom
from conformance.quantity import named
from conformance.tls import Handshake, shake_hands

__all__ = ["certificate", "reached"]

_WITHIN: Final = 10.0
_SOON: Final = 14
_AUTHORITY: Final = "name the authority of your test environment with --conformance-ca-file FILE.pem."
_NO_TLS: Final = "What listens there speaks no TLS: write http:// in --partner-url, or switch TLS on."
_REMEDIES: Final = (
    ("self-signed", f"Nobody vouches for it. Take a certificate of a public authority, or {_AUTHORITY}"),
    ("unable to get", f"Its authority is not known, or the chain is not sent. Send the whole chain, or {_AUTHORITY}"),
    ("expired", "Renew the certificate; if it is new, check the clock of this machine."),
    ("not yet valid", "The certificate begins later: check the clocks of both machines."),
    ("mismatch", "The certificate is of another name: call the partner by the name that stands in it, or renew it."),
    ("wrong version", _NO_TLS),
    ("record layer", _NO_TLS),
)
_ANY: Final = "The partner's server has to offer TLS 1.2 or newer, with a certificate that verifies."


async def reached(url: str, *, within: float = _WITHIN) -> Symptom:
    """Whether the name of the URL is known, and something takes connections there."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(within):
            await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError, TimeoutError):
        found = f"no address is found for the host name {host}"
        return Symptom.problem(
            "partner", found, "Check the host in --partner-url, and the DNS of this machine.", away=True
        )
    try:
        async with asyncio.timeout(within):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        found = f"{host} port {port} takes no connection within {within:g} s"
        remedy = "A firewall may drop what comes there: check host and port of --partner-url, and the rules between."
        return Symptom.problem("partner", found, remedy, away=True)
    except OSError as error:
        return _unreached(host, port, error)
    writer.close()
    return Symptom.ok("partner", f"{host} port {port} takes connections")


def _unreached(host: str, port: int, error: OSError) -> Symptom:
    # Where a name has several addresses, asyncio joins what came of them into one text.
    if isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error):
        found = f"nothing listens at {host} port {port} (connection refused)"
        remedy = (
            "Start the partner, or check host and port of --partner-url. A partner in a container has to listen on "
            "0.0.0.0 there, and its port has to be published."
        )
        return Symptom.problem("partner", found, remedy, away=True)
    found = f"{host} port {port} is not reached: {error.strerror or error}"
    return Symptom.problem("partner", found, "Check --partner-url, and the network between.", away=True)


async def certificate(url: str, tls: ssl.SSLContext, *, now: float, deadline: float = _WITHIN) -> Symptom:
    """Whether the TLS handshake succeeds, and how long the certificate is good for."""
    if urlsplit(url).scheme != "https":
        return Symptom.ok("tls", "plain http, no certificate is needed")
    handshake = await shake_hands(url, tls, deadline=deadline)
    if handshake.fault:
        fault = handshake.fault.lower()
        remedy = next((text for word, text in _REMEDIES if word in fault), _ANY)
        return Symptom.problem("tls", handshake.fault, remedy)
    found = f"{handshake.version}, the certificate verifies"
    days = _days_left(handshake, now)
    if days is None:
        return Symptom.ok("tls", found)
    until = f"{found} and is valid for another {named(days, 'day')}"
    return Symptom.ok("tls", until, "Renew the certificate soon." if days < _SOON else "")


def _days_left(handshake: Handshake, now: float) -> int | None:
    if handshake.valid_until is None:
        return None
    return (datetime.fromtimestamp(handshake.valid_until, UTC) - datetime.fromtimestamp(now, UTC)).days

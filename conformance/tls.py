"""What comes before HTTP: the TLS handshake with the partner's server, and whose certificates are believed."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import certifi

__all__ = ["Handshake", "shake_hands", "trusting"]


@dataclass(frozen=True, slots=True)
class Handshake:
    """What came of a handshake; without a `fault` it succeeded, and the certificate is right until `valid_until`.

    A server that is not `reached` has proven nothing.
    """

    version: str = ""
    cipher: str = ""
    fault: str = ""
    reached: bool = True
    valid_until: float | None = None


def trusting(ca_file: Path | None = None) -> ssl.SSLContext:
    """Verify as platforms do, by the public authorities and those of this machine, and by the operator's own.

    Raises OSError when the file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


async def shake_hands(url: str, tls: ssl.SSLContext, *, deadline: float) -> Handshake:
    """Connect to where the URL points, shake hands, and hang up."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(deadline):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=tls, ssl_shutdown_timeout=1.0
            )
    except ssl.SSLCertVerificationError as error:
        return Handshake(fault=f"the certificate does not verify: {error.verify_message}")
    except ssl.SSLError as error:
        return Handshake(fault=f"the TLS handshake failed: {(error.reason or str(error)).replace('_', ' ').lower()}")
    except TimeoutError:
        return Handshake(fault=f"no TLS handshake within {deadline:g} s")
    except OSError as error:
        return _broken(error)
    version = writer.get_extra_info("ssl_object").version() or ""
    expires = writer.get_extra_info("peercert").get("notAfter")
    cipher = writer.get_extra_info("cipher")[0]
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return Handshake(version, cipher, valid_until=ssl.cert_time_to_seconds(expires) if expires else None)


def _broken(error: OSError) -> Handshake:
    """Whether there was a server; an address that several names lead to gives no more than a plain OSError."""
    if isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError):
        return Handshake(fault=f"the connection broke in the TLS handshake: {error.strerror or error}")
    return Handshake(fault=f"not reached: {error.strerror or error}", reached=False)

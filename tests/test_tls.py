from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from conformance.tls import Handshake, shake_hands, trusting
from servers import Conversation, free_port, reset, serving

_DEADLINE = 5.0


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that nobody but a test trusts."""
    return trustme.CA()


@pytest.fixture
def ours(authority: trustme.CA, tmp_path: Path) -> ssl.SSLContext:
    """A client that trusts it as well."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return trusting(path)


def secured(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """A server with a certificate for that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def _says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


def met(server: ssl.SSLContext, client: ssl.SSLContext) -> Handshake:
    """What comes of a handshake between the two."""

    async def meet() -> Handshake:
        async with serving(_says_nothing, tls=server) as url:
            return await shake_hands(url, client, deadline=_DEADLINE)

    return asyncio.run(meet())


def test_a_certificate_of_an_authority_that_is_trusted_verifies(authority: trustme.CA, ours: ssl.SSLContext) -> None:
    """The handshake says what was agreed on."""
    found = met(secured(authority), ours)

    assert ("TLSv1.3", "", True) == (found.version, found.fault, found.reached)
    assert found.cipher.startswith("TLS_")


def test_tls_1_2_is_spoken(authority: trustme.CA, ours: ssl.SSLContext) -> None:
    """The newest version is not demanded."""
    server = secured(authority)
    server.maximum_version = ssl.TLSVersion.TLSv1_2

    assert "TLSv1.2" == met(server, ours).version


def test_a_stranger_is_not_trusted(authority: trustme.CA) -> None:
    """Without the file the authority is nobody."""
    found = met(secured(authority), trusting())

    assert found.reached
    assert found.fault.startswith("the certificate does not verify: ")


def test_a_certificate_for_another_name_does_not_verify(authority: trustme.CA, ours: ssl.SSLContext) -> None:
    """Whoever signed it."""
    assert "127.0.0.1" in met(secured(authority, "partner.example"), ours).fault


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_tls_1_1_is_not_spoken(authority: trustme.CA, ours: ssl.SSLContext) -> None:
    """A server that knows nothing newer is reached and not met."""
    server = secured(authority)
    server.minimum_version = server.maximum_version = ssl.TLSVersion.TLSv1_1
    server.set_ciphers("ALL:@SECLEVEL=0")
    found = met(server, ours)

    assert found.reached
    assert "handshake" in found.fault


async def _hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    reset(writer)


async def _speaks_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    await reader.read()


@pytest.mark.parametrize(
    ("conversation", "fault"),
    [
        (_hangs_up, "the connection broke in the TLS handshake: "),
        (_speaks_http, "the TLS handshake failed: "),
        (_says_nothing, "no TLS handshake within 0.2 s"),
    ],
)
def test_a_server_that_speaks_no_tls_is_reached(conversation: Conversation, fault: str, ours: ssl.SSLContext) -> None:
    """That is its fault, and told as it was seen."""

    async def meet() -> Handshake:
        async with serving(conversation) as url:
            return await shake_hands(url.replace("http:", "https:"), ours, deadline=0.2)

    found = asyncio.run(meet())

    assert found.reached
    assert found.fault.startswith(fault)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_where_nobody_listens_nobody_is_at_fault(host: str, ours: ssl.SSLContext) -> None:
    """Nothing is known of a server that is not there, also where a name stands for several addresses."""

    async def meet() -> Handshake:
        return await shake_hands(f"https://{host}:{await free_port()}", ours, deadline=_DEADLINE)

    found = asyncio.run(meet())

    assert not found.reached
    assert found.fault.startswith("not reached: ")

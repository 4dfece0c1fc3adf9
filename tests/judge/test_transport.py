"""What the judge of TLS says of transcripts written by hand."""

from __future__ import annotations

import json

import pytest

from conformance.exchange import Failure
from conformance.judge.transport import is_loopback
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import delivered, feewise, noted, play

URL = "https://partner.example/hooks"


def reached(url: str = URL, *, failure: Failure | None = None, **handshake: object) -> Transcript:
    """The kit shook hands with this outcome, and delivered an event."""
    told = {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "fault": "", "reached": True, **handshake}
    return feewise(
        play("transport", "", noted("handshake", json.dumps(told)), delivered("event", url=url, failure=failure))
    )


@case("TLS-01", Verdict.PASS, "TLSv1.3 with TLS_AES_256_GCM_SHA384")
def test_a_verified_handshake_passes() -> Transcript:
    """The report says what was spoken."""
    return reached()


@case("TLS-01", Verdict.PASS, "TLSv1.2")
def test_tls_1_2_is_new_enough() -> Transcript:
    """Also on the loopback interface, where it is served."""
    return reached("https://127.0.0.1:8443/hooks", version="TLSv1.2")


@case("TLS-01", Verdict.FAIL, "the certificate does not verify: Hostname mismatch")
def test_a_certificate_for_another_name_fails() -> Transcript:
    """No delivery comes through."""
    return reached(failure=Failure.TLS, version="", fault="the certificate does not verify: Hostname mismatch")


@case("TLS-01", Verdict.FAIL, "TLS 1.2 or newer / TLSv1.1")
def test_an_old_version_fails() -> Transcript:
    """Whatever the kit's own library would still speak."""
    return reached(version="TLSv1.1")


@case("TLS-01", Verdict.FAIL, "the TLS handshake failed")
def test_a_delivery_that_fails_where_the_handshake_succeeded_fails() -> Transcript:
    """One of several servers may have another certificate."""
    return reached(failure=Failure.TLS)


@case("TLS-01", Verdict.FAIL, "plain http to partner.example")
def test_plain_http_to_another_machine_fails() -> Transcript:
    """Whoever is on the way can read it."""
    return reached("http://partner.example/hooks")


@case("TLS-01", Verdict.NOT_APPLICABLE, "over the loopback interface")
def test_plain_http_on_the_loopback_interface_is_fine() -> Transcript:
    """Nobody is on the way."""
    return reached("http://127.0.0.1:8000/hooks")


@case("TLS-01", Verdict.NOT_ASSESSABLE, "not reached: connection refused")
def test_a_server_that_is_not_there_proves_nothing() -> Transcript:
    """It may have the best of certificates."""
    return reached(fault="not reached: connection refused", reached=False)


@case("TLS-01", Verdict.NOT_ASSESSABLE, "the story did not come to its end")
def test_without_a_handshake_nothing_is_known() -> Transcript:
    """A delivery that succeeded may have been made by a client that trusts anybody."""
    return feewise(play("transport", "", delivered("event", url=URL)))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_loopback_is_told_by_name_and_address(host: str, *, expected: bool) -> None:
    """A name that only looks like it is not."""
    assert expected == is_loopback(host)

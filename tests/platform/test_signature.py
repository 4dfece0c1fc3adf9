from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.credentials import demo_secrets, read_secrets
from conformance.errors import ConfigurationError
from conformance.partner_settings import partner_settings
from conformance.platform.description_file import read_description
from conformance.platform.signature import Credential
from conformance.platform.signature_check import preset_names
from conformance.platform.specification import read_specification
from conformance.signing import has_key_pair, key_of, new_secret, partner_secret, shown, spellings
from kit_run import settings_for
from signed_platforms import PRESETS, described
from small_platform import platform

STRIPE_LIKE = {"preset": "stripe", "headers": {"X-Acme-Signature": "t={timestamp},{signature}"}, "tolerance": 60}


def problems(folder: Path, values: dict[str, Any], **arguments: Any) -> list[tuple[str, str]]:
    """Where each mistake of a description stands, and what it is."""
    with pytest.raises(ConfigurationError) as raised:
        read_description(platform(folder, description=values), **arguments)
    return [(each.where.rpartition(" at ")[2], each.what) for each in raised.value.problems]


def test_a_preset_is_taken_and_what_differs_takes_its_place(tmp_path: Path) -> None:
    """What stands beside the name of a preset overrides it; the rest is that of the preset."""
    signature = read_description(platform(tmp_path, description={"/signature": STRIPE_LIKE})).signature

    assert signature is not None
    assert (("X-Acme-Signature", "t={timestamp},{signature}"),) == signature.headers
    assert ("{timestamp}.{body}", "hex", "v1=", ",", 60.0) == (
        signature.content,
        signature.encoding,
        signature.version,
        signature.separator,
        signature.tolerance,
    )


def test_the_description_in_force_has_no_need_of_the_preset(tmp_path: Path) -> None:
    """A journal can be judged again whatever becomes of the presets."""
    description = read_description(platform(tmp_path, description={"/signature": {"preset": "slack"}}))
    again = type(description).from_text(description.as_text().replace('"preset":"slack",', ""))

    assert description.signature == again.signature


def test_the_operator_may_change_the_preset(tmp_path: Path) -> None:
    """Another preset is another scheme: nothing of the former one stays."""
    path = platform(tmp_path, description={"/signature": STRIPE_LIKE})
    signature = read_description(path, overrides={"/signature/preset": "github"}).signature

    assert signature == described("github").signature


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_without_a_mistake(name: str, tmp_path: Path) -> None:
    """A description that names it, and nothing else, is right."""
    assert read_description(platform(tmp_path, description={"/signature": {"preset": name}})).signature is not None


@pytest.mark.parametrize("name", PRESETS)
def test_secrets_are_drawn_as_the_scheme_writes_them(name: str) -> None:
    """The kit can read what it draws, tells the partner no private key, and shows neither."""
    scheme = described(name).signature
    assert scheme is not None
    secret = demo_secrets(scheme).signing
    told = partner_secret(scheme, secret)

    assert secret.startswith(scheme.secret.prefix)
    assert key_of(scheme, secret)
    assert has_key_pair(scheme) is (told != secret)
    assert secret in spellings(scheme, secret)
    assert not any(secret in line for line in shown(scheme))


def test_all_mistakes_of_a_signature_are_told_at_once(tmp_path: Path) -> None:
    """Each with its place: a field that the scheme has no use for, one that it lacks, a word that nothing fills in."""
    wrong = {
        "scheme": "ed25519",
        "digest": "sha256",
        "content": "{body}{nonce}",
        "encoding": "hex",
        "tolerance": 300,
        "headers": {"X-Signature": "{signature}"},
    }

    assert [
        ("/signature/digest", "means nothing to the scheme ed25519"),
        ("/signature/content", "nothing is filled in for {nonce}"),
        ("/signature/tolerance", "nothing that is sent tells the time of signing"),
    ] == problems(tmp_path, {"/signature": wrong})


@pytest.mark.parametrize(
    ("signature", "mistakes"),
    [
        ({"preset": "strype"}, [("/signature/preset", "no preset 'strype'")]),
        (
            {"scheme": "rfc9421", "algorithm": "HS256"},
            [
                ("/signature", "the scheme rfc9421 needs 'components'"),
                ("/signature", "the scheme rfc9421 needs 'key_id'"),
                ("/signature/algorithm", "the scheme rfc9421 knows no 'HS256'"),
            ],
        ),
        (
            {"preset": "jws", "headers": {"X-JWS": "{token}"}},
            [
                ("/signature/headers/X-JWS", "nothing is filled in for {token}"),
                ("/signature/headers", "no header carries {signature}"),
            ],
        ),
        ({"preset": "jws", "claims": {}}, [("/signature/tolerance", "nothing that is sent tells the time of signing")]),
    ],
)
def test_a_mistake_says_what_is_wrong(signature: Any, mistakes: list[tuple[str, str]], tmp_path: Path) -> None:
    """In the words of the scheme, with its place."""
    assert mistakes == problems(tmp_path, {"/signature": signature})


def test_an_unknown_preset_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    """The hint names them all."""
    with pytest.raises(ConfigurationError) as raised:
        read_description(platform(tmp_path, description={"/signature": {"preset": "strype"}}))

    assert raised.value.problems[0].hint.endswith(f"Known presets: {', '.join(preset_names())}.")


def test_mistakes_elsewhere_do_not_hide_those_of_a_signature(tmp_path: Path) -> None:
    """Both are told in one go."""
    found = problems(tmp_path, {"/acknowledgement/limit": 0, "/signature": {"preset": "strype"}})

    assert ["/acknowledgement/limit", "/signature/preset"] == [where for where, _ in found]


@pytest.mark.parametrize(
    ("credential", "carried"),
    [
        ({"type": "bearer"}, [(b"Authorization", b"Bearer tok")]),
        ({"type": "bearer", "header": "X-Auth"}, [(b"X-Auth", b"Bearer tok")]),
        ({"type": "basic", "user": "acme"}, [(b"Authorization", b"Basic YWNtZTp0b2s=")]),
        (
            {"type": "static", "headers": {"X-Sender": "acme", "X-Token": "t:{token}"}},
            [(b"X-Sender", b"acme"), (b"X-Token", b"t:tok")],
        ),
    ],
)
def test_a_credential_is_carried_in_headers(credential: Any, carried: list[Any], tmp_path: Path) -> None:
    """A bearer token, basic authentication, or headers of the partner's choice."""
    description = read_description(platform(tmp_path, description={"/deliveries/credential": credential}))

    assert description.credential is not None
    assert "webhook-credential" in description.features
    assert carried == list(description.credential.carried("tok"))
    assert "tok" not in description.credential.shown


def test_only_headers_that_hold_the_token_are_secret() -> None:
    """The others may be read in a report."""
    assert ("X-Token",) == Credential((("X-Sender", "acme"), ("X-Token", "{token}"))).secret_headers


def test_headers_without_the_token_are_no_credential(tmp_path: Path) -> None:
    """Whoever knows the URL could send them."""
    static = {"type": "static", "headers": {"X-Sender": "acme"}}

    assert [("/deliveries/credential/headers", "no header carries {token}, so there is no credential")] == problems(
        tmp_path, {"/deliveries/credential": static}
    )


def test_an_event_has_its_id_somewhere(tmp_path: Path) -> None:
    """In its body, or in a header of the signature or of the deliveries."""
    path = platform(tmp_path, description={"/signature": {"preset": "standard-webhooks"}})
    path.write_text(path.read_text(encoding="utf-8").replace('"id": "/id", "type"', '"type"'), encoding="utf-8")
    assert "" == read_description(path).id_at

    path = platform(tmp_path, description={"/signature": {"preset": "github"}})
    path.write_text(path.read_text(encoding="utf-8").replace('"id": "/id", "type"', '"type"'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="'id' is missing"):
        read_description(path)


@pytest.mark.parametrize(
    ("preset", "secret", "told"),
    [
        ("standard-webhooks", "whsec_not base64!", "is not base64 after 'whsec_'"),
        ("standard-webhooks-ed25519", "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "is the public key"),
        ("standard-webhooks-ed25519", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "holds 24 bytes"),
        ("discord", "nothexadecimal", "is not hex"),
        ("jws", "12345678", "holds 8 bytes"),
    ],
)
def test_a_secret_in_another_form_is_the_operators_mistake(preset: str, secret: str, told: str) -> None:
    """Told before a run begins, with where to look."""
    description = described(preset)
    environment = {
        "CONFORMANCE_SIGNING_SECRET": secret,
        "CONFORMANCE_API_KEY": "long enough",
        "CONFORMANCE_PARTNER_ID": "long enough",
        "CONFORMANCE_WEBHOOK_TOKEN": "long enough",
    }
    _, (problem,) = read_secrets(description, environment, control=False)

    assert "CONFORMANCE_SIGNING_SECRET" == problem.where
    assert problem.what.startswith(told)
    assert "webhook-conformance settings" in problem.hint
    assert secret not in str(problem)


def test_a_prefix_may_be_left_out() -> None:
    """As the libraries of Standard Webhooks allow it."""
    scheme = described("standard-webhooks").signature
    assert scheme is not None
    secret = new_secret(scheme, lambda length: "0f" * length)

    assert key_of(scheme, secret) == key_of(scheme, secret.removeprefix("whsec_"))


@pytest.mark.parametrize(
    ("preset", "extra"),
    [
        ("github", ""),
        ("discord", "ed25519"),
        ("rfc9421", "rfc9421"),
        ("rfc9421-ed25519", "rfc9421"),
        ("jws", "jws"),
        ("jws-ed25519", "jws"),
    ],
)
def test_a_library_that_is_missing_is_told_before_a_run(
    preset: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the extra that brings it; schemes of the standard library need none."""
    path = platform(tmp_path, description={"/signature": {"preset": preset}})
    settings_for("demo", str(path), tmp_path, overrides=())
    monkeypatch.setattr("conformance.signing.importlib.util.find_spec", lambda _: None)

    if not extra:
        settings_for("demo", str(path), tmp_path, overrides=())
        return
    with pytest.raises(ConfigurationError) as raised:
        settings_for("demo", str(path), tmp_path, overrides=())
    assert f"pip install 'webhook-conformance[{extra}]'" == raised.value.problems[0].hint


@pytest.mark.parametrize("preset", PRESETS)
def test_what_to_configure_is_told_for_every_scheme(preset: str, tmp_path: Path) -> None:
    """Header by header, and how the secret is written."""
    specification = read_specification(str(platform(tmp_path, description={"/signature": {"preset": preset}})))
    told = partner_settings(specification, "http://127.0.0.1:4010")
    signature = specification.description.signature
    assert signature is not None

    assert all(f"    {name}: {value}" in told for name, value in signature.headers)
    assert signature.secret.prefix in told
    assert ("you have the public one" in told) is has_key_pair(signature)

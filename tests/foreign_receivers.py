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
    """

    program: str
    differs: Mapping[str, str]
    platform: str = "standard-webhooks"
    path: str = "/webhooks"
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    command: str = ""

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
    "RPL-01": "NOT_ASSESSABLE",  # without a control endpoint a second effect is not seen
    "FWD-01": "NOT_ASSESSABLE",  # the same for a first one
    "FWD-03": "NOT_ASSESSABLE",  # nor what the receiver now holds
    "ERR-05": "NOT_ASSESSABLE",  # nor whether it goes on
    "ERR-02": "FAIL",  # the library verifies and parses; what an event must hold is for the receiver to check
    "CTN-02": "WARN",  # nor does the library look at the content type
    "ERR-03": "WARN",
}
# standardwebhooks 1.1 raises ValueError, and no error of its own, for a signature that is malformed, for a body that is
# not UTF-8, and for one that is not JSON: who catches what its documentation names answers 500.
_RAISES_VALUE_ERROR: Final[Mapping[str, str]] = {"SIG-11": "WARN", "PAY-05": "WARN", "ERR-01": "WARN"}

RECEIVERS: Final = (
    Receiver(
        program="standardwebhooks_flask.py",
        modules=("flask", "standardwebhooks"),
        differs={**_FEW_LINES, **_RAISES_VALUE_ERROR},
    ),
    Receiver(
        program="standardwebhooks_node.mjs",
        packages=("standardwebhooks@1.1.1",),
        # Its ten lines look at no method, so a GET with a body and a right signature is taken.
        differs={**_FEW_LINES, "MTH-01": "WARN"},
    ),
    Receiver(program="svix_flask.py", platform="svix", modules=("flask", "svix"), differs={}),
    Receiver(program="svix_node.mjs", platform="svix", packages=("svix@2.5.0",), differs={}),
    Receiver(program="stripe_flask.py", platform="stripe", modules=("flask", "stripe"), differs={}),
    Receiver(program="stripe_node.mjs", platform="stripe", packages=("stripe@23.1.0",), differs={}),
    Receiver(program="gidgethub_flask.py", platform="github", modules=("flask", "gidgethub"), differs={}),
    Receiver(program="octokit_node.mjs", platform="github", packages=("@octokit/webhooks@14.2.0",), differs={}),
    Receiver(program="webhook_debian.json", platform="github", path="/hooks/webhooks", command="webhook", differs={}),
)
NPM: Final = tuple(dict.fromkeys(package for receiver in RECEIVERS for package in receiver.packages))

"""Reads settings one by one, from options, environment and file, and collects what is wrong with them."""

from __future__ import annotations

import json
import os
import secrets as random_secrets
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from conformance import pointer
from conformance.catalogue import Catalogue
from conformance.credentials import without_secrets
from conformance.duration import duration_of
from conformance.errors import ConfigurationError, Problem
from conformance.judge.court import level_of
from conformance.options import OPTIONS
from conformance.platform.specification import Specification, read_specification
from conformance.reference.defects import DEFECTS
from conformance.tls import trusting
from conformance.transcript import Party
from conformance.tryout import Tryout, read_tryout
from conformance.verdict import Level
from conformance.waiver import Waiver
from conformance.waiver_file import read_waivers

__all__ = ["DEMO", "HOOK", "SettingsReader", "cache_dir"]

DEMO: Final = "demo"
HOOK: Final = "hook"
_START_WITHIN: Final = 10.0
_LONGEST_NONCE: Final = 200
_LEVELS: Final = {
    "must": frozenset({Level.MUST}),
    "should": frozenset({Level.MUST, Level.SHOULD}),
    "may": frozenset(Level),
}


class SettingsReader:
    """Reads one value after the other and collects what is wrong."""

    def __init__(self, options: Mapping[str, Any], environment: Mapping[str, str], folder: Path) -> None:
        self.problems: list[Problem] = []
        self._options = options
        self._environment = environment
        self._file = self._read_file(folder)

    def _read_file(self, folder: Path) -> dict[str, Any]:
        path = folder / "pyproject.toml"
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self.problems.append(Problem(str(path), f"cannot be read: {error}"))
            return {}
        table = pointer.read(content, "/tool/webhook-conformance", {})
        if not isinstance(table, dict):
            self.problems.append(Problem(f"{path} [tool.webhook-conformance]", "is not a table"))
            return {}
        known = {option.key: option for option in OPTIONS if option.in_file}
        for key in table:
            if key not in known:
                hint = f"Known keys: {', '.join(sorted(known))}."
                self.problems.append(Problem(f"{path} [tool.webhook-conformance]", f"unknown key {key!r}", hint))
            elif not known[key].takes(table[key]):
                self.problems.append(
                    Problem(f"{path} [tool.webhook-conformance]", f"{key} = {table[key]!r}: wrong kind")
                )
        return {key: value for key, value in table.items() if key in known and known[key].takes(value)}

    def value(self, key: str) -> Any:
        """The value of a setting from the first place that has it."""
        option = next(o for o in OPTIONS if o.key == key)
        given = self._options.get(option.attribute)
        if given not in {None, False} if not isinstance(given, list) else given:
            return given
        text = self._environment.get(option.variable)
        if text is not None:
            if option.repeatable:
                return text.split()
            return text.lower() in {"1", "true", "yes"} if option.switch else text
        return self._file.get(key, option.default)

    def _wrong(self, key: str, what: str, hint: str = "") -> None:
        flag = next(o for o in OPTIONS if o.key == key).flag
        self.problems.append(Problem(flag, what, hint))

    def specification(self) -> Specification | None:
        """The platform, None with a problem noted when it cannot be read."""
        name = self.value("platform")
        if not name:
            self._wrong("platform", "is missing", "Name the platform, see webhook-conformance platforms.")
            return None
        try:
            return read_specification(str(name), overrides=self.overrides(note=False))
        except ConfigurationError as error:
            self.problems += error.problems
            return None

    def partner(self) -> str:
        """The partner's URL as given, or 'demo' with or without a defect, or 'hook'."""
        text = str(self.value("partner-url") or "")
        if text == HOOK:
            return text
        if text == DEMO or text.startswith(f"{DEMO}:"):
            defect = text.partition(":")[2]
            if defect and defect not in DEFECTS:
                hint = "See webhook-conformance demo --list-defects."
                self._wrong("partner-url", f"the demo partner has no defect {defect!r}", hint)
            return text
        return self.url("partner-url")

    def url(self, key: str) -> str:
        """An http or https URL as given; empty when there is none."""
        text = str(self.value(key) or "")
        try:
            parts = urlsplit(text)
            host = (parts.hostname or "").encode("idna")
            fine = not text or (parts.scheme in {"http", "https"} and bool(host) and parts.port != 0)
        except ValueError:
            fine = False
        fine = fine and text.isprintable() and " " not in text
        if not fine:
            self._wrong(
                key, f"{without_secrets(text)!r} is not a http or https URL", "Example: http://127.0.0.1:8000/webhooks"
            )
        if fine and text and ("@" in urlsplit(text).netloc or urlsplit(text).fragment):
            self._wrong(key, "must hold neither credentials nor a fragment")
        return text

    def number(self, key: str, *, least: float) -> float:
        """A number."""
        text = self.value(key)
        try:
            number = float(text)
        except (TypeError, ValueError):
            number = float("nan")
        if not least <= number < float("inf"):
            self._wrong(key, f"{text!r} is not a number of at least {least:g}")
            return least
        return number

    def whole_number(self, key: str) -> int:
        """A whole number of at least 1."""
        number = self.number(key, least=1)
        if number != int(number):
            self._wrong(key, f"{self.value(key)!r} is not a whole number")
        return int(number)

    def duration(self, key: str) -> float:
        """A time in seconds, given as 30s, 5m or 1h; 0 when there is none."""
        text = self.value(key)
        if text is None:
            return 0.0
        try:
            return duration_of(str(text))
        except ValueError:
            self._wrong(key, f"{text!r} is not a duration", "Example: 30s, 5m or 1h")
            return 0.0

    def explore(self) -> int:
        """How many stories are to be tried out, 0 for none."""
        return 0 if self.value("explore") is None else self.whole_number("explore")

    def replay(self) -> Tryout | None:
        """The story that is to be played again, None without one."""
        path = self.value("replay")
        if not path:
            return None
        if self.value("explore") is not None:
            self._wrong("replay", "and --conformance-explore exclude each other", "Leave one of them out.")
        try:
            return read_tryout(Path(str(path)))
        except ConfigurationError as error:
            self.problems += error.problems
            return None

    def ca_file(self) -> Path | None:
        """The operator's own authorities, None without any."""
        text = self.value("ca-file")
        if not text:
            return None
        try:
            trusting(Path(str(text)))
        except OSError as error:  # of which an ssl.SSLError is one
            self._wrong("ca-file", f"{str(text)!r} holds no certificates: {error.strerror or error}")
        return Path(str(text))

    def partner_wait(self) -> float:
        """Seconds to wait for the partner's port."""
        if self.value("partner-wait") is not None:
            return self.number("partner-wait", least=0)
        starts = self.value("partner-command") or self.value("partner-url") == HOOK
        return _START_WITHIN if starts else 0.0

    def seed(self) -> int:
        """The seed; drawn when none is given."""
        text = self.value("seed")
        if text is None:
            return random_secrets.randbelow(10**9)
        try:
            return int(text)
        except ValueError:
            self._wrong("seed", f"{text!r} is not a whole number")
            return 0

    def bind(self, *, free: bool) -> tuple[str, int]:
        """Where the simulated platform listens: loopback, unless the operator insists."""
        given = str(self.value("platform-bind"))
        host, _, port = given.rpartition(":")
        host = host.strip("[]")
        if not (port.isdecimal() and port.isascii()) or int(port) > 65535 or not host:  # the largest port
            self._wrong("platform-bind", f"{given!r} is not HOST:PORT", "Example: 127.0.0.1:4010")
            return ("127.0.0.1", 0)
        if not _is_loopback(host) and not self.value("listen-beyond-loopback"):
            self._wrong(
                "platform-bind",
                f"{host} is not on the loopback interface",
                "Add --conformance-listen-beyond-loopback if other machines shall reach it.",
            )
        free = free and given == next(o.default for o in OPTIONS if o.key == "platform-bind")
        return (host, 0 if free else int(port))

    def overrides(self, *, note: bool = True) -> dict[str, Any]:
        """JSON pointer to the operator's value, from NAME.NAME=VALUE."""
        given = self.value("set") or []
        if isinstance(given, Mapping):
            return dict(_leaves(given))
        found: dict[str, Any] = {}
        for text in given:
            name, equals, value = str(text).partition("=")
            if not equals or not name:
                if note:
                    self._wrong("set", f"{text!r} is not NAME.NAME=VALUE", "Example: acknowledgement.limit=3")
                continue
            found["/" + name.replace(".", "/")] = _json_or_text(value)
        return found

    def requirements(self, catalogue: Catalogue, specification: Specification | None) -> tuple[str, ...]:
        """The ids to judge."""
        level = str(self.value("level")).lower()
        if level not in _LEVELS:
            self._wrong("level", f"{level!r} is not one of must, should, may")
            level = "may"
        asked = [str(name).upper() for name in self.value("requirement") or ()]
        for name in asked:
            if name not in catalogue.requirements:
                self._wrong("requirement", f"unknown requirement {name!r}", "See webhook-conformance requirements.")
        if specification is None:
            return ()
        description = specification.description
        return tuple(
            name
            for name, requirement in catalogue.requirements.items()
            if (name in asked if asked else level_of(requirement, description) in _LEVELS[level])
        )

    def nonce(self) -> str:
        """What tells this run from earlier ones; empty where nobody gave anything."""
        text = str(self.value("nonce") or "")
        if len(text) > _LONGEST_NONCE or not (text.isascii() and text.isprintable()):
            what = f"is no line of at most {_LONGEST_NONCE} printable ASCII characters"
            self._wrong("nonce", what, "Example: the number of the pipeline's run")
        return text

    def run_by(self) -> Party:
        """On whose machine the run takes place."""
        text = str(self.value("run-by")).lower()
        if text not in set(Party):
            self._wrong("run-by", f"{text!r} is not one of partner, platform")
            return Party.PARTNER
        return Party(text)

    def waivers(self, catalogue: Catalogue) -> tuple[Waiver, ...]:
        """The waivers of the file that the operator names."""
        path = self.value("waivers")
        try:
            return read_waivers(Path(str(path)), catalogue.requirements) if path else ()
        except ConfigurationError as error:
            self.problems += error.problems
            return ()


def _leaves(table: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    """Pointer and value of each value: TOML makes tables of the names in a dotted key."""
    for name, value in table.items():
        here = f"{at}/{name.replace('.', '/')}"
        if isinstance(value, Mapping):
            yield from _leaves(value, here)
        else:
            yield here, value


def _json_or_text(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    return text if value == float("inf") else value


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def cache_dir(given: Any, environment: Mapping[str, str]) -> Path | None:
    """Where drawn events are kept: the folder given, else one in the cache of whoever runs the kit."""
    if given:
        return Path(str(given))
    home = environment.get("XDG_CACHE_HOME")
    if home:
        return Path(home) / "webhook-conformance"
    home = os.path.expanduser("~")  # noqa: PTH111  # Path.home() raises where there is none
    return Path(home) / ".cache" / "webhook-conformance"  # Path.home() raises without one

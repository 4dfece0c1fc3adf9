"""The options of a run, as pytest, the environment and `pyproject.toml` know them; cheap to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

__all__ = ["OPTIONS", "Option"]


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its name in `pyproject.toml`, its pytest option, and whether it may stand in the file."""

    key: str
    flag: str
    help: str
    default: Any = None
    repeatable: bool = False
    switch: bool = False
    in_file: bool = True

    def takes(self, value: Any) -> bool:
        """Whether a value of `pyproject.toml` is of this option's kind."""
        if self.switch:
            return isinstance(value, bool)
        if self.repeatable:
            return isinstance(value, list | dict)
        return isinstance(value, str | int | float) and not isinstance(value, bool)

    @property
    def variable(self) -> str:
        """The environment variable."""
        return "CONFORMANCE_" + self.key.removeprefix("conformance-").replace("-", "_").upper()

    @property
    def attribute(self) -> str:
        """The name under which pytest keeps the option."""
        return self.flag.lstrip("-").replace("-", "_")


OPTIONS: Final = (
    Option(
        "partner-url",
        "--partner-url",
        "the partner's webhook URL, or 'demo' for the embedded one, or 'hook' for one that pytest_partner_start starts",
        in_file=False,
    ),
    Option(
        "platform",
        "--platform",
        "the platform to play: a name (webhook-conformance platforms), or the path of a description or its folder",
    ),
    Option("partner-control-url", "--partner-control-url", "the partner's control endpoint, where it has one"),
    Option("partner-command", "--partner-command", "a command that starts the partner; it ends with the run"),
    Option(
        "partner-restart-command",
        "--partner-restart-command",
        "a command that kills the partner with SIGKILL, starts it again and exits 0",
    ),
    Option(
        "partner-wait", "--partner-wait", "seconds to wait for the partner's port; 10 when a command starts it, else 0"
    ),
    Option("platform-bind", "--platform-bind", "where the simulated platform listens", default="127.0.0.1:4010"),
    Option("platform-public-url", "--platform-public-url", "the name under which the partner reaches the platform"),
    Option("report-dir", "--report-dir", "the folder of the report", default="reports"),
    Option("requirement", "--requirement", "judge this requirement only", repeatable=True, in_file=False),
    Option("level", "--level", "judge up to this level: must, should or may", default="may"),
    Option("incognito", "--incognito", "send the platform's own User-Agent", switch=True),
    Option("seed", "--conformance-seed", "the seed of ids and choices; random when not given", in_file=False),
    Option("concurrency", "--conformance-concurrency", "how many stories play at once", default="32"),
    Option(
        "set",
        "--conformance-set",
        "a value of the platform description, as NAME.NAME=VALUE; it then counts as confirmed",
        repeatable=True,
    ),
    Option(
        "listen-beyond-loopback",
        "--conformance-listen-beyond-loopback",
        "let the simulated platform listen on an address that other machines reach",
        switch=True,
    ),
    Option("rate", "--conformance-rate", "the most requests per second to the partner", default="200"),
    Option("in-flight", "--conformance-in-flight", "the most deliveries at once", default="32"),
    Option("total", "--conformance-total", "the most deliveries of a run", default="20000"),
    Option(
        "no-negative",
        "--conformance-no-negative",
        "send nothing forged, malformed or bursting: for a look at a live system",
        switch=True,
    ),
    Option(
        "soak", "--conformance-soak", "how long to deliver steadily at the end: 30s, 5m or 1h; not at all by default"
    ),
    Option(
        "explore",
        "--conformance-explore",
        "try so many made-up stories at the end, and shrink one that goes wrong; none by default",
        in_file=False,
    ),
    Option(
        "replay",
        "--conformance-replay",
        "play a story again that an exploration has written (shortest-story.json)",
        in_file=False,
    ),
    Option("ca-file", "--conformance-ca-file", "a PEM file of further authorities that the kit trusts as a TLS client"),
    Option("waivers", "--conformance-waivers", "a TOML file of requirements that somebody accepts not to be met yet"),
    Option(
        "nonce",
        "--conformance-nonce",
        "a text that whoever gates on this run gave for it alone; journal and report carry it",
        in_file=False,
    ),
    Option(
        "run-by",
        "--conformance-run-by",
        "on whose machine this run takes place, for its attestation: partner or platform",
        default="partner",
    ),
    Option("cache-dir", "--conformance-cache-dir", "where drawn events are kept", in_file=True),
)

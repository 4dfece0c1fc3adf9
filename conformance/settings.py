"""What the operator asked for: option over environment over `pyproject.toml` over default, every mistake at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.assurance import claimed
from conformance.catalogue import Catalogue, shipped_catalogue
from conformance.credentials import demo_secrets, read_secrets
from conformance.errors import ConfigurationError, Problem
from conformance.kit import Secrets
from conformance.partner import StartOrders
from conformance.platform.description import Description
from conformance.platform.specification import Specification
from conformance.scenarios.programme import Programme, plan
from conformance.settings_reader import DEMO, HOOK, SettingsReader, cache_dir
from conformance.signing import missing_extra
from conformance.transcript import Party
from conformance.tryout import Tryout
from conformance.waiver import Waiver

__all__ = ["DEMO", "Settings", "read_settings", "report_folder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Checked settings."""

    partner: str
    defect: str
    specification: Specification
    platform: str
    catalogue: Catalogue
    requirements: tuple[str, ...]
    overrides: Mapping[str, Any]
    control_url: str
    partner_command: str
    partner_restart_command: str
    partner_wait: float
    bind: tuple[str, int]
    public_url: str
    report_dir: Path
    level: str
    incognito: bool
    seed: int
    concurrency: int
    rate: float
    in_flight: int
    total: int
    negative: bool
    soak: float
    explore: int
    replay: Tryout | None
    replay_file: str
    ca_file: Path | None
    waivers_file: str
    waivers: tuple[Waiver, ...]
    nonce: str
    run_by: Party
    cache_dir: Path | None
    secrets: Secrets

    @property
    def description(self) -> Description:
        """The platform's behaviour."""
        return self.specification.description

    @property
    def is_demo(self) -> bool:
        """Whether the embedded partner is judged."""
        return self.partner == DEMO or self.partner.startswith(f"{DEMO}:")

    @property
    def is_hooked(self) -> bool:
        """Whether a partner in this process is judged, which a hook starts."""
        return self.partner == HOOK

    def start_orders(self) -> StartOrders:
        """What the operator said about the life of the partner."""
        return StartOrders(
            demo=self.is_demo,
            hook=self.is_hooked,
            defect=self.defect,
            command=self.partner_command,
            restart_command=self.partner_restart_command,
            wait=self.partner_wait,
            control_url=self.control_url,
        )

    def programme(self) -> Programme:
        """What is judged and played."""
        return plan(self.catalogue, self.description, self.requirements)

    def planned_items(self) -> int:
        """How many items there are when nothing is left out."""
        return len(plan(self.catalogue, self.description, tuple(self.catalogue.requirements)).items)

    def invocation(self) -> tuple[str, ...]:
        """The words of a command line that plays against the same partner again."""
        options = (
            ("--partner-url", self.partner),
            ("--platform", self.platform),
            ("--partner-control-url", self.control_url),
            ("--partner-command", self.partner_command),
            ("--partner-restart-command", self.partner_restart_command),
            ("--partner-wait", f"{self.partner_wait:g}" if self.partner_wait else ""),
            ("--platform-bind", "" if self.is_demo or self.is_hooked else f"{self.bind[0]}:{self.bind[1]}"),
            ("--platform-public-url", self.public_url),
            ("--conformance-ca-file", str(self.ca_file or "")),
            ("--conformance-soak", f"{self.soak:g}s" if self.soak else ""),
            ("--conformance-explore", str(self.explore or "")),
            ("--conformance-replay", self.replay_file),
            ("--conformance-waivers", self.waivers_file),
        )
        switches = () if self.negative else ("--conformance-no-negative",)
        changed = [f"--conformance-set={at[1:].replace('/', '.')}={json.dumps(v)}" for at, v in self.overrides.items()]
        return ("pytest", *(f"{flag}={value}" for flag, value in options if value), *switches, *changed)

    def shown(self, *, control: str) -> tuple[tuple[str, str], ...]:
        """The settings as reports show them; no secret is among them."""
        assurance = claimed(self.run_by, self.nonce)
        return (
            ("partner", self.partner),
            ("platform", self.platform),
            ("control endpoint", control or "none"),
            ("level", self.level),
            ("concurrency", str(self.concurrency)),
            ("requests per second, at most", f"{self.rate:g}"),
            ("deliveries at once, at most", str(self.in_flight)),
            ("deliveries in all, at most", str(self.total)),
            ("forged, malformed and bursting deliveries", "yes" if self.negative else "no"),
            ("soak", f"{self.soak:g} s" if self.soak else "none"),
            ("stories tried out, at most", str(self.explore or "none")),
            ("story that is played again", self.replay_file or "none"),
            ("authorities that are trusted as well", str(self.ca_file or "none")),
            ("incognito", "yes" if self.incognito else "no"),
            ("waivers", self.waivers_file or "none"),
            ("nonce", self.nonce or "none"),
            ("what an attestation can say", f"level {assurance.number}: {assurance.says}"),
        )


def read_settings(
    options: Mapping[str, Any], environment: Mapping[str, str], folder: Path, *, catalogue: Catalogue | None = None
) -> Settings:
    """Settings from pytest's options (by attribute), the environment, and `pyproject.toml` in the folder.

    Raises ConfigurationError that names every mistake at once.
    """
    reader = SettingsReader(options, environment, folder)
    specification = reader.specification()
    catalogue = catalogue or shipped_catalogue()
    partner = reader.partner()
    demo = partner == DEMO or partner.startswith(f"{DEMO}:")
    hooked = partner == HOOK
    settings: dict[str, Any] = {
        "partner": partner,
        "defect": partner.partition(":")[2] if demo else "",
        "platform": str(reader.value("platform") or ""),
        "catalogue": catalogue,
        "requirements": reader.requirements(catalogue, specification),
        "overrides": reader.overrides(),
        "control_url": "" if demo else reader.url("partner-control-url").rstrip("/"),
        "partner_command": "" if demo or hooked else str(reader.value("partner-command") or ""),
        "partner_restart_command": "" if demo or hooked else str(reader.value("partner-restart-command") or ""),
        "partner_wait": reader.partner_wait(),
        "bind": reader.bind(free=demo or hooked),
        "public_url": reader.url("platform-public-url").rstrip("/"),
        "report_dir": Path(str(reader.value("report-dir"))),
        "level": str(reader.value("level")),
        "incognito": bool(reader.value("incognito")),
        "seed": reader.seed(),
        "concurrency": reader.whole_number("concurrency"),
        "rate": reader.number("rate", least=1),
        "in_flight": reader.whole_number("in-flight"),
        "total": reader.whole_number("total"),
        "negative": not reader.value("no-negative"),
        "soak": reader.duration("soak"),
        "explore": reader.explore(),
        "replay": reader.replay(),
        "replay_file": str(reader.value("replay") or ""),
        "ca_file": reader.ca_file(),
        "waivers_file": str(reader.value("waivers") or ""),
        "waivers": reader.waivers(catalogue),
        "nonce": reader.nonce(),
        "run_by": reader.run_by(),
        "cache_dir": cache_dir(reader.value("cache-dir"), environment),
    }
    signature = specification.description.signature if specification is not None else None
    secrets = demo_secrets(signature) if demo else Secrets("", "", "", "", "")
    if specification is not None and not demo:
        secrets, problems = read_secrets(
            specification.description,
            environment,
            control=bool(settings["control_url"]),
            otherwise=demo_secrets(signature) if hooked else None,
        )
        reader.problems += problems
    extra = missing_extra(signature)
    if extra:
        hint = f"pip install 'webhook-conformance[{extra}]'"
        what = "deliveries are signed by a scheme whose library is missing"
        reader.problems.append(Problem("--platform", what, hint))
    if reader.problems or specification is None:
        raise ConfigurationError(*dict.fromkeys(reader.problems))
    if specification.description.endpoint_per_type and not demo:
        settings["partner"] = partner.rstrip("/")
    return Settings(specification=specification, secrets=secrets, **settings)


def report_folder(options: Mapping[str, Any], environment: Mapping[str, str], folder: Path) -> Path:
    """Where the report goes; mistakes in other settings do not matter here."""
    return Path(str(SettingsReader(options, environment, folder).value("report-dir")))

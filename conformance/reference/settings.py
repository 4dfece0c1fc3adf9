"""Settings of the partner, from the environment. All mistakes are reported together."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.reference.defects import DEFECTS
from conformance.reference.handshake import has_token
from conformance.reference.profile import Profile
from conformance.reference.signature import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "SettingsError"]


class SettingsError(Exception):
    """The environment does not tell what the partner needs; the text has a line for each mistake."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a partner is started with; without a database path it keeps a temporary file.

    A certificate is a PEM file with its key and its chain.
    """

    profile: Profile
    api_url: str
    database: Path | None = None
    certificate: Path | None = None
    port: int = 0
    defect: str = ""
    replays_by_path: bool = False
    signing_secret: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    partner_id: str = field(default="", repr=False)
    webhook_token: str = field(default="", repr=False)
    control_token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings. Raises SettingsError."""
        profile, mistakes = _profile(environment.get("PARTNER_PROFILE", ""))
        needed = {"PARTNER_API_URL": True}
        if profile is not None:
            needed["CONFORMANCE_API_KEY"] = bool(profile.operations)
            needed["CONFORMANCE_SIGNING_SECRET"] = profile.signature is not None
            needed["CONFORMANCE_PARTNER_ID"] = profile.has_partner_id
            needed["CONFORMANCE_WEBHOOK_TOKEN"] = profile.credential is not None or has_token(profile.handshake)
        mistakes += _unreadable(profile, environment.get("CONFORMANCE_SIGNING_SECRET", ""))
        missing = [name for name, is_needed in needed.items() if is_needed and not environment.get(name)]
        mistakes += [f"{name} is not set" for name in missing]
        port = environment.get("PARTNER_PORT") or "0"
        if not (port.isascii() and port.isdecimal()):
            mistakes.append("PARTNER_PORT is not a number")
        defect = environment.get("PARTNER_DEFECT", "")
        if defect and defect not in DEFECTS:
            mistakes.append("PARTNER_DEFECT is not the name of a defect")
        certificate = environment.get("PARTNER_CERTIFICATE", "")
        mistakes += _unusable(certificate) if certificate else []
        replay = environment.get("PARTNER_REPLAY") or "filter"
        if replay not in {"filter", "path"}:
            mistakes.append("PARTNER_REPLAY is neither filter nor path")
        if mistakes or profile is None:
            raise SettingsError("\n".join(mistakes))
        database = environment.get("PARTNER_DATABASE")
        return cls(
            profile=profile,
            api_url=environment["PARTNER_API_URL"],
            database=Path(database) if database else None,
            certificate=Path(certificate) if certificate else None,
            port=int(port),
            defect=defect,
            replays_by_path=replay == "path",
            signing_secret=environment.get("CONFORMANCE_SIGNING_SECRET", ""),
            api_key=environment.get("CONFORMANCE_API_KEY", ""),
            partner_id=environment.get("CONFORMANCE_PARTNER_ID", ""),
            webhook_token=environment.get("CONFORMANCE_WEBHOOK_TOKEN", ""),
            control_token=environment.get("CONFORMANCE_CONTROL_TOKEN", ""),
        )


def _profile(path: str) -> tuple[Profile | None, list[str]]:
    if not path:
        return None, ["PARTNER_PROFILE is not set"]
    try:
        return Profile.from_file(Path(path)), []
    except OSError as error:
        return None, [f"PARTNER_PROFILE cannot be read: {error.strerror}"]
    except (ValueError, KeyError):
        return None, ["PARTNER_PROFILE is not a profile"]


def _unusable(certificate: str) -> list[str]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate)
    except OSError as error:  # an ssl.SSLError is one
        return [f"PARTNER_CERTIFICATE cannot be used: {error.strerror}"]
    return []


def _unreadable(profile: Profile | None, secret: str) -> list[str]:
    try:
        if profile is not None and profile.signature is not None:
            keys(profile.signature, [secret])
    except ValueError:
        return ["CONFORMANCE_SIGNING_SECRET is not written as the platform's secrets are"]
    return []

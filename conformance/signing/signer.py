"""One delivery that is being signed: the seam between stories and schemes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from conformance.exchange import Headers
from conformance.platform.signature import Signature

__all__ = ["Signer", "SignsOwn"]

SignsOwn: TypeAlias = Callable[[bytes, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Signer(ABC):
    """Signs one delivery; `now` is in seconds since the epoch, and is told in the unit of the scheme.

    A signature and the headers that carry it are made apart, so that a story can put together what no platform sends.
    What a scheme cannot be made to do is said of its class, and the forgeries that need it are left out: to sign with
    any key, and to sign a time that is no number. `own` signs in place of a scheme that the kit does not know, from the
    key and the content.
    """

    scheme: Signature
    body: bytes
    event_id: str
    now: float
    method: str = "POST"
    url: str = ""
    own: SignsOwn | None = None

    takes_any_key: ClassVar[bool] = True
    signs_any_time: ClassVar[bool] = True
    # Whether headers of its own come with those that carry a signature, beside what a description names.
    tells_more: ClassVar[bool] = False

    @property
    def timestamp(self) -> bytes:
        """The time of signing, as it is signed and sent."""
        return stamp(self.scheme, self.now)

    @property
    @abstractmethod
    def carrying(self) -> frozenset[bytes]:
        """The names of the headers that carry a signature."""

    @abstractmethod
    def signature(self, key: bytes, *, timestamp: bytes | None = None, version: str | None = None) -> bytes:
        """The signature that a key makes, encoded and in the form of one signature: `v1,` and base64, say."""

    @abstractmethod
    def headers(self, *signatures: bytes, timestamp: bytes | None = None) -> Headers:
        """The headers that carry these signatures, and tell this time of signing."""


def stamp(scheme: Signature, moment: float) -> bytes:
    """A moment as the scheme tells it: the whole part of it, in its unit."""
    return str(int(moment * 1000 if scheme.unit == "milliseconds" else moment)).encode()

"""What all stages of a run share: the platform, the way to the partner, the journal, the waits."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.clock import Clock
from conformance.control import Control
from conformance.delivery import Sender
from conformance.exchange import Headers
from conformance.generate.composer import Composer
from conformance.journal import Journal
from conformance.platform.event import Event
from conformance.platform.specification import Specification
from conformance.redaction import Redactor
from conformance.signing import Signer, SignsOwn
from conformance.simulator.faults import Faults
from conformance.simulator.owners import Owners
from conformance.simulator.permissions import Permissions
from conformance.simulator.state import PlatformState
from conformance.tryout import Tryout
from conformance.wire import Form, Wire

__all__ = ["Effect", "Kit", "Secrets", "Vain", "Waits", "Wrapping"]


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of a run; whoever shows them, a debugger or a traceback with its variables, shows none."""

    signing: str = field(repr=False)
    api_key: str = field(repr=False)
    partner_id: str
    webhook_token: str = field(repr=False)
    control_token: str = field(repr=False)


@dataclass(slots=True)
class Waits:
    """How long to wait, in seconds. `settle` is calibrated: how long nothing must happen before it is called quiet."""

    effect: float
    retry: float
    deadline: float
    settle: float = 1.0
    hold: float = 10.0


class Effect(StrEnum):
    """What was seen of an event's effect."""

    SEEN = "seen"
    UNSEEN = "not seen"
    INVISIBLE = "cannot be seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """How a delivery departs from a genuine one.

    `key` signs instead of the secret; `age` is how old the signature is, in seconds; `sign` makes the signature headers
    in another way than the platform does, from the signer and the key; `sent` replaces the event's JSON after it was
    signed, `body` before, and the platform's form of delivery is put around either; `beside` holds the JSON of further
    events of a batch; `credential` replaces the webhook
    credential, an empty one leaves it out; `endpoint` sends it to the endpoint of another object type; `edit` has the
    last word on its headers; `form` sends it over the wire in a form of its own.
    """

    unsigned: bool = False
    key: bytes | None = None
    age: float = 0.0
    sign: Callable[[Signer, bytes], Headers] | None = None
    body: bytes | None = None
    sent: bytes | None = None
    beside: tuple[bytes, ...] = ()
    credential: str | None = None
    endpoint: str = ""
    method: str = "POST"
    edit: Callable[[Headers], Headers] | None = None
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Vain:
    """An event whose effect was to come after a time of the run, and was awaited in vain until another."""

    event: Event
    after: float
    until: float


@dataclass(slots=True, kw_only=True)
class Kit:
    """What all stages of a run share.

    `deliveries_left` is how many deliveries the operator still allows; `together` is held by whoever assembles
    deliveries that go at the same instant; `restart` kills the partner and starts it again, where there is a way;
    `reacts` says that the calibration saw an effect; `followed` are the object types of which this partner gets an
    object that it only heard has changed, where nothing else shows what it does; `heard` is when the partner answered
    last, and `unheard` how many deliveries got no answer since; `moved` is when an effect was seen last, and `vain`
    what was awaited in vain since; `sign_own` signs by a scheme that is the platform's own; `exploring` is how many
    stories are to be tried out, or the one that is to be played again; `twists` are the false challenges that go
    before the genuine one when the partner subscribes next.
    """

    specification: Specification
    composer: Composer
    state: PlatformState
    faults: Faults
    owners: Owners
    sender: Sender
    wire: Wire
    control: Control
    journal: Journal
    clock: Clock
    redactor: Redactor
    secrets: Secrets
    waits: Waits
    partner_url: str
    user_agent: str
    seed: int
    in_flight: asyncio.Semaphore
    faulty: asyncio.Semaphore
    pace: Callable[[], Awaitable[None]]
    deliveries_left: int = 20_000
    bait_url: str = ""
    restart: Callable[[], Awaitable[None]] | None = None
    permissions: Permissions = field(default_factory=Permissions)
    together: asyncio.Lock = field(default_factory=asyncio.Lock)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    sign_own: SignsOwn | None = None
    soak: float = 0.0
    exploring: int | Tryout | None = None
    twists: tuple[str, ...] = ()
    fetches: bool = True
    reacts: bool = False
    followed: frozenset[str] = frozenset()
    untrusted: str = ""
    partner_gone: str = ""
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    heard: float = 0.0
    unheard: int = 0
    moved: float = 0.0
    vain: list[Vain] = field(default_factory=list)
    numbers: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)

    def lose_partner(self, why: str) -> None:
        """The partner is no longer there: whatever still waits for it ends now."""
        self.partner_gone = self.partner_gone or why
        self.gone.set()

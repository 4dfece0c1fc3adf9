"""The partner: puts the parts together and runs them."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.reference.control import Control
from conformance.reference.defects import Defects
from conformance.reference.effect import Effects
from conformance.reference.inbox import Inbox
from conformance.reference.own_work import OwnCalls, OwnObjects
from conformance.reference.platform_api import PlatformApi
from conformance.reference.recovery import Recoveries
from conformance.reference.server import PartnerServer
from conformance.reference.store import State, Store
from conformance.reference.subscription import OwnSubscriptions
from conformance.reference.webhook import Webhook
from conformance.reference.worker import Worker

if TYPE_CHECKING:
    from conformance.reference.message import Reply, Request
    from conformance.reference.settings import Settings

__all__ = ["Partner"]


class Partner:
    """A partner that listens from the start on; `serve` answers until `stop`."""

    def __init__(self, settings: Settings) -> None:
        """Open the store, take up what was left unfinished, listen."""
        profile, defects = settings.profile, Defects(settings.defect)
        self._defects = defects
        # Made only where it is needed: a partner that is killed cannot remove it.
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._store = Store(settings.database or self._own_database(), now=time.time())
        if defects.on("forgets-event-ids-on-restart"):
            self._store.forget_keys()
        names = {"api_key": settings.api_key, "partner_id": settings.partner_id}
        api = PlatformApi(settings.api_url, profile, names, defects)
        calls = OwnCalls(api, defects)
        own_objects = OwnObjects(profile, self._store, calls, defects)
        effects = Effects(profile, self._store, api, own_objects, defects)
        self._worker = Worker(
            effects.handle,
            lambda key: self._store.finish(key, State.FAILED, times=0),
            threads=1 if defects.on("waits-for-each-event") else 8,
            waits=defects.on("waits-for-each-event"),
        )
        inbox = Inbox(profile, self._store, self._worker, defects)
        recoveries = Recoveries(
            profile, self._store, calls, inbox, self._worker, by_path=settings.replays_by_path, defects=defects
        )
        subscribing = {"partner_id": settings.partner_id, "webhook_token": settings.webhook_token}
        subscriptions = OwnSubscriptions(profile, calls, subscribing, defects)
        self._webhook = Webhook(
            profile,
            inbox,
            effects,
            recoveries,
            subscriptions,
            defects,
            token=settings.webhook_token,
            secrets=[settings.signing_secret],
        )
        self._control = Control(
            profile,
            self._store,
            webhook=self._webhook,
            own_objects=own_objects,
            subscriptions=subscriptions,
            recoveries=recoveries,
            defects=defects,
            token=settings.control_token,
        )
        self._server = PartnerServer(
            settings.port,
            self._answer,
            defects,
            body_limit=profile.body_limit,
            limit=profile.acknowledge_within,
            certificate=settings.certificate,
        )
        for key in [] if defects.on("keeps-its-queue-in-memory") else self._store.unfinished():
            self._worker.add(key)
        self._worker.start()

    @property
    def url(self) -> str:
        """The URL that deliveries go to, or below."""
        return self._server.url

    @property
    def control_url(self) -> str:
        """The URL of the control endpoints."""
        return f"{self._server.url}/control"

    def serve(self) -> None:
        """Answer until `stop` is called from another thread, or an exception ends it."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Stop serving; what is not handled yet stays in the store."""
        self._server.shutdown()

    def close(self) -> None:
        """Let go of everything, after `serve` has ended."""
        self._server.server_close()
        # A thread that still waits for the platform needs the store; it ends with the process.
        if self._worker.stop():
            self._store.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _own_database(self) -> Path:
        self._folder = tempfile.TemporaryDirectory(prefix="reference-partner-", ignore_cleanup_errors=True)
        return Path(self._folder.name) / "partner.sqlite"

    def _answer(self, request: Request) -> Reply:
        if self._control.serves(request.path):
            return self._control.answer(request)
        return replace(self._webhook.answer(request), is_named=not self._defects.on("leaves-out-content-type"))

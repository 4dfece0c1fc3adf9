"""The control endpoints: what the partner is asked to do, and what it is asked about itself, in a test environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.reference.document import Json, JsonObject, as_object, read, text_at
from conformance.reference.event import identity
from conformance.reference.message import Reply, Request, refusal
from conformance.reference.own_work import NotOfferedError, PlatformFailedError

if TYPE_CHECKING:
    from conformance.reference.defects import Defects
    from conformance.reference.own_work import OwnObjects
    from conformance.reference.profile import Profile
    from conformance.reference.recovery import Recoveries
    from conformance.reference.store import Store
    from conformance.reference.subscription import OwnSubscriptions
    from conformance.reference.webhook import Webhook

__all__ = ["Control"]

_PREFIX = "/control"
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+")


class Control:
    """Answers below `/control`, to who bears the control token."""

    def __init__(
        self,
        profile: Profile,
        store: Store,
        *,
        webhook: Webhook,
        own_objects: OwnObjects,
        subscriptions: OwnSubscriptions,
        recoveries: Recoveries,
        defects: Defects,
        token: str,
    ) -> None:
        """Without a token there are no control endpoints."""
        self._profile = profile
        self._store = store
        self._webhook = webhook
        self._own_objects = own_objects
        self._subscriptions = subscriptions
        self._recoveries = recoveries
        self._defects = defects
        self._token = token
        self._posts = {
            "create": self._create,
            "update": self._update,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "recover": self._recover,
            "secrets": self._secrets,
        }

    def serves(self, path: str) -> bool:
        """Say whether a path belongs to the control endpoints."""
        return bool(self._token) and (path == _PREFIX or path.startswith(_PREFIX + "/"))

    def answer(self, request: Request) -> Reply:
        """Answer a control call."""
        if not request.bears(self._token):
            return refusal(401, "the control token is refused", WWW_Authenticate="Bearer")
        steps = [unquote(step) for step in request.path.removeprefix(_PREFIX).strip("/").split("/")]
        is_post = len(steps) == 1 and steps[0] in self._posts
        if request.method != ("POST" if is_post else "GET"):
            return refusal(405, "this call has another method", Allow="POST" if is_post else "GET")
        return self._post(steps[0], request.body or b"") if is_post else self._get(steps, request)

    def _get(self, steps: list[str], request: Request) -> Reply:
        match steps:
            case [""]:
                return Reply(200, {"offers": list(self._offers())})
            case ["objects", object_type, object_id]:
                return self._object(object_type, object_id, request.query.get("tenant"))
            case ["events", event_id]:
                return Reply(200, {"applied": self._store.applied(identity(event_id))})
            case _:
                return refusal(404, "there is no such call")

    def _post(self, call: str, body: bytes) -> Reply:
        if call not in self._offers():
            return refusal(501, "the platform has no such operation")
        try:
            return self._posts[call](as_object(read(body or b"{}")))
        except ValueError:
            return refusal(400, "the body is not what this call takes")
        except NotOfferedError:
            return refusal(501, "the platform has no such operation")
        except PlatformFailedError:
            return refusal(502, "the platform failed")

    def _offers(self) -> list[Json]:
        does = {operation.does for operation in self._profile.operations}
        offered = {
            "create": "create" in does,
            "update": "update" in does,
            "objects": True,
            "events": True,
            "subscribe": self._profile.subscriptions is not None and "create-subscription" in does,
            "unsubscribe": self._profile.subscriptions is not None and "delete-subscription" in does,
            "recover": self._recoveries.operation is not None,
            "secrets": self._profile.signature is not None,
        }
        return [name for name, is_offered in offered.items() if is_offered]

    def _object(self, object_type: str, object_id: str, tenant: str | None) -> Reply:
        found = {
            key.tenant: held.data
            for key, held in self._store.held_anywhere(object_type, identity(object_id))
            if not held.deleted
        }
        wanted = next(iter(found), "") if tenant is None else identity(tenant)
        # An object whose events named no tenant is the one that any tenant's question is about.
        data = found.get(wanted, found.get(""))
        if data is None:
            return refusal(404, "no such object is held")
        return Reply(200, self._as_kept(data))

    def _as_kept(self, data: JsonObject) -> JsonObject:
        """Give an object as it was stored: two defects store other values than they were told."""
        if self._defects.on("keeps-decimals-as-numbers"):
            return _rounded(data)
        if self._defects.on("drops-trailing-zeros"):
            return {name: _shortest(value) for name, value in data.items()}
        return data

    def _create(self, asked: JsonObject) -> Reply:
        return Reply(200, {"id": self._own_objects.create(self._object_type(asked))})

    def _update(self, asked: JsonObject) -> Reply:
        self._own_objects.update(self._object_type(asked), _text(asked, "id"))
        return Reply(200)

    def _subscribe(self, asked: JsonObject) -> Reply:
        ids = self._subscriptions.subscribe(_text(asked, "url"), _texts(asked, "event_types"))
        return Reply(200, {"ids": list(ids)})

    def _unsubscribe(self, asked: JsonObject) -> Reply:
        self._subscriptions.unsubscribe(_texts(asked, "ids"))
        return Reply(200)

    def _recover(self, asked: JsonObject) -> Reply:
        self._recoveries.run(failed_only=asked.get("status") == "failed")
        return Reply(200)

    def _secrets(self, asked: JsonObject) -> Reply:
        self._webhook.accept_secrets(_texts(asked, "accept"))
        return Reply(200)

    def _object_type(self, asked: JsonObject) -> str:
        name = _text(asked, "object_type")
        if name not in self._profile.object_types:
            raise NotOfferedError
        return name


def _rounded(data: JsonObject) -> JsonObject:
    """Give the object with its decimals as numbers: the defect `keeps-decimals-as-numbers`."""
    return {
        name: float(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else value
        for name, value in data.items()
    }


def _shortest(value: Json) -> Json:
    """Give a decimal without the zeros at its end: the defect `drops-trailing-zeros`."""
    return value.rstrip("0").rstrip(".") if isinstance(value, str) and _DECIMAL.fullmatch(value) else value


def _text(asked: JsonObject, name: str) -> str:
    found = text_at(asked, f"/{name}")
    if found is None:
        message = f"{name} is not a text"
        raise ValueError(message)
    return found


def _texts(asked: JsonObject, name: str) -> list[str]:
    found = asked.get(name)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        message = f"{name} is not a list of texts"
        raise ValueError(message)
    return [str(each) for each in found]

"""A partner in this process: it is started and asked through functions in place of URLs.

The functions take the part of the control endpoint, behind the same seam: what they return is written down as the
answer that an endpoint would give, so that nobody further on sees a difference.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from conformance.delivery import Sent
from conformance.errors import PlatformRefusal
from conformance.exchange import Failure, Request, Response
from conformance.kit import Secrets
from conformance.platform.event import compact
from conformance.signing import SignsOwn

__all__ = ["HOOK_URL", "HookSender", "Hooks", "Outcome", "outcome_of"]

_T = TypeVar("_T", str, int)
# Where the control endpoint of a partner in this process "is".
HOOK_URL: Final = "hook:"


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the operator's own code offers: to start the partner, to answer control calls, each by its name, to sign."""

    start: Callable[[str, Secrets], Any] | None = None
    calls: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    sign: SignsOwn | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a function: what it returned, or what it raised."""

    value: Any = None
    error: BaseException | None = None

    @property
    def complaint(self) -> str:
        """The type and the message of what was raised; no traceback of ours belongs to it."""
        return f"{type(self.error).__name__}: {self.error}"


async def outcome_of(function: Callable[[], Any], *, deadline: float) -> Outcome:
    """What comes of a function that may block: it has a thread of its own, which nobody waits for when time is up.

    Raises TimeoutError after `deadline` seconds.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Outcome] = loop.create_future()

    def tell(outcome: Outcome) -> None:
        if not done.done():
            done.set_result(outcome)

    def work() -> None:
        try:
            outcome = Outcome(function())
        except BaseException as error:  # noqa: BLE001  # pytest.fail() and sys.exit() among them
            outcome = Outcome(error=error)
        with contextlib.suppress(RuntimeError):  # the run ended meanwhile
            loop.call_soon_threadsafe(tell, outcome)

    threading.Thread(target=work, name="conformance-hook", daemon=True).start()
    async with asyncio.timeout(deadline):
        return await done


class HookSender:
    """Answers the requests of the control channel by calling functions, each in a thread."""

    def __init__(self, calls: Mapping[str, Callable[..., Any]]) -> None:
        self._calls = calls

    async def send(self, request: Request, *, deadline: float) -> Sent:
        """Call the function that a request is for, and wait for it at most `deadline` seconds."""
        call, arguments = _understood(request)
        if not call:
            return Sent(Request("HOOK", "offers"), _answer(200, {"offers": list(self._calls)}), None)
        asked = Request("HOOK", _written(call, arguments))
        try:
            outcome = await outcome_of(lambda: self._calls[call](**arguments), deadline=deadline)
        except TimeoutError:
            return Sent(asked, None, Failure.TIMEOUT)
        return Sent(asked, _told(call, outcome), None)


def _understood(request: Request) -> tuple[str, dict[str, Any]]:
    """The call that a request is, and the arguments of its function."""
    parts = urlsplit(request.target)
    call, *named = [unquote(step) for step in parts.path.strip("/").split("/")]
    body = json.loads(request.body) if request.body else {}
    match call:
        case "objects":
            tenant = parse_qs(parts.query).get("tenant", [""])[0]
            return call, {"object_type": named[0], "object_id": named[1], "tenant": tenant}
        case "events":
            return call, {"event_id": named[0]}
        case "update":
            return call, {"object_type": body["object_type"], "object_id": body["id"]}
        case "recover":
            return call, {"status": body.get("status", "")}
    return call, body


def _written(call: str, arguments: Mapping[str, Any]) -> str:
    """The call as it would stand in a program."""
    return f"pytest_partner_{call}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


def _told(call: str, outcome: Outcome) -> Response:
    """The answer that an endpoint would have given."""
    if isinstance(outcome.error, PlatformRefusal):
        return _answer(502, {"error": str(outcome.error)})
    if isinstance(outcome.error, NotImplementedError):
        return _answer(501, {"error": str(outcome.error)})
    if call == "objects" and (isinstance(outcome.error, LookupError) or (not outcome.error and outcome.value is None)):
        return _answer(404, {})
    if outcome.error is not None:
        return _answer(500, {"error": outcome.complaint})
    try:
        return _answer(200, _content(call, outcome.value))
    except (TypeError, ValueError, RecursionError) as error:
        return _answer(500, {"error": f"it returned {type(outcome.value).__name__}, which cannot be used: {error}"})


def _content(call: str, value: Any) -> dict[str, Any]:
    """What an endpoint would have answered. Raises TypeError and ValueError where the value is not of its kind."""
    match call:
        case "create":
            return {"id": _of_kind(str, value)}
        case "objects":
            return dict(value)
        case "events":
            return {"applied": _of_kind(int, value)}
        case "subscribe" if not isinstance(value, str):
            return {"ids": [_of_kind(str, each) for each in value]}
        case "subscribe":
            raise TypeError("a list of texts is wanted")
    return {}


def _of_kind(kind: type[_T], value: Any) -> _T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{kind.__name__} is wanted")
    return value


def _answer(status: int, content: object) -> Response:
    return Response(status, ((b"Content-Type", b"application/json"),), compact(content))

"""How a platform asks whether a URL wants its deliveries, as typed data, and what it takes for a right answer.

What each field means stands in `schemas/platform.schema.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from conformance import pointer
from conformance.exchange import Response
from conformance.platform.template import filled

__all__ = ["GRANTED", "ORIGIN", "Challenge", "Grant", "Handshake", "Ping", "handshake_from_raw", "origin_headers"]

ORIGIN: Final = "WebHook-Request-Origin"
# Among the words of a handshake, where the permission came by a call.
GRANTED: Final = "granted"
_CHALLENGE: Final = "{challenge}"
_PROOF: Final = "{proof}"
_TOKEN: Final = "{token}"  # noqa: S105  # no secret, but the place of one
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """One form of a right answer: a text that is the whole body, or texts in a JSON body by their pointers."""

    text: str = ""
    content_type: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    def complaint(self, response: Response, words: Mapping[str, str]) -> str:
        """What is wrong with an answer of this form, empty where nothing is; white space around it is overlooked."""
        if self.fields:
            content = response.json()
            wrong = (at for at, value in self.fields if pointer.read(content, at) != filled(value, words))
            at = next(wrong, None)
            return "" if at is None else f"{at} of the body is {_shown(pointer.read(content, at))}"
        told = _media_type(response.header("content-type"))
        if self.content_type and told != _media_type(self.content_type):
            return f"the Content-Type is {told or 'missing'}"
        right = response.body.strip() == str(filled(self.text, words)).encode()
        return "" if right else f"the body is {_shown(response.body.decode('utf-8', 'replace'))}"

    def shown(self) -> str:
        """The form in words."""
        if self.fields:
            return "a JSON body with " + ", ".join(f"{value} at {at}" for at, value in self.fields)
        named = f" as {self.content_type}" if self.content_type else ""
        return f"a body that is {self.text}{named}"

    def is_exact(self, response: Response, words: Mapping[str, str]) -> bool:
        """Whether nothing stands around the text of a right answer."""
        return bool(self.fields) or response.body == str(filled(self.text, words)).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A request whose answer proves that the URL belongs to a partner; `body` is None where there is none."""

    method: str
    query: tuple[tuple[str, str], ...]
    body: Any
    signed: bool
    answers: tuple[AnswerForm, ...]
    digest: str
    encoding: str

    @property
    def has_token(self) -> bool:
        """Whether it proves that it comes from the platform by a token that both know."""
        return any(_TOKEN in text for text in _texts([value for _, value in self.query], self.body))

    @property
    def holds_challenge(self) -> bool:
        """Whether the request holds a challenge at all."""
        return any(_CHALLENGE in text for text in _texts([value for _, value in self.query], self.body))

    @property
    def wants_proof(self) -> bool:
        """Whether an answer holds an HMAC of the challenge."""
        return any(_PROOF in text for text in self._answer_texts)

    @property
    def is_echoed(self) -> bool:
        """Whether an answer holds the challenge itself."""
        return any(_CHALLENGE in text for text in self._answer_texts)

    @property
    def _answer_texts(self) -> tuple[str, ...]:
        return tuple(text for form in self.answers for text in (form.text, *(value for _, value in form.fields)))

    def complaint(self, response: Response, words: Mapping[str, str]) -> str:
        """Why the platform does not take an answer for right; empty where it does."""
        if not response.succeeded:
            return f"status {response.status}"
        found = [form.complaint(response, words) for form in self.answers]
        return "" if "" in found else " and ".join(dict.fromkeys(found))

    def blemish(self, response: Response, words: Mapping[str, str]) -> str:
        """What a stricter platform would not take in a right answer; empty where there is nothing."""
        if response.status != 200:
            return f"status {response.status}"
        right = [form for form in self.answers if not form.complaint(response, words)]
        return "" if any(form.is_exact(response, words) for form in right) else "white space around the text"

    def shown(self) -> str:
        """What the platform waits for, in words."""
        return f"200 and {' or '.join(form.shown() for form in self.answers)}"


@dataclass(frozen=True, slots=True)
class Grant:
    """The question for permission to deliver: CloudEvents HTTP webhooks 4.1. `rate` is per minute, 0 for none.

    With a `callback` the partner may call a URL that comes along, in place of granting by its answer.
    """

    origin: str
    rate: int = 0
    callback: bool = False

    def complaint(self, response: Response) -> str:
        """Why an answer grants nothing, whatever its status says (4.2); empty where it does."""
        origin, rate = response.header("WebHook-Allowed-Origin"), response.header("WebHook-Allowed-Rate")
        if origin is None:
            return "no WebHook-Allowed-Origin header"
        if origin.strip() not in {self.origin, "*"}:
            return f"WebHook-Allowed-Origin: {origin[:_SHOWN]}"
        if self.rate and rate is None:
            return "no WebHook-Allowed-Rate header, and a rate was asked for"
        return f"WebHook-Allowed-Rate: {rate[:_SHOWN]}" if rate is not None and not _is_rate(rate.strip()) else ""

    def shown(self) -> str:
        """What the platform waits for, in words."""
        rate = " and a WebHook-Allowed-Rate" if self.rate else ""
        called = ", or a call of the WebHook-Request-Callback" if self.callback else ""
        return f"WebHook-Allowed-Origin with {self.origin} or *{rate}{called}"


@dataclass(frozen=True, slots=True)
class Ping:
    """A delivery that tells of nothing; `object_type` is empty where its body names no object."""

    type: str
    body: Any
    object_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """Whether a URL wants deliveries, asked in these ways.

    `refused` is the status of a subscription whose URL fails, `limit` in seconds, None where the platform names none.
    """

    at_start: bool
    at_subscription: bool
    refused: int
    limit: float | None
    ping: Ping | None
    challenge: Challenge | None
    options: Grant | None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The ways to ask that have an answer of their own."""
        asked = {"challenge": self.challenge, "options": self.options}
        return tuple(name for name, there in asked.items() if there is not None)

    @property
    def features(self) -> dict[str, bool]:
        """The features that requirements ask for in `applies_when`."""
        challenge = self.challenge
        return {
            "ping": self.ping is not None,
            "handshake-at-start": self.at_start and bool(self.kinds),
            "handshake-at-subscription": self.at_subscription and bool(self.kinds),
            "challenge": challenge is not None,
            "proven-challenge": challenge is not None and (challenge.has_token or challenge.signed),
            "echoed-challenge": challenge is not None and challenge.is_echoed,
            "abuse-protection": self.options is not None,
        }

    def complaint(self, kind: str, response: Response, words: Mapping[str, str]) -> str:
        """Why an answer to that way of asking is not right; empty where it is."""
        if kind == "options":
            assert self.options is not None  # or nobody asked so
            return self.options.complaint(response) if GRANTED not in words else ""
        assert self.challenge is not None  # or nobody asked so
        return self.challenge.complaint(response, words)

    def blemish(self, kind: str, response: Response, words: Mapping[str, str]) -> str:
        """What a stricter platform would not take in a right answer; empty where there is nothing."""
        return self.challenge.blemish(response, words) if self.challenge and kind == "challenge" else ""

    def shown(self, kind: str) -> str:
        """What the platform waits for, in words."""
        asked = self.options if kind == "options" else self.challenge
        assert asked is not None  # or nobody asked so
        return asked.shown()


def handshake_from_raw(raw: Mapping[str, Any] | None) -> Handshake | None:
    """Type the checked section of a description."""
    if raw is None:
        return None
    when = raw.get("when", ("at-start",))
    ping, options = raw.get("ping"), raw.get("options")
    return Handshake(
        at_start="at-start" in when,
        at_subscription="at-subscription" in when,
        refused=raw.get("refused", 400),
        limit=raw.get("limit"),
        ping=Ping(ping["type"], ping["body"], ping.get("object_type", "")) if ping else None,
        challenge=_challenge(raw.get("challenge")),
        options=Grant(options["origin"], options.get("rate", 0), options.get("callback", False)) if options else None,
    )


def origin_headers(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The header in which each delivery names whom the permission is for (CloudEvents HTTP webhooks 2.1).

    A description that has such a header itself is left as it is.
    """
    options = raw.get("handshake", {}).get("options")
    named = {name.lower() for name in raw["deliveries"].get("headers", {})}
    if options and ORIGIN.lower() not in named:
        yield ORIGIN, options["origin"]


def _challenge(raw: Mapping[str, Any] | None) -> Challenge | None:
    if raw is None:
        return None
    return Challenge(
        method=raw["method"],
        query=tuple(raw.get("query", {}).items()),
        body=raw.get("body"),
        signed=raw.get("signed", False),
        answers=tuple(
            AnswerForm(form.get("text", ""), form.get("content_type", ""), tuple(form.get("json", {}).items()))
            for form in raw["answers"]
        ),
        digest=raw.get("proof", {}).get("digest", "sha256"),
        encoding=raw.get("proof", {}).get("encoding", "hex"),
    )


def _texts(*values: Any) -> tuple[str, ...]:
    return tuple(text for value in values for _, text in pointer.walk(value) if isinstance(text, str))


def _media_type(text: str | None) -> str:
    return (text or "").partition(";")[0].strip().lower()


def _is_rate(text: str) -> bool:
    return text == "*" or (text.isascii() and text.isdecimal() and int(text[:20]) > 0)


def _shown(value: Any) -> str:
    return "empty" if value == "" else "missing" if value is None else repr(value)[:_SHOWN]

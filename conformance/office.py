"""The controller's office under pytest-xdist: workers ask it over loopback; it alone owns run and report."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from typing import Any

from conformance.errors import ConformanceError, RunRefused
from conformance.items import ItemPlan, ItemVerdict, Source

__all__ = ["Office", "ask_office"]


class Office:
    """Answers workers on the loopback interface, each in a thread; who does not know the key is turned away."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._key = secrets.token_bytes(32)
        # Without the key: who has it is asked in a thread of its own, or one who says nothing would keep all waiting.
        self._listener = Listener(("127.0.0.1", 0))
        self._closed = False
        self._begun: list[str] | None = None
        self._guard = threading.Lock()
        threading.Thread(target=self._accept, name="conformance-office", daemon=True).start()

    @property
    def card(self) -> dict[str, Any]:
        """What a worker must know to come here."""
        host, port = self._listener.address[:2]
        return {"host": str(host), "port": int(port), "key": base64.b64encode(self._key).decode("ascii")}

    def close(self) -> None:
        """Answer nobody any more."""
        self._closed = True
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection = self._listener.accept()
            except OSError:
                continue  # closed, or this one has hung up already; the next one may be a worker
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection[Any, Any]) -> None:
        answers: dict[str, Callable[[Any], Any]] = {
            "plans": lambda _: [asdict(plan) for plan in self._source.plans()],
            "begin": self._begin,
            "verdict": lambda name: asdict(self._source.verdict(name)),
        }
        try:
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
            while True:
                question, argument = json.loads(connection.recv_bytes())
                try:
                    answer = {"answer": answers[question](argument)}
                except ConformanceError as error:
                    answer = {"refused": str(error)}
                connection.send_bytes(json.dumps(answer).encode())
        except (EOFError, OSError, AuthenticationError):
            return  # the worker ended, or it was a stranger
        finally:
            connection.close()

    def _begin(self, names: list[str]) -> None:
        """Every worker collects the same items; the first to come begins the run."""
        with self._guard:
            if self._begun is None:
                self._begun = names
                self._source.begin(names)


class _Visitor:
    """A worker's connection to the office."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self._connection = connection

    def _ask(self, question: str, argument: Any) -> Any:
        try:
            self._connection.send_bytes(json.dumps([question, argument]).encode())
            answer = json.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            raise RunRefused("the pytest-xdist controller ended the run") from None
        if "refused" in answer:
            raise RunRefused(answer["refused"])
        return answer["answer"]

    def plans(self) -> list[ItemPlan]:
        return [ItemPlan(**plan) for plan in self._ask("plans", None)]

    def begin(self, names: list[str]) -> None:
        self._ask("begin", names)

    def verdict(self, name: str) -> ItemVerdict:
        return ItemVerdict(**self._ask("verdict", name))


def ask_office(card: dict[str, Any]) -> Source:
    """Come to the office with the card that the controller gave."""
    return _Visitor(Client((card["host"], card["port"]), authkey=base64.b64decode(card["key"])))

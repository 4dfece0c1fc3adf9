"""What the judge of leaks says of error answers written by hand, as servers and frameworks make them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.exchange import Delivery, Failure, Headers, Response
from conformance.judge.leaks import leaks
from conformance.transcript import Transcript
from conformance.verdict import Verdict
from judge.cases import case
from transcripts import Moment, delivered, feewise, play


def answered(body: bytes, *, status: int = 400, sent: bytes = b"", headers: Headers = (), to: str = "") -> Moment:
    """A provoked delivery, and the answer to it."""
    record = delivered("provoked", genuine=False).record
    assert isinstance(record, Delivery)
    request = replace(record.request, body=sent, headers=headers, target=to or record.request.target)
    return Moment(replace(record, request=request, response=Response(status, (), body)))


def told(body: str | bytes, **request: object) -> dict[str, str]:
    """What an answer leaks."""
    moment = answered(body.encode() if isinstance(body, str) else body, **request)  # type: ignore[arg-type]  # as given
    assert isinstance(moment.record, Delivery)
    return dict(leaks(moment.record))


TRACE = "a stack trace"
PATH = "a path on the server"
QUERY = "an error of a database"


@pytest.mark.parametrize(
    "text",
    [
        'Traceback (most recent call last):\n  File "app.py", line 3, in handle\nKeyError: 1',
        'File "handlers.py", line 31, in handle',
        "java.lang.NullPointerException\n\tat com.partner.Hooks.take(Hooks.java:31)",
        "at java.base/java.lang.Thread.run(Unknown Source)",
        "TypeError: x is undefined\n    at Object.take (hooks/index.js:10:15)",
        "    at node:internal/process/task_queues:95:5",
        "   at Partner.Hooks.Take(String body) in Hooks.cs:line 12",
        "at System.Text.Json.ThrowHelper.ReThrow(ReadStack&amp; state)",
        "   --- End of inner exception stack trace ---",
        "#0 hooks/index.php(12): take()",
        "<b>Fatal error</b>: Uncaught TypeError in <b>index.php</b> on line <b>12</b>",
        "goroutine 19 [running]:\nmain.take()",
        "main.go:12 +0x1d",
        "app/hooks.rb:12:in `take'",
        "thread 'main' panicked at src/main.rs:2:5",
    ],
)
def test_stack_traces_are_found(text: str) -> None:
    """In plain text, and inside JSON where line breaks are escaped."""
    assert TRACE in told(text)
    assert TRACE in told(json.dumps({"errors": [{"detail": text}]}))


@pytest.mark.parametrize(
    "text",
    [
        "cannot read /srv/partner/settings.yaml",
        "in (/var/www/hooks/index.php)",
        r"C:\partner\bin\Hooks.dll was not found",
        "open /etc/partner/signing.key: permission denied",
    ],
)
def test_paths_of_the_server_are_found(text: str) -> None:
    """Of source files, and of files with settings."""
    assert {PATH: text} == dict.fromkeys(told(text), text)
    assert PATH in told(json.dumps({"error": text}))


@pytest.mark.parametrize(
    "root", ["app", "code", "data", "etc", "mnt", "opt", "private", "proc", "srv", "src", "usr", "var", "workspace"]
)
def test_a_path_begins_where_servers_keep_their_files(root: str) -> None:
    """Below one of the usual folders, or below that of a user."""
    assert {PATH: f"/{root}/partner/hooks.py"} == told(f"no such file: /{root}/partner/hooks.py")
    assert {} == told(f"no such page: /{root}s/partner/hooks.py")


@pytest.mark.parametrize("folder", ["home", "root", "tmp", "Users", "work"])
def test_a_path_may_begin_with_a_user(folder: str) -> None:
    """Or in what is kept for a while."""
    assert [PATH] == list(told(f"no such file: /{folder}/partner/hooks.py"))


SUFFIXES = """
    cs cshtml vb dll exe so c cc cpp clj class erl ex exs go groovy java jar war js jsx mjs cjs ts tsx kt lua php phtml
    pl pm py pyc rb erb rs scala cfg conf crt db env ini key log pem properties sock sqlite sqlite3 toml yml yaml
"""


@pytest.mark.parametrize("suffix", SUFFIXES.split())
def test_a_path_ends_with_what_servers_run_or_read(suffix: str) -> None:
    """Sources, programs and settings, on every system; pages and pictures are there to be asked for."""
    assert {PATH: f"/srv/partner/hooks.{suffix}"} == told(f"at /srv/partner/hooks.{suffix}:")
    assert [PATH] == list(told(f"at D:\\partner\\hooks.{suffix}:"))
    assert {} == told("at /srv/partner/hooks.html and D:\\partner\\hooks.png")


@pytest.mark.parametrize(
    "text",
    [
        "SQLSTATE[23000]: Integrity constraint violation",
        "ORA-00942: table or view does not exist",
        "PG::UniqueViolation: ERROR",
        "SQLITE_CONSTRAINT: UNIQUE constraint failed: events.id",
        'ERROR: duplicate key value violates unique constraint "events_pkey"',
        "You have an error in your SQL syntax; check the manual",
        "Duplicate entry '1' for key 'PRIMARY'",
        "could not execute: SELECT id, body FROM events WHERE id = 1",
        "insert into events (id, body) values (?, ?)",
        "UPDATE events SET state = 1",
        "DELETE FROM events WHERE id = 1",
        "psycopg2.errors.UniqueViolation",
        "sqlite3.OperationalError: no such table",
        "org.postgresql.util.PSQLException: ERROR",
        "java.sql.SQLIntegrityConstraintViolationException: no",
        'ERROR: syntax error at or near "SELEC"',
        'near "SELEC": syntax error',
        'relation "events" does not exist',
        "Unknown column 'state' in 'field list'",
        "Unclosed quotation mark after the character string 'x'",
    ],
)
def test_errors_of_databases_are_found(text: str) -> None:
    """Their own messages, and the statements that failed."""
    assert [QUERY] == list(told(text))


def test_a_page_is_read_as_it_is_shown() -> None:
    """A page escapes quotes, and shows them."""
    assert [TRACE] == list(told("<pre>File &quot;hooks.py&quot;, line 3, in take</pre>"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 2_000,
        "Expecting ',' delimiter: line 1 column 17 (char 16) at line 3",
        "Unexpected token } in JSON at position 31",
        'Cannot deserialize `java.lang.String` from Array\n at [Source: (String)"{"; line: 1, column: 8] (Hook["id"])',
        "The JSON value could not be converted to System.String. Path: $.id | LineNumber: 0 | BytePositionInLine: 9.",
        "Field required at /event/status; see https://partner.example/app/docs/errors.php for more",
        '<html><script src="/app/main.js"></script><a href="/data/help.php">Help</a></html>',
        "invalid value at event.status: select one from the list",
        "Please update your request and set a type",
        "Error 7f3a in request 12:33:01, told to our people",
        "Received /app/unknown, which is served nowhere",
        "the webhook token is missing",
        json.dumps({"errors": [{"loc": ["body", "id"], "msg": "none is not an allowed value"}], "code": 7}),
    ],
)
def test_what_a_partner_may_say_is_no_leak(text: str) -> None:
    """Messages of parsers, addresses, names of types."""
    assert {} == told(text)


def test_what_the_request_held_is_no_leak() -> None:
    """A partner may repeat what it was sent: the path, the body, a header."""
    sent = json.dumps({"id": "DELETE FROM events WHERE 1"}).encode()

    assert {} == told("no such page: /app/hooks.php", to="http://partner.example/app/hooks.php")
    assert {} == told("bad id: DELETE FROM events WHERE 1", sent=sent)
    assert {} == told("bad type: C:\\x\\y.dll", headers=((b"X-Extra", b"C:\\x\\y.dll"),))


def test_a_secret_is_a_leak_although_the_request_held_it() -> None:
    """The platform stores answers, and shows them to people who do not have the secret."""
    shown = told("got [secret webhook_token]", headers=((b"Authorization", b"Bearer [secret webhook_token]"),))

    assert {"a secret": "[secret webhook_token]"} == shown


def test_a_secret_in_a_link_is_a_leak() -> None:
    """Only what looks like a path is none there."""
    assert {"a secret": "[secret api_key]"} == told('<a href="/app/hooks.py?key=[secret api_key]">help</a>')


def test_an_answer_that_is_no_text_is_read_as_far_as_it_is() -> None:
    """Bytes that are none stand for nothing."""
    assert PATH in told(b"\xff\xfe /srv/partner/settings.yaml \xff")


def test_a_long_answer_is_read_as_far_as_people_read_it() -> None:
    """Only the beginning counts, and it is read whole."""
    long = "x " * 40_000

    assert {} == told(long + "ORA-00942:")
    assert [QUERY] == list(told("ORA-00942:" + long))


def test_of_a_long_leak_the_beginning_is_shown() -> None:
    """A hundred characters of it, on one line."""
    statement = "insert into events (" + "x" * 200 + ") values"

    assert {QUERY: statement[:100]} == told(statement)
    assert {QUERY: r"Duplicate entry '\u00e9\t' for key '"} == told("Duplicate entry 'é\t' for key 'x'")


def test_texts_of_a_document_stand_apart() -> None:
    """What is found is found in one of them, at whatever depth; lists, keys and texts alone are read too."""
    assert {} == told(json.dumps(["goroutine 19", " [running]:"]))
    assert [TRACE] == list(told(json.dumps({"a": [{"goroutine 19 [running]:": 1}]})))
    assert [TRACE] == list(told(json.dumps('File "hooks.py", line 3, in take')))


def test_what_the_page_shows_is_read_once() -> None:
    """An ampersand alone makes no page of a text."""
    assert [] == list(told("&amp;lt;pre&amp;gt;File hooks.py, line 3"))


def test_an_answer_that_never_came_tells_nothing() -> None:
    """There is nothing to read."""
    record = answered(b"ORA-00942:").record
    assert isinstance(record, Delivery)

    assert [] == list(leaks(replace(record, response=None)))


def test_what_was_sent_in_another_text_is_no_leak() -> None:
    """The words of the request are looked for one text at a time."""
    assert [QUERY] == list(told("ORA-00942:", to="http://partner.example/ORA-0", headers=((b"X-Extra", b"0942:"),)))


def test_what_is_shown_of_a_leak_is_short_and_plain() -> None:
    """The words come from a stranger."""
    words = told("goroutine 19 [running]:" + "thread 'caf\u00e9' panicked at x")

    assert {TRACE: "goroutine 19 [running]:"} == words


@case("ERR-04", Verdict.PASS)
def test_error_answers_that_are_short() -> Transcript:
    """A text of the partner's own, and an answer without a body; what a success says is not read."""
    accepted = answered(b"Traceback (most recent call last):", status=202)
    return feewise(play("provoked-errors", "", accepted, answered(b'{"error": "no"}'), answered(b"", status=500)))


@case(
    "ERR-04", Verdict.FAIL, "a stack trace in the answer with status 500: goroutine 19 [running]:, and 1 more like it"
)
def test_a_stack_trace_is_told() -> Transcript:
    """One finding for each kind, with the first answers that tell it."""
    trace = answered(b"goroutine 19 [running]:", status=500)
    return feewise(play("provoked-errors", "", trace, answered(b"{}"), trace))


@case("ERR-04", Verdict.FAIL, "an error of a database in the answer with status 400: ORA-00942:")
def test_a_leak_in_another_story_counts() -> Transcript:
    """Every error answer of the run is read."""
    return feewise(
        play("malformed-json", "truncated", answered(b"ORA-00942:")), play("provoked-errors", "", answered(b""))
    )


@case("ERR-04", Verdict.FAIL, "ORA-00942:, and 4 more like it")
def test_the_answers_that_were_provoked_come_first() -> Transcript:
    """They are cited before those of other stories, three in all."""
    leak = answered(b"ORA-00942:")
    return feewise(play("malformed-json", "truncated", leak, leak), play("provoked-errors", "", leak, leak, leak))


@case("ERR-04", Verdict.PASS)
def test_what_a_success_says_is_not_read() -> Transcript:
    """Nor what a redirection says."""
    leak = answered(b"ORA-00942:", status=399)
    return feewise(play("provoked-errors", "", leak, answered(b"{}")))


@case("ERR-04", Verdict.PASS)
def test_a_delivery_without_an_answer_tells_nothing() -> Transcript:
    """The others are read."""
    silent = delivered("provoked", failure=Failure.TIMEOUT, genuine=False)
    return feewise(play("provoked-errors", "", silent, answered(b"bad request")))


@case("ERR-04", Verdict.NOT_ASSESSABLE, "answered nothing with an error status")
def test_without_errors_there_is_nothing_to_read() -> Transcript:
    """A partner that accepts everything proves nothing here."""
    return feewise(play("provoked-errors", "", answered(b"", status=200)))

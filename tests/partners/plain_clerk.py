#!/usr/bin/env python3
"""A clerk without a framework: http.server, SQLite, and one thread that runs errands.

FeeWise posts to it, anywhere. What comes in is written down before it is answered. Of objects that FeeWise can be
asked for, the clerk takes an event as a hint only and gets them; of all others it keeps what the event says.
It speaks HTTP/1.0 and closes each connection. There is no control endpoint.
"""

import base64
import datetime
import email.utils
import hashlib
import hmac
import http.client
import http.server
import json
import os
import sqlite3
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid

DATABASE = os.environ.get("PARTNER_DATABASE") or os.path.join(tempfile.mkdtemp(prefix="clerk-"), "clerk.db")
BASE = os.environ["PARTNER_API_URL"] + "/api/v3/partner"
SECRET = os.environ["CONFORMANCE_SIGNING_SECRET"].encode()
TOKEN = "Bearer " + os.environ["CONFORMANCE_WEBHOOK_TOKEN"]
LARGEST = 1 << 20
AGES = 240
PAUSES = [0, 1, 2, 3, 4, 6, 8]

SCHEMA = """
create table if not exists events (
    id text primary key, body text not null, correlation text, tries integer default 0, due real, state text
);
create table if not exists objects (
    type text, firm text, id text, at real, data text, primary key (type, firm, id)
);
"""
GETS = {
    "artifact.invoice": ("/invoices/%s", "invoice", ["invoice_id"]),
    "artifact.trust-deposit": ("/trust-deposits/%s", "trust_deposit", ["trust_deposit_id"]),
    "firm.bank-account": ("/firms/%s/accounts/%s", "account", ["firm_id", "account_id"]),
    "firm": ("/firms/%s", "firm", ["firm_id"]),
}
KEPT = {
    "artifact.statement": "statement_id",
    "artifact.charge": "charge_id",
    "payment": "payment_id",
    "payout": "payout_reference",
    "webhook": "webhook_id",
}


def database():
    connection = sqlite3.connect(DATABASE, timeout=30)
    connection.execute("pragma journal_mode = wal")
    return connection


def family(topic):
    """artifact.invoice of artifact.invoice.created; the news about a firm itself are all one family."""
    head = topic.rpartition(".")[0]
    return "firm" if head in ("firm.status", "firm.pricing", "firm.surcharge-settings") else head


def when(event):
    """The time of an event in seconds, now where it has none, None where it is no time."""
    if event.get("created_at") is None:
        return time.time()
    try:
        return datetime.datetime.fromisoformat(event["created_at"]).timestamp()
    except (ValueError, TypeError):
        return None


class Refused(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class Desk(http.server.BaseHTTPRequestHandler):
    server_version = "clerk"
    sys_version = ""
    timeout = 20

    def do_POST(self):
        try:
            self.take()
        except Refused as refused:
            self.say(refused.status, str(refused))
        else:
            self.say(200, "noted")

    def do_GET(self):
        self.say(405, "events are posted", ("Allow", "POST"))

    do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def take(self):
        body = self.body()
        self.verify(body)
        try:
            event = json.loads(body.decode("utf-8"))
            event_id, topic, payload = event["event_id"], event["event_type"], event["event"]
            event_id = str(uuid.UUID(event_id))
            names = GETS[family(topic)][2] if family(topic) in GETS else [KEPT.get(family(topic))]
            proper = isinstance(payload, dict) and all(isinstance(payload[n], str) for n in names if n)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            proper = False
        if not proper or when(event) is None:
            raise Refused(400, "that is not an event")
        text = json.dumps(event)
        with database() as db:
            state = "due" if names[0] else "ignored"
            row = (event_id, text, self.headers.get("X-Correlation-ID"), time.time(), state)
            db.execute("insert or ignore into events (id, body, correlation, due, state) values (?,?,?,?,?)", row)
            db.execute("update events set state = 'due', tries = 0 where id = ? and state = 'given up'", (event_id,))
        errands.set()

    def body(self):
        if self.headers.get_content_type() != "application/json" or "Content-Type" not in self.headers:
            raise Refused(415, "only JSON is taken here")
        length = self.headers.get("Content-Length")
        if length is None:
            raise Refused(411, "how long is it?")
        if not length.isdecimal():
            raise Refused(400, "how long is it?")
        if int(length[:12]) > LARGEST:
            raise Refused(413, "too long")
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            raise Refused(400, "the end is missing")
        return body

    def verify(self, body):
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), TOKEN.encode()):
            raise Refused(401, "who are you?")
        stamp = self.headers.get("X-FeeWise-Webhook-Signature-Timestamp", "")
        signature = self.headers.get("X-FeeWise-Webhook-Signature", "")
        expected = base64.b64encode(hmac.new(SECRET, stamp.encode("utf-8", "replace") + b"." + body, hashlib.sha256).digest())
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected):
            raise Refused(401, "the signature is wrong")
        if not stamp.isdecimal() or len(stamp) > 12 or abs(time.time() - int(stamp)) > AGES:
            raise Refused(401, "the signature is too old")

    def say(self, status, text, *headers):
        content = (text + "\n").encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


errands = threading.Event()


def run_errands():
    db = database()
    while True:
        row = db.execute(
            "select id, body, correlation, tries from events where state = 'due' and due <= ? order by due limit 1",
            (time.time(),),
        ).fetchone()
        if row is None:
            errands.wait(0.1)
            errands.clear()
            continue
        event_id, text, correlation, tries = row
        wait = run(db, json.loads(text), correlation)
        with db:
            if wait is None:
                db.execute("update events set state = 'done' where id = ?", (event_id,))
            elif tries + 1 >= len(PAUSES) or wait > 90:
                db.execute("update events set state = 'given up' where id = ?", (event_id,))
            else:
                due = time.time() + max(wait, PAUSES[tries + 1])
                db.execute("update events set tries = tries + 1, due = ? where id = ?", (due, event_id))


def run(db, event, correlation):
    """Do what an event asks for. None when that is done, else the least number of seconds to wait."""
    about, payload = family(event["event_type"]), event["event"]
    if about not in GETS:
        keep(db, about, payload, payload[KEPT[about]], event)
        return None
    path, member, names = GETS[about]
    if event["event_type"].endswith(".deleted"):
        with db:
            db.execute("delete from objects where type = ? and id = ?", (about, payload[names[-1]]))
        return None
    status, content, wait = get(path % tuple(payload[name] for name in names), correlation)
    if status == 200 and isinstance(content.get(member), dict):
        row = (about, str(payload.get("firm_id")), payload[names[-1]], None, json.dumps(content[member]))
        with db:
            db.execute("insert or replace into objects values (?,?,?,?,?)", row)
        return None
    return wait


def keep(db, about, payload, object_id, event):
    """Keep what the event says unless something newer is known; a payout that has failed stays failed."""
    key = (about, str(payload.get("firm_id")), object_id)
    at = when(event)
    with db:
        held = db.execute("select at, data from objects where type = ? and firm = ? and id = ?", key).fetchone()
        if held and held[0] > at:
            return
        if held and about == "payout" and json.loads(held[1]).get("status") == "Failed":
            return
        db.execute("insert or replace into objects values (?,?,?,?,?)", (*key, at, json.dumps(payload)))


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


opener = urllib.request.build_opener(NoRedirects)


def get(path, correlation):
    """(status, content, seconds to wait): 0 seconds where the platform names none."""
    request = urllib.request.Request(BASE + path)
    request.add_header("X-CHANNEL-PARTNER-ID", os.environ["CONFORMANCE_PARTNER_ID"])
    request.add_header("X-API-KEY", os.environ["CONFORMANCE_API_KEY"])
    is_plain = correlation and correlation.isascii() and correlation.isprintable() and len(correlation) <= 128
    request.add_header("x-correlation-id", correlation if is_plain else str(uuid.uuid4()))
    try:
        with opener.open(request, timeout=2) as answer:
            content = json.load(answer)
            return answer.status, content if isinstance(content, dict) else {}, 0
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {}, wanted_pause(error.headers.get("Retry-After", "")) if error.code == 429 else 0
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}, 0


def wanted_pause(text):
    if text.strip().isdigit():
        return int(text)
    moment = email.utils.parsedate_to_datetime(text) if email.utils.parsedate(text) else None
    return moment.timestamp() - time.time() + 1 if moment else 5


class Office(http.server.ThreadingHTTPServer):
    request_queue_size = 100
    daemon_threads = True


if __name__ == "__main__":
    with database() as first:
        first.executescript(SCHEMA)
    threading.Thread(target=run_errands, daemon=True).start()
    Office(("127.0.0.1", int(os.environ["PARTNER_PORT"])), Desk).serve_forever()

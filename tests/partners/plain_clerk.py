"""A clerk without a framework: http.server, SQLite, and one thread that runs errands.

FeeWise posts to /events. What comes in is written down before it is answered. Of objects that FeeWise can be asked
for, the clerk takes an event as a hint only and gets them; of all others it keeps what the event says.
Wawex posts below /wawex, and the clerk gets what it is told of.
It does one errand after the other, speaks HTTP/1.0 and closes each connection. There is no control endpoint.
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
API = os.environ["PARTNER_API_URL"]
SECRET = os.environ.get("CONFORMANCE_SIGNING_SECRET", "").encode()
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


# The object types of Wawex, each with an endpoint of that name; the type of its notifications is derived from it.
WAWEX = """
customer natural-person identification-verification document partner-document onboarding customer-product
legal-entity-search labels-update transfer digital-asset-order proxy beneficial-owner user re-token-prices strategy
offboarding legal-entity legal-representative traditional-asset-order partner joint-person tax-exemption-order
corporate-action savings-plans tokenized-asset-order
""".split()


def notification_type(name):
    return name.upper().replace("-", "_") + ("" if name == "re-token-prices" else "_NOTIFICATION")


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
        where = self.path.rstrip("/")
        about = where.removeprefix("/wawex/")
        if where != "/events" and about not in WAWEX:
            raise Refused(404, "nobody is here")
        body = self.body()
        self.check_token()
        if where == "/events":
            self.check_signature(body)
        try:
            event = json.loads(body.decode("utf-8"))
            event_id, text, is_known = feewise(event) if where == "/events" else wawex(event, about)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Refused(400, "that is not an event") from None
        with database() as db:
            row = (event_id, text, self.headers.get("X-Correlation-ID"), time.time(), "due" if is_known else "ignored")
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

    def check_token(self):
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), TOKEN.encode()):
            raise Refused(401, "who are you?")

    def check_signature(self, body):
        stamp = self.headers.get("X-FeeWise-Webhook-Signature-Timestamp", "")
        signature = self.headers.get("X-FeeWise-Webhook-Signature", "")
        expected = base64.b64encode(
            hmac.new(SECRET, stamp.encode("utf-8", "replace") + b"." + body, hashlib.sha256).digest()
        )
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


def text_in(content, name):
    if not isinstance(content[name], str):
        raise TypeError(name)
    return content[name]


def feewise(event):
    """The id of an event, the event as it is kept, and whether the clerk knows what to do with it."""
    about = family(text_in(event, "event_type"))
    if when(event) is None:
        raise ValueError
    for name in GETS[about][2] if about in GETS else [KEPT[about]] if about in KEPT else []:
        text_in(event["event"], name)
    dict(event["event"])
    return str(uuid.UUID(event["event_id"])), json.dumps(event), about in GETS or about in KEPT


def wawex(notice, about):
    """The same for a notification at the endpoint of an object type."""
    for name in ("objectType", "event", "occurredOn"):
        text_in(notice, name)
    told = {"wawex": about, "object_id": str(uuid.UUID(notice["objectId"])), "change": notice["event"]}
    is_known = text_in(notice, "eventType") == notification_type(about)
    return str(uuid.UUID(notice["id"])), json.dumps(told), is_known


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
    if "wawex" in event:
        return run_for_wawex(db, **event)
    about, payload = family(event["event_type"]), event["event"]
    if about not in GETS:
        keep(db, about, payload, payload[KEPT[about]], event)
        return None
    path, member, names = GETS[about]
    if event["event_type"].endswith(".deleted"):
        with db:
            db.execute("delete from objects where type = ? and id = ?", (about, payload[names[-1]]))
        return None
    headers = {
        "X-CHANNEL-PARTNER-ID": os.environ["CONFORMANCE_PARTNER_ID"],
        "X-API-KEY": os.environ["CONFORMANCE_API_KEY"],
        "x-correlation-id": correlation if is_plain(correlation) else str(uuid.uuid4()),
    }
    status, content, wait = get("/api/v3/partner" + path % tuple(payload[name] for name in names), headers)
    if status == 200 and isinstance(content.get(member), dict):
        row = (about, str(payload.get("firm_id")), payload[names[-1]], None, json.dumps(content[member]))
        with db:
            db.execute("insert or replace into objects values (?,?,?,?,?)", row)
        return None
    return wait


def run_for_wawex(db, wawex, object_id, change):
    if change == "DELETED":
        with db:
            db.execute("delete from objects where type = ? and id = ?", (wawex, object_id))
        return None
    key = {"Authorization": "Bearer " + os.environ["CONFORMANCE_API_KEY"]}
    status, content, wait = get(f"/{wawex}s/{object_id}", key)
    if status == 200 and "version" in content:
        with db:
            row = (wawex, "", object_id, None, json.dumps(content))
            db.execute("insert or replace into objects values (?,?,?,?,?)", row)
        return None
    return wait


def is_plain(correlation):
    return correlation and correlation.isascii() and correlation.isprintable() and len(correlation) <= 128


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


def get(path, headers):
    """(status, content, seconds to wait): 0 seconds where the platform names none."""
    request = urllib.request.Request(API + path, headers=headers)
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

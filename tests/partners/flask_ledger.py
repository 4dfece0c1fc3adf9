"""Bookkeeping in Flask: threads answer, a queue holds the work, dictionaries hold the books.

It takes the events of FeeWise at /feewise and trusts what they carry: it never fetches.
It takes the notifications of Wawex below /wawex and gets the objects that they name.
The whole control endpoint is there, at /control.
"""

import base64
import binascii
import hashlib
import hmac
import json
import logging
import os
import queue
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
from flask import Blueprint, Flask, abort, jsonify, request

API = os.environ["PARTNER_API_URL"].rstrip("/")
API_KEY = os.environ["CONFORMANCE_API_KEY"]
PARTNER_ID = os.environ.get("CONFORMANCE_PARTNER_ID", "")
WEBHOOK_TOKEN = os.environ["CONFORMANCE_WEBHOOK_TOKEN"]
CONTROL_TOKEN = os.environ["CONFORMANCE_CONTROL_TOKEN"]
TOLERANCE = 300
LONG_AGO = datetime.min.replace(tzinfo=UTC)
WORKERS = 8

secrets = [os.environ.get("CONFORMANCE_SIGNING_SECRET", "")]
jobs = queue.Queue()
log = logging.getLogger("ledger")

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 256 * 1024


class Books:
    """Everything that is known, behind one lock."""

    def __init__(self):
        self.lock = threading.RLock()
        self.seen = set()
        self.about = {}
        self.applied = {}
        self.pages = {}
        self.last = None

    def admit(self, event_id):
        """True for whoever brings this event first."""
        with self.lock:
            if event_id in self.seen:
                return False
            self.seen.add(event_id)
            return True

    def forget(self, event_id):
        """An event that could not be worked off may come again."""
        with self.lock:
            self.seen.discard(event_id)

    def done(self, event_id):
        with self.lock:
            self.applied[event_id] = self.applied.get(event_id, 0) + 1


books = Books()


# Who may post at all


def require_json():
    if request.mimetype != "application/json":
        abort(415)


def require_bearer(token):
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given, f"Bearer {token}".encode()):
        abort(401)


def require_signature(body):
    stamp = request.headers.get("X-FeeWise-Webhook-Signature-Timestamp", "")
    given = request.headers.get("X-FeeWise-Webhook-Signature", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        abort(401)
    if abs(time.time() - int(stamp)) > TOLERANCE:
        abort(401)
    try:
        digest = base64.b64decode(given.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        abort(401)
    signed = stamp.encode() + b"." + body
    if not any(hmac.compare_digest(digest, hmac.digest(s.encode(), signed, hashlib.sha256)) for s in secrets):
        abort(401)


def parsed(body):
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        abort(400, "This is not JSON.")
    if not isinstance(document, dict):
        abort(400, "A JSON object is needed.")
    return document


def uuid_or_400(value, name):
    try:
        return uuid.UUID(value)
    except (ValueError, TypeError, AttributeError):
        abort(400, f"{name} must be a UUID.")


def moment_or_400(value):
    if value is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        abort(400, "created_at must be a date-time.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# FeeWise

FEEWISE = "/api/v3/partner"
# What a topic is about, without its last word: the object type and the field with the object's id.
TOPICS = {
    "artifact.invoice": ("invoice", "invoice_id"),
    "artifact.trust-deposit": ("trust-deposit", "trust_deposit_id"),
    "artifact.statement": ("statement", "statement_id"),
    "artifact.charge": ("charge", "charge_id"),
    "payment": ("payment", "payment_id"),
    "payout": ("payout", "payout_reference"),
    "firm.status": ("firm", "firm_id"),
    "firm.pricing": ("firm", "firm_id"),
    "firm.surcharge-settings": ("firm", "firm_id"),
    "firm.bank-account": ("bank-account", "account_id"),
    "webhook": ("webhook", "webhook_id"),
}


@app.post("/feewise")
def feewise():
    require_json()
    require_bearer(WEBHOOK_TOKEN)
    body = request.get_data()
    require_signature(body)
    take_feewise(parsed(body))
    return "", 202


def take_feewise(document):
    """Check the envelope, and queue the event unless it is known."""
    event_id = uuid_or_400(document.get("event_id"), "event_id")
    topic, payload = document.get("event_type"), document.get("event")
    if not isinstance(topic, str) or not isinstance(payload, dict):
        abort(400, "event_type must be a text and event an object.")
    moment = moment_or_400(document.get("created_at"))
    section = topic.rpartition(".")[0]
    if section in TOPICS and not isinstance(payload.get(TOPICS[section][1]), str):
        abort(422, f"{TOPICS[section][1]} must be a text.")
    if section in TOPICS and books.admit(event_id):
        jobs.put((enter_feewise, event_id, topic, moment, payload))


def enter_feewise(event_id, topic, moment, payload):
    section = topic.rpartition(".")[0]
    kind, id_field = TOPICS[section]
    key = (kind, payload.get("firm_id") or "", payload[id_field].lower())
    with books.lock:
        page = books.pages.setdefault(key, {})
        held_at, held = page.get(section, (LONG_AGO, {}))
        ends = kind == "payout" and held is not None and held.get("status") == "Failed"
        if moment >= held_at and not (ends and topic == "payout.paid"):
            page[section] = (moment, None if topic.endswith(".deleted") else payload)
        books.last = max(books.last or LONG_AGO, moment)
        books.done(event_id)


def page_of(kind, tenant, object_id):
    """All that is known of an object, the newest last; None when there is nothing or it was deleted."""
    with books.lock:
        keys = [k for k in books.pages if k[0] == kind and k[2] == object_id and (tenant is None or k[1] == tenant)]
        if not keys and tenant:
            keys = [k for k in books.pages if k == (kind, "", object_id)]
        entries = sorted(books.pages[keys[0]].values(), key=lambda entry: entry[0]) if keys else []
    if not entries or entries[-1][1] is None:
        return None
    whole = {}
    for _, data in entries:
        whole.update(data or {})
    return whole


# The platforms' APIs


class PlatformFailed(Exception):
    """The platform did not do what it was asked."""


def feewise_call(method, path, correlation, **more):
    headers = {"X-CHANNEL-PARTNER-ID": PARTNER_ID, "X-API-KEY": API_KEY, "X-Correlation-ID": correlation}
    return requests.request(method, API + FEEWISE + path, headers=headers, timeout=60, allow_redirects=False, **more)


def answered(response):
    if not response.ok or response.is_redirect:
        raise PlatformFailed(response.status_code)
    return response.json()


def new_external():
    return f"ledger-{uuid.uuid4()}"


def feewise_bodies(kind):
    """The path and the body that create one, and the member of the answer that holds it."""
    firm, external = str(uuid.uuid4()), new_external()
    money = {"external_id": external, "amount": "120.00", "currency": "AUD"}
    account = {
        "country_code": "AU",
        "account_name": "Ledger Trust",
        "account_type": "Checking",
        "account_holder_type": "Company",
        "account_number": "44556677",
        "branch_code": "062000",
        "metadata": {},
    }
    return {
        "invoice": ("/invoices", {"firm_id": firm, **money}, "invoice"),
        "trust-deposit": ("/trust-deposits", {"firm_id": firm, **money}, "trust_deposit"),
        "charge": (f"/firms/{firm}/charges", money, "charge"),
        "firm": ("/firms", {"external_id": external, "legal_name": "Ledger Pty"}, "firm"),
        "bank-account": (f"/firms/{firm}/accounts", account, "account"),
    }[kind]


def feewise_create(kind):
    path, body, member = feewise_bodies(kind)
    correlation = str(uuid.uuid4())
    try:
        made = answered(feewise_call("POST", path, correlation, json=body))[member]
    except requests.RequestException:
        # It may have been made all the same, so look before anybody tries again.
        if kind not in ("invoice", "trust-deposit"):
            raise PlatformFailed from None
        look = f"{path}/firm/{body['firm_id']}/{body['external_id']}"
        made = answered(feewise_call("GET", look, correlation))[member]
    section, id_field = next((s, f) for s, (k, f) in TOPICS.items() if k == kind)
    key = (kind, made.get("firm_id") or "", made[id_field].lower())
    with books.lock:
        books.pages.setdefault(key, {}).setdefault(section, (LONG_AGO, made))
    return made[id_field]


def feewise_subscribe(url, topics):
    correlation = str(uuid.uuid4())
    known = answered(feewise_call("GET", "/events/topics", correlation))["event_topics"]
    wanted = [topic for topic in topics if topic in known]
    if not wanted:
        return []
    same = feewise_subscription(url, wanted, correlation)
    if same:
        return [same]
    body = {
        "party_id": PARTNER_ID,
        "name": "Ledger",
        "description": "What the ledger books.",
        "url": url,
        "status": "Enabled",
        "events": wanted,
        "authentication": {"type": "bearer_token", "add_position": "header", "data": {"token": WEBHOOK_TOKEN}},
    }
    response = feewise_call("POST", "/webhooks", correlation, json=body)
    if response.status_code == 409:
        same = feewise_subscription(url, wanted, correlation)
        if not same:
            raise PlatformFailed(409)
        return [same]
    return [answered(response)["webhook"]["webhook_id"]]


def feewise_subscription(url, topics, correlation):
    for each in answered(feewise_call("GET", "/webhooks", correlation))["webhooks"]:
        if each["url"] == url and sorted(each["events"]) == sorted(topics):
            return each["webhook_id"]
    return None


def feewise_recover(failed_only):
    """Ask from an hour before the newest event on; what is known already is left aside."""
    newest = min(books.last or datetime.now(UTC), datetime.now(UTC))
    query = {"since": (newest - timedelta(hours=1)).isoformat().replace("+00:00", "Z")}
    if failed_only:
        query["status"] = "failed"
    correlation = str(uuid.uuid4())
    for pause in (1, 2, None):
        response = feewise_call("GET", "/events", correlation, params=query)
        if (response.status_code < 500 and response.status_code != 429) or pause is None:
            break
        time.sleep(max(pause, retry_after(response)))
    for document in answered(response)["events"]:
        take_feewise(document)


def retry_after(response):
    """The seconds that the platform asks for, as a number or as a date."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdecimal():
        return int(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds() + 1)
    except (ValueError, TypeError):
        return 0


# Wawex

WAWEX = set(
    "customer natural-person identification-verification document partner-document onboarding customer-product "
    "legal-entity-search labels-update transfer digital-asset-order proxy beneficial-owner user re-token-prices "
    "strategy offboarding legal-entity legal-representative traditional-asset-order partner joint-person "
    "tax-exemption-order corporate-action savings-plans tokenized-asset-order".split()
)
OURS = set(
    "customer natural-person customer-product legal-entity transfer digital-asset-order traditional-asset-order "
    "tax-exemption-order tokenized-asset-order".split()
)
PAUSES = (1, 2, 4, 8)


def wawex_type(kind):
    name = kind.upper().replace("-", "_")
    return name if kind == "re-token-prices" else f"{name}_NOTIFICATION"


WAWEX_TYPES = {wawex_type(kind): kind for kind in WAWEX}


@app.post("/wawex/<kind>")
def wawex(kind):
    if kind not in WAWEX:
        abort(404)
    require_json()
    require_bearer(WEBHOOK_TOKEN)
    notice = parsed(request.get_data())
    for name in ("id", "objectId", "objectType", "eventType", "event", "occurredOn"):
        if not isinstance(notice.get(name), str):
            abort(400, f"{name} must be a text.")
    event_id = uuid_or_400(notice["id"], "id")
    object_id = uuid_or_400(notice["objectId"], "objectId")
    told_of = WAWEX_TYPES.get(notice["eventType"])
    if told_of is not None and told_of != kind:
        abort(422, "This is the endpoint of another object type.")
    if told_of is not None:
        if books.admit(event_id):
            books.about[event_id] = (kind, str(object_id))
            jobs.put((enter_wawex, event_id, kind, str(object_id), notice["event"], PAUSES))
        else:
            jobs.put((look_again, event_id))
    return "", 202


def wawex_call(method, path, timeout, **more):
    headers = {"Authorization": f"Bearer {API_KEY}"}
    return requests.request(method, API + path, headers=headers, timeout=timeout, allow_redirects=False, **more)


def enter_wawex(event_id, kind, object_id, change, pauses):
    if change == "DELETED":
        with books.lock:
            books.pages.pop((kind, "", object_id), None)
        books.done(event_id)
        return
    asked = 0
    try:
        response = wawex_call("GET", f"/{kind}s/{object_id}", timeout=3)
        asked = retry_after(response) if response.status_code == 429 else 0
        keep_wawex(kind, answered(response))
    except (requests.RequestException, PlatformFailed, ValueError, KeyError, TypeError):
        if not pauses or asked > 120:
            books.forget(event_id)
            return
        job = (enter_wawex, event_id, kind, object_id, change, pauses[1:])
        again = threading.Timer(max(pauses[0], asked), jobs.put, [job])
        again.daemon = True
        again.start()
        return
    books.done(event_id)


def look_again(event_id):
    """A notification that comes twice is at least a hint to look at its object once more."""
    kind, object_id = books.about[event_id]
    try:
        keep_wawex(kind, answered(wawex_call("GET", f"/{kind}s/{object_id}", timeout=3)))
    except (requests.RequestException, PlatformFailed, ValueError, KeyError, TypeError):
        log.info("a second look at %s %s was in vain", kind, object_id)


def keep_wawex(kind, found):
    key = (kind, "", found["id"].lower())
    version = found["version"]
    with books.lock:
        page = books.pages.setdefault(key, {})
        if page.get("object", (0, None))[0] <= version:
            page["object"] = (version, found)


def wawex_write(method, path):
    try:
        made = answered(wawex_call(method, path, timeout=60, json={}))
    except requests.RequestException:
        raise PlatformFailed from None
    keep_wawex(path.split("/")[1].removesuffix("s"), made)
    return made["id"]


# The control endpoint of the test environment

control = Blueprint("control", __name__, url_prefix="/control")


@control.before_request
def only_with_the_token():
    require_bearer(CONTROL_TOKEN)


@control.errorhandler(PlatformFailed)
@control.errorhandler(requests.RequestException)
def platform_failed(error):
    return jsonify(error="the platform failed"), 502


@control.get("")
def offers():
    always = ["create", "update", "objects", "events"]
    return jsonify(offers=[*always, "subscribe", "unsubscribe", "recover", "secrets"] if PARTNER_ID else always)


@control.post("/create")
def create():
    kind = request.json["object_type"]
    if PARTNER_ID:
        return jsonify(id=feewise_create(kind))
    if kind not in OURS:
        abort(501)
    return jsonify(id=wawex_write("POST", f"/{kind}s"))


@control.post("/update")
def update():
    if PARTNER_ID:
        abort(501)
    wawex_write("PUT", f"/{request.json['object_type']}s/{request.json['id']}")
    return jsonify({})


@control.get("/objects/<kind>/<object_id>")
def objects(kind, object_id):
    page = page_of(kind, request.args.get("tenant"), object_id.lower())
    return jsonify(page) if page is not None else abort(404)


@control.get("/events/<uuid:event_id>")
def events(event_id):
    return jsonify(applied=books.applied.get(event_id, 0))


@control.post("/subscribe")
def subscribe():
    return jsonify(ids=feewise_subscribe(request.json["url"], request.json["event_types"]))


@control.post("/unsubscribe")
def unsubscribe():
    for each in request.json["ids"]:
        response = feewise_call("DELETE", f"/webhooks/{each}", str(uuid.uuid4()))
        if response.status_code not in (204, 404):
            raise PlatformFailed(response.status_code)
    return jsonify({})


@control.post("/recover")
def recover():
    feewise_recover(request.json.get("status") == "failed")
    return jsonify({})


@control.post("/secrets")
def accept_secrets():
    secrets[:] = request.json["accept"]
    return jsonify({})


app.register_blueprint(control)


def work():
    while True:
        job, event_id, *rest = jobs.get()
        try:
            job(event_id, *rest)
        except Exception:
            log.exception("an event could not be booked")
            books.forget(event_id)


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for _ in range(WORKERS):
        threading.Thread(target=work, daemon=True).start()
    app.run("127.0.0.1", int(os.environ["PARTNER_PORT"]), threaded=True)

"""A back office in Django: three gunicorn workers and a process for errands share one SQLite file.

FeeWise posts to /api/hooks/feewise/ and is handled within the request, in one transaction.
Wawex posts below /api/hooks/wawex/ and is handled by the errand process, which gets what was named.
The control endpoint offers what an office of this kind can answer easily: not what it holds.
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import wraps
from pathlib import Path

import django
import httpx
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.wsgi import get_wsgi_application
from django.db import IntegrityError, connection, models, transaction
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

DATABASE = os.environ.setdefault("PARTNER_DATABASE", str(Path(tempfile.mkdtemp(prefix="office-")) / "office.sqlite3"))

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATABASE,
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            },
        }
    },
    DATA_UPLOAD_MAX_MEMORY_SIZE=256 * 1024,
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
django.setup()


class Event(models.Model):
    """A delivery that was accepted; its id is what makes a redelivery one."""

    event_id = models.UUIDField(unique=True)
    topic = models.CharField(max_length=100)
    received = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        app_label = "office"


class Record(models.Model):
    """What was last said about an object in one family of topics."""

    kind = models.CharField(max_length=40)
    tenant = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=60)
    family = models.CharField(max_length=60)
    as_of = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)
    data = models.JSONField(null=True)

    class Meta:
        app_label = "office"
        constraints = [
            models.UniqueConstraint(fields=["kind", "tenant", "object_id", "family"], name="one_record_per_family")
        ]


class Errand(models.Model):
    """An object that is still to be got from Wawex, for an event."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE)
    kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    tries = models.PositiveSmallIntegerField(default=0)
    due = models.FloatField()

    class Meta:
        app_label = "office"


class OwnRequest(models.Model):
    """What the office itself asked FeeWise to create."""

    correlation = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=60)

    class Meta:
        app_label = "office"


MODELS = (Event, Record, Errand, OwnRequest)


# Deliveries


class Unfit(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status, self.detail = status, detail


def bearer(request, token):
    given = request.META.get("HTTP_AUTHORIZATION", "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode())


def signed(request):
    stamp = request.META.get("HTTP_X_FEEWISE_WEBHOOK_SIGNATURE_TIMESTAMP", "")
    signature = request.META.get("HTTP_X_FEEWISE_WEBHOOK_SIGNATURE", "")
    key = os.environ["CONFORMANCE_SIGNING_SECRET"].encode()
    expected = hmac.new(key, stamp.encode("utf-8", "replace") + b"." + request.body, hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(expected), signature.encode("utf-8", "replace")):
        return False
    return stamp.isascii() and stamp.isdigit() and abs(time.time() - float(stamp)) <= 300


def delivery(view):
    """A POST of JSON from somebody who bears our token; the view gets the document."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        try:
            if request.content_type.lower() != "application/json":
                raise Unfit(415, "Send application/json.")
            if not bearer(request, os.environ["CONFORMANCE_WEBHOOK_TOKEN"]):
                raise Unfit(401, "The credential is missing or wrong.")
            return view(request, *args, **kwargs)
        except RequestDataTooBig:
            return JsonResponse({"detail": "The body is too large."}, status=413)
        except Unfit as unfit:
            return JsonResponse({"detail": unfit.detail}, status=unfit.status)

    return require_POST(checked)


def document(raw):
    try:
        content = json.loads(raw.decode())
    except (ValueError, RecursionError):
        raise Unfit(400, "The body is not JSON.") from None
    if not isinstance(content, dict):
        raise Unfit(400, "The body is not a JSON object.")
    return content


def as_uuid(content, name):
    try:
        return uuid.UUID(content[name])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Unfit(400, f"{name} is no UUID.") from None


FAMILIES = {
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


@delivery
def feewise(request):
    if not signed(request):
        raise Unfit(401, "The signature is missing, wrong or old.")
    handle(document(request.body), request.META.get("HTTP_X_CORRELATION_ID", ""))
    return JsonResponse({"received": True})


def handle(content, correlation=""):
    """Handle an event to its end, once."""
    event_id = as_uuid(content, "event_id")
    topic, payload = content.get("event_type"), content.get("event")
    if not isinstance(topic, str) or not isinstance(payload, dict):
        raise Unfit(400, "event_type or event is missing.")
    said = content.get("created_at")
    try:
        as_of = datetime.now(UTC) if said is None else parse_datetime(said)
    except (TypeError, ValueError):
        as_of = None
    if as_of is None:
        raise Unfit(400, "created_at is no date-time.")
    family = topic.rpartition(".")[0]
    kind, id_field = FAMILIES.get(family, ("", ""))
    if kind and not isinstance(payload.get(id_field), str):
        raise Unfit(422, f"{id_field} is missing.")
    try:
        with transaction.atomic():
            Event.objects.create(event_id=event_id, topic=topic[:100], finished=datetime.now(UTC))
            if kind:
                enter(kind, family, topic, payload, payload[id_field].lower(), as_of, correlation)
    except IntegrityError:
        pass  # it was here before


def enter(kind, family, topic, payload, object_id, as_of, correlation):
    is_own = OwnRequest.objects.filter(correlation=correlation[:40], kind=kind, object_id=object_id).exists()
    if is_own and topic.endswith(".created"):
        return
    record, is_new = Record.objects.get_or_create(
        kind=kind, tenant=str(payload.get("firm_id", ""))[:40], object_id=object_id, family=family
    )
    if not is_new and record.as_of and record.as_of > as_of:
        return
    if topic == "payout.paid" and record.data and record.data.get("status") == "Failed":
        return
    record.as_of, record.data = as_of, None if topic.endswith(".deleted") else payload
    record.save()


WAWEX = (
    "customer natural-person identification-verification document partner-document onboarding customer-product "
    "legal-entity-search labels-update transfer digital-asset-order proxy beneficial-owner user re-token-prices "
    "strategy offboarding legal-entity legal-representative traditional-asset-order partner joint-person "
    "tax-exemption-order corporate-action savings-plans tokenized-asset-order"
).split()


def event_type_of(kind):
    return (kind if kind == "re-token-prices" else f"{kind}-notification").upper().replace("-", "_")


def wawex(kind):
    @delivery
    def notified(request):
        notice = document(request.body)
        event_id, object_id = as_uuid(notice, "id"), as_uuid(notice, "objectId")
        if not all(isinstance(notice.get(name), str) for name in ("objectType", "eventType", "event", "occurredOn")):
            raise Unfit(400, "A field of the notification is missing.")
        if notice["eventType"] in map(event_type_of, WAWEX) and notice["eventType"] != event_type_of(kind):
            raise Unfit(404, "Notifications of this type go elsewhere.")
        with transaction.atomic():
            event, is_new = Event.objects.get_or_create(
                event_id=event_id, defaults={"topic": notice["eventType"][:100]}
            )
            waits = Errand.objects.filter(event=event).exists()
            if notice["eventType"] == event_type_of(kind) and event.finished is None and not waits:
                Errand.objects.create(event=event, kind=kind, object_id=object_id, due=time.time())
        return HttpResponse(status=201 if is_new else 200)

    return notified


# Errands


def get(client, errand):
    """What Wawex has of an object, and for how long it wants to be left alone; None when there is nothing to be had."""
    try:
        answer = client.get(f"/{errand.kind}s/{errand.object_id}")
        if answer.status_code == 200:
            found = answer.json()
            return (found, 0) if isinstance(found, dict) and isinstance(found.get("version"), int) else (None, 0)
    except (httpx.HTTPError, ValueError):
        return None, 0
    return None, pause_asked(answer) if answer.status_code in (429, 503) else 0


def pause_asked(answer):
    text = answer.headers.get("Retry-After", "0")
    try:
        return float(text) if text.isdigit() else 1 + parsedate_to_datetime(text).timestamp() - time.time()
    except (TypeError, ValueError):
        return 0


def run(client, errand):
    found, pause = get(client, errand)
    with transaction.atomic():
        if found is not None:
            where = {"kind": errand.kind, "tenant": "", "object_id": str(errand.object_id), "family": "wawex"}
            record, _ = Record.objects.get_or_create(**where)
            if record.version <= found["version"]:
                record.version, record.data = found["version"], found
                record.save()
            Event.objects.filter(pk=errand.event_id).update(finished=datetime.now(UTC))
            errand.delete()
        elif errand.tries >= 5 or pause > 60:
            errand.delete()  # the event stays unfinished, so that a redelivery takes it up again
        else:
            errand.tries += 1
            errand.due = time.time() + max(pause, min(1.2 * errand.tries, 4))
            errand.save()
    connection.close()


def run_errands():
    headers = {"Authorization": f"Bearer {os.environ['CONFORMANCE_API_KEY']}"}
    under_way = {}
    with (
        httpx.Client(base_url=os.environ["PARTNER_API_URL"], headers=headers, timeout=2.5) as client,
        ThreadPoolExecutor(12) as pool,
    ):
        while True:
            under_way = {pk: future for pk, future in under_way.items() if not future.done()}
            for errand in Errand.objects.filter(due__lte=time.time()).exclude(pk__in=under_way).order_by("due")[:12]:
                under_way[errand.pk] = pool.submit(run, client, errand)
            time.sleep(0.05)


# The control endpoint


class PlatformFailed(Exception):
    pass


def control(view):
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not bearer(request, os.environ["CONFORMANCE_CONTROL_TOKEN"]):
            return JsonResponse({"error": "the control token is wrong"}, status=401)
        try:
            return JsonResponse(view(request, *args, **kwargs))
        except PlatformFailed as failure:
            return JsonResponse({"error": str(failure)}, status=502)
        except NotImplementedError:
            return JsonResponse({"error": "not offered"}, status=501)

    return guarded


@require_GET
@control
def offers(request):
    if "CONFORMANCE_PARTNER_ID" not in os.environ:
        return {"offers": ["events", "create"]}
    return {"offers": ["events", "create", "subscribe", "unsubscribe", "recover"]}


@require_GET
@control
def events(request, event_id):
    return {"applied": Event.objects.filter(event_id=event_id, finished__isnull=False).count()}


def feewise_call(method, where, correlation=None, **more):
    headers = {
        "X-CHANNEL-PARTNER-ID": os.environ["CONFORMANCE_PARTNER_ID"],
        "X-API-KEY": os.environ["CONFORMANCE_API_KEY"],
        "X-Correlation-ID": correlation or str(uuid.uuid4()),
    }
    url = f"{os.environ['PARTNER_API_URL']}/api/v3/partner{where}"
    try:
        answer = httpx.request(method, url, headers=headers, timeout=60, **more)
    except httpx.HTTPError as error:
        raise PlatformFailed(f"{type(error).__name__} on {method} {where}") from None
    return answer


def content_of(answer):
    if answer.status_code != 200:
        raise PlatformFailed(f"the platform answered {answer.status_code}")
    return answer.json()


@require_POST
@control
def create(request):
    kind = json.loads(request.body)["object_type"]
    if "CONFORMANCE_PARTNER_ID" not in os.environ:
        return {"id": create_at_wawex(kind)}
    firm = str(uuid.uuid4())
    bill = {"firm_id": firm, "external_id": str(uuid.uuid4()), "amount": "310.00", "currency": "AUD"}
    where, body, member, id_field = {
        "invoice": ("/invoices", bill, "invoice", "invoice_id"),
        "trust-deposit": ("/trust-deposits", bill, "trust_deposit", "trust_deposit_id"),
        "firm": ("/firms", {"external_id": str(uuid.uuid4()), "legal_name": "Office & Sons"}, "firm", "firm_id"),
    }.get(kind, (None,) * 4)
    if where is None:
        raise NotImplementedError
    correlation = str(uuid.uuid4())
    made = content_of(feewise_call("POST", where, correlation, json=body))[member]
    family = next(name for name, (told, _) in FAMILIES.items() if told == kind)
    with transaction.atomic():
        OwnRequest.objects.create(correlation=correlation, kind=kind, object_id=made[id_field].lower())
        Record.objects.get_or_create(
            kind=kind, tenant=made["firm_id"], object_id=made[id_field].lower(), family=family, defaults={"data": made}
        )
    return {"id": made[id_field]}


def create_at_wawex(kind):
    if kind not in ("customer", "natural-person", "legal-entity"):
        raise NotImplementedError
    headers = {"Authorization": f"Bearer {os.environ['CONFORMANCE_API_KEY']}"}
    try:
        made = content_of(httpx.post(f"{os.environ['PARTNER_API_URL']}/{kind}s", headers=headers, json={}, timeout=60))
    except httpx.HTTPError as error:
        raise PlatformFailed(type(error).__name__) from None
    Record.objects.get_or_create(
        kind=kind, tenant="", object_id=made["id"], family="wawex", defaults={"data": made, "version": made["version"]}
    )
    return made["id"]


@require_POST
@control
def subscribe(request):
    asked = json.loads(request.body)
    topics = content_of(feewise_call("GET", "/events/topics"))["event_topics"]
    wanted = sorted(set(asked["event_types"]) & set(topics))
    for each in content_of(feewise_call("GET", "/webhooks"))["webhooks"]:
        if each["url"] == asked["url"] and sorted(each["events"]) == wanted:
            return {"ids": [each["webhook_id"]]}
    token = {"token": os.environ["CONFORMANCE_WEBHOOK_TOKEN"]}
    body = {
        "party_id": os.environ["CONFORMANCE_PARTNER_ID"],
        "name": "office",
        "description": "office",
        "url": asked["url"],
        "status": "Enabled",
        "events": wanted,
        "authentication": {"type": "bearer_token", "add_position": "header", "data": token},
    }
    return {"ids": [content_of(feewise_call("POST", "/webhooks", json=body))["webhook"]["webhook_id"]]}


@require_POST
@control
def unsubscribe(request):
    for webhook_id in json.loads(request.body)["ids"]:
        status = feewise_call("DELETE", f"/webhooks/{webhook_id}").status_code
        if status not in (204, 404):
            raise PlatformFailed(f"the platform answered {status}")
    return {}


@require_POST
@control
def recover(request):
    """Replay what came after the last event that was handled; where FeeWise has forgotten that one, ask for a day."""
    last = Event.objects.order_by("-pk").values_list("event_id", flat=True).first()
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    if json.loads(request.body or "{}").get("status") == "failed":
        listed = feewise_call("GET", "/events", params={"status": "failed", "since": yesterday})
    elif last is None or (listed := feewise_call("GET", f"/events/replay/{last}")).status_code == 404:
        listed = feewise_call("GET", "/events", params={"since": yesterday})
    for content in content_of(listed)["events"]:
        handle(content)
    return {}


def not_found(request, exception=None):
    return JsonResponse({"detail": "There is nothing here."}, status=404)


def went_wrong(request):
    return JsonResponse({"detail": "Something went wrong."}, status=500)


handler404 = not_found
handler500 = went_wrong
urlpatterns = [
    path("api/hooks/feewise/", feewise),
    *(path(f"api/hooks/wawex/{kind}", wawex(kind)) for kind in WAWEX),
    path("api/control", offers),
    path("api/control/events/<uuid:event_id>", events),
    path("api/control/create", create),
    path("api/control/subscribe", subscribe),
    path("api/control/unsubscribe", unsubscribe),
    path("api/control/recover", recover),
]

application = get_wsgi_application()


def make_tables():
    there = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in MODELS:
            if model._meta.db_table not in there:
                editor.create_model(model)
    connection.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["errands"]:
        run_errands()
    make_tables()
    subprocess.Popen([sys.executable, __file__, "errands"])
    os.chdir(Path(__file__).parent)
    bind = f"127.0.0.1:{os.environ['PARTNER_PORT']}"
    gunicorn = ["-m", "gunicorn", "django_office:application", "--bind", bind, "--log-level", "error"]
    os.execv(sys.executable, [sys.executable, *gunicorn, "--workers", "3", "--threads", "12"])

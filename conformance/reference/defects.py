"""The registry of single defects: what the partner can be told to get wrong, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFECTS", "LONG_TEXT", "SMALL_BODY", "Defect", "Defects"]

# What a partner that takes small bodies only takes, in bytes.
SMALL_BODY = 65_536
# What a partner with narrow columns has room for, in characters.
LONG_TEXT = 64


@dataclass(frozen=True, slots=True)
class Defect:
    """One way to be wrong, and the requirement that forbids it; a run with one that `lasts` takes the longest.

    `needs` names a feature of platforms without which nobody can be wrong in this way: one that requirements know, or
    `shared-secret` (partners verify with the key that signs), `large-bodies` (of more than 64 kB), `long-texts` (of
    more than 64 characters) or `empty-lists` (both in thick events), `bare-json` (bodies that no form encodes),
    `unversioned-events` (two may say the same of an object, which has changed and changed back), or `reads` (something
    tells partners to get or list; in a whole run the stories of other requirements do so as well).
    """

    name: str
    sentence: str
    requirement: str
    lasts: bool = False
    needs: str = ""


_ALL = (
    Defect("answers-500-to-one-type", "Answers 500 to the last event type of the platform.", "ACK-01"),
    Defect(
        "acknowledges-after-limit", "Answers events of the last type but one two seconds after the limit.", "ACK-02"
    ),
    Defect(
        "answers-one-at-a-time",
        "Takes deliveries one at a time, so slowly that some of twenty are late.",
        "ACK-03",
        lasts=True,
    ),
    Defect(
        "fetches-before-acknowledging",
        "Gets the object first and answers the delivery afterwards.",
        "ACK-04",
        lasts=True,
    ),
    Defect("redirects-deliveries", "Redirects events of the last type but two to the path with a slash.", "ACK-05"),
    Defect("ignores-the-endpoint", "Takes an event at the endpoint of another object type.", "ACK-06"),
    Defect("leaves-out-content-type", "Answers deliveries with JSON that nothing calls JSON.", "ACK-07"),
    Defect("fetches-another-object", "Gets a made-up id instead of the one that it was told of.", "FET-01", lasts=True),
    Defect("forgets-fetched-type", "Never gets objects of the last type that can be got.", "FET-01"),
    Defect("sends-no-credentials", "Gets and lists without its credentials.", "FET-02", needs="reads"),
    Defect("sends-credentials-in-url", "Sends its API key in the URL as well.", "FET-02"),
    Defect(
        "forgets-credentials-on-retry",
        "Sends its credentials with the first try of a call only.",
        "FET-02",
        needs="reads",
    ),
    Defect("calls-undocumented-path", "Asks `…/exists` before it gets or creates an object.", "FET-03"),
    Defect(
        "busts-caches", "Adds a query parameter of its own to what it gets, against caches.", "FET-03", needs="reads"
    ),
    Defect("posts-without-content-type", "Creates with JSON that nothing calls JSON.", "FET-03"),
    Defect("gives-up-after-one-try", "Makes every call once, whatever comes back.", "FET-04"),
    Defect("gives-up-on-reset", "Tries again after an error status, but not after a broken connection.", "FET-04"),
    Defect("gives-up-on-timeout", "Tries again after an error status, but not after a time-out.", "FET-04"),
    Defect("gives-up-after-two-tries", "Makes a call twice, and no more.", "FET-04"),
    Defect("retries-500-only", "Takes 502 and 503 for an answer that is final.", "FET-04"),
    Defect("ignores-retry-after", "Tries again in its own time, whatever Retry-After says.", "FET-05"),
    Defect("ignores-retry-after-date", "Understands Retry-After in seconds, and no date.", "FET-05"),
    Defect("reads-retry-after-as-milliseconds", "Takes the seconds of Retry-After for milliseconds.", "FET-05"),
    Defect("storms-on-errors", "Tries again every 0.3 seconds for as long as the answer is a 5xx.", "FET-06"),
    Defect("tries-for-ever", "Tries again every 1.1 seconds for as long as the answer is a 5xx.", "FET-06", lasts=True),
    Defect("takes-404-for-gone", "Takes 404 for an object just announced as its end.", "FET-07"),
    Defect("retries-404-for-ever", "Asks again every 0.8 seconds for as long as the answer is 404.", "FET-07"),
    Defect(
        "wedges-on-unreadable-answer", "Handles no more events once it cannot read an answer.", "FET-08", lasts=True
    ),
    Defect(
        "follows-redirects", "Goes where a redirect points, with all its headers.", "FET-09", needs="get-operations"
    ),
    Defect(
        "calls-urls-in-events",
        "Gets what a URL in an event's data points at, with its credentials.",
        "FET-09",
        needs="get-operations",
    ),
    Defect("storms-on-401", "Tries again every 0.3 seconds for as long as its credentials are refused.", "FET-10"),
    Defect("fetches-what-it-knows", "Gets the object after every event, also if the event carries it.", "FET-11"),
    Defect("drops-event-during-fetch", "Drops an event about an object that it is just getting.", "FET-12"),
    Defect("fetches-once", "Does not get an object again that it holds.", "FET-12"),
    Defect("refuses-unknown-types", "Answers 400 to an event type that it does not know.", "UNK-01"),
    Defect("applies-unknown-types", "Takes an event of an unknown type for an update of its object.", "UNK-01"),
    Defect("refuses-unsubscribed-types", "Answers 422 to event types beside its newest subscription.", "UNK-02"),
    Defect("refuses-duplicates", "Answers 409 to a redelivery.", "DUP-01"),
    Defect("applies-duplicates", "Handles a redelivery like a new event.", "DUP-02"),
    Defect("looks-before-it-stores", "Looks whether an event is known and stores it a moment later.", "DUP-03"),
    Defect("marks-after-handling", "Knows an event only once it has handled it.", "DUP-03"),
    Defect(
        "marks-before-it-fetches",
        "Marks an event as handled before the get that fails.",
        "DUP-04",
        needs="get-operations",
    ),
    Defect("deduplicates-by-object", "Takes two events of one type about one object for the same.", "DUP-05"),
    Defect(
        "deduplicates-by-body",
        "Takes two events that say the same for the same.",
        "DUP-05",
        needs="unversioned-events",
    ),
    Defect("deduplicates-by-id-prefix", "Compares the first 18 characters of event ids.", "DUP-05"),
    Defect("deduplicates-by-id-suffix", "Compares the last 12 characters of event ids.", "DUP-05"),
    Defect(
        "deduplicates-by-correlation-id",
        "Takes two events of one correlation id for the same.",
        "DUP-05",
        needs="correlation",
    ),
    Defect("deduplicates-by-raw-bytes", "Takes one event, written differently, for two.", "DUP-05"),
    Defect("forgets-after-100-events", "Remembers the last 100 event ids.", "DUP-06"),
    Defect("lets-second-body-win", "Takes another body under a known event id for a correction.", "DUP-07"),
    Defect("remembers-per-worker", "Keeps the ids of every eighth delivery in a memory of its own.", "DUP-08"),
    Defect(
        "applies-in-arrival-order", "Lets whatever comes last win, however old it is.", "ORD-01", needs="thick-events"
    ),
    Defect(
        "drops-update-before-creation",
        "Drops an update of an object that it does not hold.",
        "ORD-02",
        needs="thick-events",
    ),
    Defect(
        "parks-one-update",
        "Keeps one update of an object whose creation is missing: the last to come.",
        "ORD-03",
        needs="thick-events",
    ),
    Defect("drops-what-is-late", "Drops events that are minutes older than the newest of any object.", "ORD-04"),
    Defect("revives-terminal-state", "Lets a late event undo a terminal state.", "ORD-05"),
    Defect("orders-by-the-second", "Compares the times of events in whole seconds.", "ORD-06", needs="thick-events"),
    Defect("creates-again-on-notification", "Creates a second object when told of its own.", "OWN-01"),
    Defect(
        "keeps-an-id-of-its-own", "Makes up the id of what it creates, and never reads the one in the answer.", "OWN-01"
    ),
    Defect("loses-event-during-create", "Drops events about new objects while its create call runs.", "OWN-02"),
    Defect("overwrites-with-create-answer", "Lets the answer to its create call overwrite later news.", "OWN-02"),
    Defect(
        "waits-for-own-create", "Answers no event about a new object while its create call runs.", "OWN-03", lasts=True
    ),
    Defect("creates-again-on-lost-answer", "Repeats a create call that was not answered.", "OWN-04"),
    Defect("sends-no-correlation-id", "Sends no correlation id with the calls that it starts.", "COR-01"),
    Defect("reuses-correlation-id", "Sends one correlation id with all the calls that it starts.", "COR-01"),
    Defect("makes-new-correlation-id", "Makes a correlation id instead of carrying on the event's.", "COR-02"),
    Defect("drops-correlation-on-retry", "Leaves the correlation id out when it tries again.", "COR-02"),
    Defect("upper-cases-correlation-id", "Carries the event's correlation id on in upper case.", "COR-03"),
    Defect("cuts-correlation-id", "Has room for 32 characters of a correlation id.", "COR-03"),
    Defect("extends-correlation-id", "Numbers its calls behind the correlation id that it carries on.", "COR-03"),
    Defect("mixes-correlation-ids", "Keeps the id of the event in hand in one place for all workers.", "COR-04"),
    Defect("applies-own-events-twice", "Handles an event that its own call caused twice.", "COR-05"),
    Defect("takes-prefix-for-own", "Takes an id that begins with one of its own for its own.", "COR-06"),
    Defect("takes-own-id-for-own-change", "Ignores every event with an id of its own.", "COR-06"),
    Defect("chokes-on-long-correlation-id", "Answers 500 to a correlation id of over 256 characters.", "COR-07"),
    Defect("chokes-on-odd-correlation-id", "Answers 500 to a correlation id that is no uuid.", "COR-07"),
    Defect("echoes-decoded-correlation-id", "Sends the id back with its percent codes decoded.", "COR-07"),
    Defect("refuses-uncorrelated-events", "Answers 400 to an event without a correlation id.", "COR-08"),
    Defect("makes-no-correlation-id", "Makes no id where an event has none.", "COR-08"),
    Defect("finds-one-header-spelling", "Looks for the correlation header in one spelling only.", "COR-09"),
    Defect("accepts-unsigned-events", "Accepts an event that has no signature.", "SIG-01"),
    Defect("accepts-any-signature", "Looks whether there is a signature, not whether it is right.", "SIG-02"),
    Defect("accepts-empty-key", "Accepts a signature that an empty key made.", "SIG-02", needs="shared-secret"),
    Defect("verifies-reserialised-body", "Verifies what it parsed, so white space may change.", "SIG-03"),
    Defect("refuses-unusual-json", "Refuses a body that it would have written differently.", "SIG-04"),
    Defect(
        "trims-before-verifying", "Verifies the body without the white space around it.", "SIG-04", needs="bare-json"
    ),
    Defect("accepts-old-signatures", "Does not look at the age of a signature.", "SIG-05"),
    Defect("takes-seconds-for-minutes", "Grants signatures as many minutes as the platform grants seconds.", "SIG-05"),
    Defect("accepts-future-signatures", "Takes a timestamp from the future for a fresh one.", "SIG-06"),
    Defect("bears-no-skew", "Refuses a signature that is ten seconds off its clock.", "SIG-07"),
    Defect("refuses-the-future", "Refuses a signature from a clock that is ahead of its own.", "SIG-07"),
    Defect("believes-a-second-timestamp", "Judges the age by a copy of the timestamp that is not signed.", "SIG-08"),
    Defect("tries-neighbouring-seconds", "Accepts a signature of the second before or after.", "SIG-08"),
    Defect("reads-first-signature-only", "Looks at the first of several signatures only.", "SIG-09"),
    Defect("keeps-retired-keys", "Goes on accepting what a retired key has signed.", "SIG-09"),
    Defect("refuses-unknown-signature-versions", "Refuses a good signature beside one that it cannot read.", "SIG-10"),
    Defect("ignores-signature-versions", "Takes a signature of any version for one of its own.", "SIG-10"),
    Defect(
        "believes-timestamps-that-are-none",
        "Takes a signed timestamp that is no number for fresh.",
        "SIG-11",
        needs="signed-timestamp",
    ),
    Defect("crashes-on-malformed-signatures", "Answers 500 to a signature that is not base64.", "SIG-11"),
    Defect(
        "crashes-on-odd-lengths",
        "Answers 500 to a signature of another length than its own.",
        "SIG-11",
        needs="shared-secret",
    ),
    Defect(
        "compares-as-far-as-given", "Compares no more of a signature than was sent.", "SIG-11", needs="shared-secret"
    ),
    Defect("parses-before-verifying", "Answers 400 to malformed JSON before it looks at the signature.", "SIG-12"),
    Defect("stores-before-verifying", "Handles a forged event although it refuses it.", "SIG-12"),
    Defect("notes-ids-before-verifying", "Takes an event for known whose id came with a forgery.", "SIG-12"),
    Defect("ignores-webhook-credential", "Does not look at the credential of a delivery.", "SIG-13"),
    Defect("accepts-token-prefix", "Compares the first eight characters of the webhook token.", "SIG-13"),
    Defect("accepts-token-and-more", "Looks whether the credential begins with its token.", "SIG-13"),
    Defect("applies-replays", "Handles an event again that comes under the very same signature.", "RPL-01"),
    Defect("acknowledges-replays", "Answers 200 to an event that it knows, however old the signature is.", "RPL-02"),
    Defect("refuses-late-retries", "Refuses an event that was made half an hour ago, freshly signed or not.", "RPL-03"),
    Defect("refuses-unknown-fields", "Answers 400 to an event whose envelope has a new field.", "FWD-01"),
    Defect("refuses-null", "Answers 400 to an event with null in its object.", "FWD-02"),
    Defect("keeps-decimals-as-numbers", "Holds 1000.00 as the number 1000.0.", "FWD-03"),
    Defect("drops-trailing-zeros", "Holds 1000.00 as the text 1000.", "FWD-03"),
    Defect("refuses-large-bodies", "Answers 413 to more than 64 kB.", "PAY-01", needs="large-bodies"),
    Defect("counts-kilobytes-in-thousands", "Takes the limit of a body for one of thousands of bytes.", "PAY-01"),
    Defect("fails-on-oversized-bodies", "Answers 500 to a body that is too large.", "PAY-02"),
    Defect("fails-on-four-bytes", "Answers 500 to a letter outside of the first plane.", "PAY-03"),
    Defect(
        "verifies-as-ascii",
        "Verifies the body as ASCII, with question marks for all else.",
        "PAY-03",
        needs="bare-json",
    ),
    Defect("fails-on-lone-surrogates", "Answers 500 to half of a surrogate pair.", "PAY-04"),
    Defect("fails-on-deep-nesting", "Answers 500 to a list that is nested fifty deep.", "PAY-04"),
    Defect("replaces-broken-bytes", "Puts question marks in place of what is not UTF-8.", "PAY-05"),
    Defect("fails-on-empty-lists", "Answers 500 to an event with an empty list.", "PAY-06", needs="empty-lists"),
    Defect("fails-on-empty-texts", "Answers 500 to an event with an empty text.", "PAY-06", needs="thick-events"),
    Defect("fails-on-long-texts", "Answers 500 to a text of more than 64 characters.", "PAY-06", needs="long-texts"),
    Defect(
        "reads-only-first-of-batch",
        "Handles the first event of a batch and drops the others.",
        "PAY-07",
        needs="batches",
    ),
    Defect(
        "drops-a-spoiled-batch",
        "Acknowledges a batch that holds what is no event, and drops all of it.",
        "PAY-07",
        needs="batches",
    ),
    Defect("subscribes-with-own-id", "Makes up the id of its subscription.", "SUB-01"),
    Defect("subscribes-to-everything", "Subscribes to `*` in place of event types.", "SUB-01"),
    Defect("repeats-refused-subscription", "Repeats its create call for as long as the answer is 409.", "SUB-02"),
    Defect("subscribes-without-looking", "Creates a subscription whether there is an equal one or not.", "SUB-03"),
    Defect("deletes-by-own-id", "Deletes a subscription by an id that the platform did not give.", "SUB-04"),
    Defect("fails-after-unsubscribing", "Answers 500 to the first event after it has unsubscribed.", "SUB-04"),
    Defect("assumes-event-types", "Subscribes without reading the list of event types.", "SUB-05"),
    Defect("never-asks-for-missed", "Reports a recovery without asking the platform.", "REC-01"),
    Defect("asks-from-now", "Asks for the events from now on instead of those it missed.", "REC-01"),
    Defect("applies-recovered-events-again", "Handles listed events although they were pushed before.", "REC-02"),
    Defect("loses-events-during-recovery", "Drops what is pushed while it recovers.", "REC-02"),
    Defect("skips-the-first-listed", "Takes the first of the listed events for the last that it had.", "REC-02"),
    Defect("minds-content-type-case", "Refuses the content type where it is spelled otherwise.", "CTN-01"),
    Defect(
        "minds-content-type-parameters", "Refuses a content type that tells its charset.", "CTN-01", needs="bare-json"
    ),
    Defect("accepts-any-content-type", "Reads every body as JSON, whatever it is called.", "CTN-02"),
    Defect("refuses-chunked-bodies", "Answers 411 to a body that comes in chunks.", "CTN-03"),
    Defect("refuses-expectations", "Answers 417 to whoever expects to be told to go on.", "CTN-03"),
    Defect(
        "minds-header-case",
        "Finds the credential only under the documented spelling of its header.",
        "HDR-01",
        needs="webhook-credential",
    ),
    Defect("refuses-long-headers", "Answers 431 to a header of more than 2 kB.", "HDR-01"),
    Defect("refuses-many-headers", "Answers 431 to more than 40 headers.", "HDR-01"),
    Defect("asks-with-both-forms", "Asks for missed events by time and by event id at once.", "REC-03"),
    Defect("recovers-everything", "Asks for all events when it is to ask for failed ones only.", "REC-04"),
    Defect("takes-failed-list-for-empty", "Takes a list call that fails for a list without events.", "REC-05"),
    Defect("insists-on-unknown-id", "Has no other way to recover when its last event is unknown.", "REC-05"),
    Defect("takes-empty-list-for-failure", "Fails to recover where nothing was missed.", "REC-05"),
    Defect(
        "dates-listed-events-now",
        "Takes what a listed event tells for the newest state.",
        "REC-06",
        needs="thick-events",
    ),
    Defect("accepts-malformed-json", "Answers 200 to a body that is not JSON.", "ERR-01"),
    Defect("ignores-trailing-garbage", "Reads the first document in a body, whatever follows.", "ERR-01"),
    Defect("quotes-bare-keys", "Puts quotes around keys that have none.", "ERR-01"),
    Defect("accepts-incomplete-events", "Answers 200 to an event that lacks what every event has.", "ERR-02"),
    Defect("crashes-on-incomplete-events", "Answers 500 to an event that lacks what every event has.", "ERR-02"),
    Defect(
        "ignores-unfit-payloads", "Takes a payload in whatever types its fields have.", "ERR-02", needs="thick-events"
    ),
    Defect("crashes-without-an-object", "Answers 500 to a body that holds no object.", "ERR-03"),
    Defect("takes-an-empty-body-for-a-ping", "Answers 200 to an empty body.", "ERR-03"),
    Defect("shows-stack-traces", "Tells in its refusal where in its code the error came up.", "ERR-04"),
    Defect("tells-the-token", "Tells in its refusal which token it expects.", "ERR-04", needs="webhook-credential"),
    Defect(
        "tells-the-right-signature",
        "Tells in its refusal which signature would have been right.",
        "ERR-04",
        needs="shared-secret",
    ),
    Defect("echoes-headers", "Sends the headers of what it refuses back.", "ERR-04", needs="webhook-credential"),
    Defect("shows-its-query", "Tells in its refusal which query it made.", "ERR-04"),
    Defect(
        "stops-at-unfit-payload",
        "Handles nothing more after a payload that it could not read.",
        "ERR-05",
        needs="thick-events",
        lasts=True,
    ),
    Defect(
        "waits-for-each-event",
        "Handles one event at a time, and waits with it for its next try.",
        "ERR-05",
        lasts=True,
        needs="get-operations",
    ),
    Defect("takes-any-method", "Takes an event that is put or patched as if it were posted.", "MTH-01"),
    Defect("answers-get", "Answers 200 to a GET, as if that were a health check.", "MTH-01"),
    Defect(
        "drops-events-under-load", "Acknowledges and drops what comes beside four other events.", "CON-01", lasts=True
    ),
    Defect(
        "sheds-load-without-a-word", "Answers 503 without Retry-After beside four other events.", "CON-01", lasts=True
    ),
    Defect(
        "answers-nothing-while-fetching",
        "Answers no delivery for as long as a fetch of the first type hangs.",
        "CON-02",
        lasts=True,
    ),
    Defect(
        "waits-for-broken-off-body",
        "Reads one body at a time, and waits for the rest of each that breaks off.",
        "CON-03",
    ),
    Defect("acknowledges-before-storing", "Stores an event half a second after it acknowledged it.", "DUR-01"),
    Defect(
        "keeps-its-queue-in-memory", "Stores an event, and forgets at its end that it is still to be handled.", "DUR-01"
    ),
    Defect("forgets-event-ids-on-restart", "Knows no event id any more after a restart.", "DUR-02"),
    Defect("mixes-tenants", "Takes objects with the same id for the same, whosever they are.", "TEN-01"),
    Defect("answers-no-challenge", "Acknowledges a challenge without answering it.", "HSK-01", needs="challenge"),
    Defect(
        "grants-no-origin",
        "Answers OPTIONS with the methods that it knows, and grants nothing.",
        "HSK-01",
        needs="abuse-protection",
    ),
    Defect("believes-any-challenge", "Answers a challenge whatever its token or signature.", "HSK-02"),
    Defect("refuses-pings", "Answers 400 to a ping, because it is no event.", "HSK-03"),
    Defect("takes-a-ping-for-news", "Takes the object that a ping shows for a new one.", "HSK-03"),
    Defect("echoes-into-a-page", "Sends a challenge back as text/html.", "HSK-04"),
    Defect("answers-nothing-while-subscribing", "Answers no handshake while its subscribe call runs.", "HSK-05"),
    Defect("speaks-no-tls", "Gives an https URL, and speaks plain http there.", "TLS-01"),
)
DEFECTS = {defect.name: defect for defect in _ALL}


class Defects:
    """What is wrong with this partner: nothing, or one thing."""

    def __init__(self, name: str = "") -> None:
        """Switch one defect on. Raises KeyError for a name that is not registered."""
        self._chosen = DEFECTS[name].name if name else ""

    def on(self, name: str) -> bool:
        """Say whether this defect is on. Raises KeyError for a name that is not registered."""
        return DEFECTS[name].name == self._chosen

"""The partner's control endpoint: whether it is there, and knows the token."""

from __future__ import annotations

from conformance.doctor.reach import certificate, reached
from conformance.doctor.symptom import State, Symptom
from conformance.doctor.welcome import is_page
from conformance.errors import RunRefused
from conformance.exchange import Asking
from conformance.kit import Kit
from conformance.reporting.plain_text import shortened

__all__ = ["control"]


async def control(kit: Kit) -> Symptom:
    """What the endpoint offers, or what is wrong with it."""
    url = kit.control.url
    if not url:
        found = "none is configured; requirements that need one will be not assessable"
        return Symptom.ok("control", found, "Offer one in the test environment, see docs/guides/control-endpoint.md.")
    for look in (await reached(url), await certificate(url, kit.tls, now=kit.clock.now)):
        if look.state is not State.OK:
            remedy = look.remedy.replace("--partner-url", "--partner-control-url")
            return Symptom.problem("control", f"{url}: {look.found}", remedy)
    try:
        await kit.control.read_offers()
    except RunRefused:
        asked = [record for record in kit.journal.records if isinstance(record, Asking) and record.call == "offers"]
        return _refused(url, asked[-1])
    if not kit.control.offers:
        return Symptom.unknown(
            "control", f"{url} offers nothing that the kit knows", "See docs/guides/control-endpoint.md."
        )
    return Symptom.ok("control", f"offers {', '.join(kit.control.offers)}")


def _refused(url: str, asking: Asking) -> Symptom:
    status, response = asking.status, asking.response
    if status in {401, 403}:
        found = f"{url} refuses the token (status {status})"
        return Symptom.problem("control", found, "Set the same CONFORMANCE_CONTROL_TOKEN on both sides.")
    check = 'Check --partner-control-url: GET has to answer 200 with {"offers": [...]} there.'
    if response is None or asking.failure is not None:
        return Symptom.problem("control", f"GET {url} got no answer: {asking.outcome()}", check)
    if is_page(response):
        return Symptom.problem("control", f"a page for people answers GET {url} (status {status})", check)
    if status == 404:
        found = f"nothing is served at {url} (status 404)"
        return Symptom.problem("control", found, f"{check} A partner may switch it off outside its test environment.")
    if status == 200:
        text = shortened(response.body.decode("utf-8", "replace"), 120) or "nothing"
        what = "something else than its offers" if response.json() is not None else "no JSON"
        return Symptom.problem("control", f"GET {url} answers {what}: {text}", check)
    return Symptom.problem("control", f"GET {url} answers with {asking.outcome()}", check)

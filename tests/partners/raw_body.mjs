// A FeeWise partner on Node without packages: it reads the raw body, signs that, and only then parses it.
// One thread, no database: what it knows ends with the process. Set up by its environment like the reference partner.

import { createServer } from "node:http";
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

const need = (name) => process.env[name] ?? "";
const SECRET = need("CONFORMANCE_SIGNING_SECRET");
const TOKEN = Buffer.from(`Bearer ${need("CONFORMANCE_WEBHOOK_TOKEN")}`);
const CONTROL = `Bearer ${need("CONFORMANCE_CONTROL_TOKEN")}`;
const API = `${need("PARTNER_API_URL")}/api/v3/partner`;
const CREDENTIALS = { "X-CHANNEL-PARTNER-ID": need("CONFORMANCE_PARTNER_ID"), "X-API-KEY": need("CONFORMANCE_API_KEY") };

const LIMIT = 262144;
const TOLERANCE = 300;
const PAUSES = [200, 1200, 1500, 2000, 3000, 4000, 5000];
const KINDS = {
  invoice: { id: "invoice_id", get: (e) => `/invoices/${e.invoice_id}`, inside: "invoice", create: "/invoices", texts: ["firm_id", "external_id", "amount", "amount_due", "currency", "status"] },
  "trust-deposit": { id: "trust_deposit_id", get: (e) => `/trust-deposits/${e.trust_deposit_id}`, inside: "trust_deposit", create: "/trust-deposits", texts: ["firm_id", "external_id", "amount", "amount_due", "currency", "status"] },
  charge: { id: "charge_id", texts: ["firm_id"] },
  statement: { id: "statement_id", texts: ["firm_id"] },
  payment: { id: "payment_id", texts: ["firm_id", "amount_paid"] },
  payout: { id: "payout_reference", texts: ["firm_id", "payout_total", "date", "status"] },
  firm: { id: "firm_id", get: (e) => `/firms/${e.firm_id}`, inside: "firm", create: "/firms", texts: [] },
  "bank-account": { id: "account_id", get: (e) => `/firms/${e.firm_id}/accounts/${e.account_id}`, inside: "account", texts: ["firm_id", "country_code", "account_name", "account_number"] },
  webhook: { id: "webhook_id", texts: [], shared: true },
};

const events = new Map(); // event id -> how often it was handled
const news = new Map(); // object -> what was told of it, [rank, time, arrival, data]
let arrival = 0;

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const keyOf = (kind, id, tenant) => [kind, id.toLowerCase(), KINDS[kind].shared ? "" : tenant.toLowerCase()].join(" ");

function kindOf(topic) {
  const words = topic.split(".");
  if (words[0] === "artifact" && ["created", "updated"].includes(words[2]) && words.length === 3) return words[1] in KINDS ? words[1] : "";
  if (words[0] === "firm") return words[1] === "bank-account" ? "bank-account" : ["status", "surcharge-settings", "pricing"].includes(words[1]) ? "firm" : "";
  const known = { payment: ["successful", "processing", "failed", "authorised"], payout: ["paid", "failed"], webhook: ["created", "updated", "deleted", "triggered", "sent", "failed"] };
  return known[words[0]]?.includes(words[1]) && words.length === 2 ? words[0] : "";
}

// Dates of JavaScript end at the millisecond; the rest of the fraction decides as well.
function timeOf(text) {
  const found = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  const seconds = found ? Date.parse(found[1] + found[3]) / 1000 : NaN;
  return Number.isNaN(seconds) ? undefined : seconds + Number(`0.${found[2] ?? 0}`);
}

function learn(kind, id, tenant, rank, time, data) {
  const key = keyOf(kind, id, tenant);
  const told = news.get(key) ?? [];
  told.push([rank, time, arrival++, data]);
  told.sort((one, other) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2]);
  news.set(key, told);
}

const held = (key) => (news.has(key) ? Object.assign({}, ...news.get(key).map((each) => each[3])) : undefined);
const isText = (value) => typeof value === "string" && value !== "" && !/[\u0000-\u001f\u007f]/.test(value);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// What is wrong with an event, an empty text for nothing.
function flaw(event) {
  if (!isObject(event)) return "an event is an object";
  if (!isText(event.event_id) || !isText(event.event_type)) return "the event has no name or no type";
  if (!isObject(event.event)) return "the event carries no object";
  if ("created_at" in event && (typeof event.created_at !== "string" || timeOf(event.created_at) === undefined)) return "created_at is not a time";
  const kind = kindOf(event.event_type);
  const unfit = kind ? [KINDS[kind].id, ...KINDS[kind].texts].find((name) => typeof event.event[name] !== "string") : undefined;
  return unfit === undefined ? "" : `${unfit} is not a text`;
}

// Take an event in and see to it later; the same event again is no news.
function take(event, correlation) {
  const name = event.event_id.toLowerCase();
  if (events.has(name)) return;
  events.set(name, 0);
  setImmediate(() => handle(name, event, correlation));
}

function handle(name, event, correlation) {
  const kind = kindOf(event.event_type);
  if (kind) {
    const data = event.event;
    const id = data[KINDS[kind].id];
    const isNew = held(keyOf(kind, id, data.firm_id ?? "")) === undefined;
    const rank = event.event_type === "payout.failed" ? 2 : 1;
    learn(kind, id, data.firm_id ?? "", rank, timeOf(event.created_at ?? "") ?? 0, data);
    if (isNew && event.event_type.endsWith(".updated") && KINDS[kind].get) complete(kind, data, correlation);
  }
  events.set(name, events.get(name) + 1);
}

// Get the rest of an object of which only a change was told.
async function complete(kind, data, correlation) {
  const answer = await insist(() => call("GET", KINDS[kind].get(data), correlation));
  const found = answer.document?.[KINDS[kind].inside];
  if (isObject(found)) learn(kind, data[KINDS[kind].id], data.firm_id ?? "", 0, 0, found);
}

async function call(method, path, correlation, body, seconds = 8) {
  const headers = { ...CREDENTIALS, "x-correlation-id": correlation };
  if (body) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body), redirect: "manual", signal: AbortSignal.timeout(seconds * 1000) });
    const text = await answer.text();
    const after = answer.headers.get("retry-after") ?? "";
    const wait = /^\d+$/.test(after) ? Number(after) * 1000 : Math.max(0, Date.parse(after) - Date.now()) || 0;
    return { status: answer.status, document: text ? JSON.parse(text) : {}, wait };
  } catch {
    return { status: 0, wait: 0 };
  }
}

const went = (answer) => answer.status >= 200 && answer.status < 300;

async function insist(attempt) {
  for (let tries = 0; ; tries++) {
    const answer = await attempt();
    const hopeless = answer.status >= 400 && answer.status < 500 && ![404, 429].includes(answer.status);
    if (went(answer) || hopeless || tries >= PAUSES.length || answer.wait > 120000) return answer;
    await sleep(Math.max(PAUSES[tries], answer.wait));
  }
}

class Refusal extends Error {
  constructor(status) {
    super();
    this.status = status;
  }
}

async function create(kind) {
  if (!KINDS[kind]?.create) throw new Refusal(501);
  const correlation = randomUUID();
  const bill = { firm_id: randomUUID(), external_id: randomUUID(), amount: "80.00", currency: "GBP" };
  const body = kind === "firm" ? { external_id: randomUUID(), legal_name: "Mews Law", trading_name: "Mews" } : bill;
  let answer = await call("POST", KINDS[kind].create, correlation, body, 20);
  const unsure = answer.status === 0 || answer.status >= 500;
  if (unsure && kind !== "firm") answer = await insist(() => call("GET", `${KINDS[kind].create}/firm/${body.firm_id}/${body.external_id}`, correlation));
  const made = went(answer) ? answer.document?.[KINDS[kind].inside] : undefined;
  if (!isObject(made)) throw new Refusal(502);
  learn(kind, made[KINDS[kind].id], made.firm_id ?? "", 0, 0, made);
  return { id: made[KINDS[kind].id] };
}

async function recover(failedOnly) {
  const since = new Date(Date.now() - 24 * 3600 * 1000).toISOString();
  const path = `/events?since=${encodeURIComponent(since)}${failedOnly ? "&status=failed" : ""}`;
  const correlation = randomUUID();
  const answer = await insist(() => call("GET", path, correlation));
  if (!went(answer) || !Array.isArray(answer.document?.events)) throw new Refusal(502);
  for (const event of answer.document.events) if (!flaw(event)) take(event, correlation);
  await sleep(50);
  return {};
}

async function control(method, words, query, given) {
  const order = `${method} ${words[0] ?? ""}`;
  if (order === "GET ") return { offers: ["create", "objects", "events", "recover"] };
  if (order === "GET events") return { applied: events.get(words[1].toLowerCase()) ?? 0 };
  if (order === "POST create") return create(given.object_type);
  if (order === "POST recover") return recover(given.status === "failed");
  const found = order === "GET objects" && words[1] in KINDS ? held(keyOf(words[1], words[2], query.get("tenant") ?? "")) : undefined;
  if (found === undefined) throw new Refusal(404);
  return found;
}

function isGenuine(request, body) {
  const given = Buffer.from(request.headers.authorization ?? "", "latin1");
  if (given.length !== TOKEN.length || !timingSafeEqual(given, TOKEN)) return false;
  const told = request.headers["x-feewise-webhook-signature-timestamp"] ?? "";
  if (!/^\d{1,12}$/.test(told) || Math.abs(Date.now() / 1000 - Number(told)) > TOLERANCE) return false;
  const right = createHmac("sha256", SECRET).update(`${told}.`).update(body).digest("base64");
  const signature = Buffer.from(request.headers["x-feewise-webhook-signature"] ?? "", "latin1");
  return signature.length === right.length && timingSafeEqual(signature, Buffer.from(right));
}

function delivery(request, body) {
  if (request.url !== "/") return [404, "nothing is here"];
  if (request.method !== "POST") return [405, "events are posted"];
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) return [415, "events are application/json"];
  if (!isGenuine(request, body)) return [401, "this is not from the platform"];
  let event;
  try {
    event = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return [400, "this is not JSON"];
  }
  const why = flaw(event);
  if (why) return [400, why];
  const correlation = request.headers["x-correlation-id"] ?? "";
  take(event, /^[\x20-\x7e]{1,200}$/.test(correlation) ? correlation : randomUUID());
  return [200, "taken"];
}

async function answer(request, body) {
  const { pathname, searchParams } = new URL(request.url, "http://partner");
  if (pathname !== "/control" && !pathname.startsWith("/control/")) {
    const [status, words] = delivery(request, body);
    return [status, status < 300 ? { received: true } : { error: words }];
  }
  if (request.headers.authorization !== CONTROL) return [401, { error: "the control token is wrong" }];
  try {
    const given = body.length ? JSON.parse(body) : {};
    return [200, await control(request.method, pathname.split("/").slice(2).map(decodeURIComponent), searchParams, given)];
  } catch (error) {
    return [error.status ?? 500, { error: error.status ? "refused" : "something went wrong" }];
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  let size = 0;
  request.on("data", (chunk) => {
    size += chunk.length;
    if (size <= LIMIT) chunks.push(chunk);
  });
  request.on("error", () => {});
  request.on("end", async () => {
    const [status, document] = size > LIMIT ? [413, { error: "the body is too large" }] : await answer(request, Buffer.concat(chunks));
    const headers = { "Content-Type": "application/json" };
    if (status === 405) headers.Allow = "POST";
    response.writeHead(status, headers).end(JSON.stringify(document));
  });
});
server.listen(Number(need("PARTNER_PORT")), "127.0.0.1");

// A Wawex partner on Express: one route for all object types, one errand per object, everything in memory.
// A notification is a hint only: what counts is what Wawex answers when the bureau asks for the object.

import { createRequire } from "node:module";
import { timingSafeEqual } from "node:crypto";
// Where the test has put the packages; `import express from "express"` in a project of one's own.
const express = createRequire(process.env.PACKAGES)("express");

const { env } = process;
const TYPES = new Map(
  `customer natural-person identification-verification document partner-document onboarding customer-product
  legal-entity-search labels-update transfer digital-asset-order proxy beneficial-owner user re-token-prices strategy
  offboarding legal-entity legal-representative traditional-asset-order partner joint-person tax-exemption-order
  corporate-action savings-plans tokenized-asset-order`
    .split(/\s+/)
    .map((type) => [type, type.toUpperCase().replaceAll("-", "_") + (type === "re-token-prices" ? "" : "_NOTIFICATION")]),
);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PAUSES = [250, 1500, 2000, 2500, 3500, 5000, 5000];
const LONGEST_PAUSE = 100_000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// What Wawex is asked for.

class Unavailable extends Error {}

async function wawex(method, path, { patience = 3000, body } = {}) {
  const headers = { authorization: `Bearer ${env.CONFORMANCE_API_KEY}`, accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const signal = AbortSignal.timeout(patience);
  const response = await fetch(env.PARTNER_API_URL + path, { method, headers, body, signal, redirect: "error" });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw Object.assign(new Unavailable(), { status: response.status, wait: wished(response.headers.get("retry-after")) });
}

function wished(text) {
  if (!text) return 0;
  return /^\d+$/.test(text) ? Number(text) * 1000 : Math.max(0, Date.parse(text) - Date.now() + 1000) || 0;
}

async function looked(path) {
  for (const rest of [...PAUSES, undefined]) {
    try {
      return await wawex("GET", path);
    } catch (error) {
      const final = [400, 401, 403, 410].includes(error.status) || error.wait > LONGEST_PAUSE;
      if (rest === undefined || final) throw error;
      await pause(Math.max(rest, error.wait ?? 0));
    }
  }
}

// What the bureau knows.

const seen = new Map(); // id of a notification -> how often it was worked off
const files = new Map(); // "type/id" -> the object
const errands = new Map(); // "type/id" -> the notifications that ask for it, while it is being asked for

function file(type, object) {
  const key = `${type}/${object.id}`;
  const known = files.get(key);
  if (known === undefined || known.version <= object.version) files.set(key, object);
}

// One errand per object: what comes in while Wawex is asked is seen to by asking once more.
async function run(type, id) {
  const key = `${type}/${id}`;
  while (errands.get(key).length) {
    const notices = errands.get(key).splice(0);
    try {
      file(type, await looked(`/${type}s/${id}`));
      for (const notice of notices) seen.set(notice, 1);
    } catch {
      for (const notice of notices) seen.delete(notice);
    }
  }
  errands.delete(key);
}

function note(type, { id, objectId, event }) {
  const notice = id.toLowerCase();
  if (seen.has(notice)) return;
  const key = `${type}/${objectId.toLowerCase()}`;
  if (event === "DELETED") {
    files.delete(key);
    seen.set(notice, 1);
    return;
  }
  seen.set(notice, 0);
  if (errands.has(key)) {
    errands.get(key).push(notice);
  } else {
    errands.set(key, [notice]);
    setImmediate(run, type, objectId.toLowerCase());
  }
}

// What is served.

function only(token) {
  const right = Buffer.from(`Bearer ${token}`);
  return (request, response, next) => {
    const given = Buffer.from(request.get("authorization") ?? "", "latin1");
    if (given.length === right.length && timingSafeEqual(given, right)) return next();
    response.status(401).json({ error: "who are you?" });
  };
}

function problemOf(type, notice) {
  if (typeof notice !== "object" || notice === null || Array.isArray(notice)) return "a notification is an object";
  const odd = ["id", "objectId", "objectType", "eventType", "event", "occurredOn"].find((k) => typeof notice[k] !== "string");
  if (odd) return `${odd} is missing, or no text`;
  return UUID.test(notice.id) && UUID.test(notice.objectId) ? "" : "an id is no UUID";
}

const app = express();
app.disable("x-powered-by");
app.use((request, response, next) => {
  request.on("error", () => {});
  next();
});

const raw = express.raw({ type: "application/json", limit: "512kb" });
app.route("/hooks/:type").post(only(env.CONFORMANCE_WEBHOOK_TOKEN), raw, (request, response) => {
  const { type } = request.params;
  if (!TYPES.has(type)) return response.status(404).json({ error: "no such hook" });
  if (!request.is("application/json")) return response.status(415).json({ error: "notifications are JSON" });
  let notice;
  try {
    notice = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.body));
  } catch {
    return response.status(400).json({ error: "that is not JSON" });
  }
  const problem = problemOf(type, notice);
  if (problem) return response.status(400).json({ error: problem });
  if (notice.eventType === TYPES.get(type)) note(type, notice);
  response.status(202).json({ accepted: true });
}).all((request, response) => response.status(405).set("allow", "POST").json({ error: "notifications are posted" }));

const control = express.Router();
control.use(only(env.CONFORMANCE_CONTROL_TOKEN), express.json());
control.get("/", (request, response) => response.json({ offers: ["create", "objects", "events"] }));
control.get("/events/:id", (request, response) => response.json({ applied: seen.get(request.params.id.toLowerCase()) ?? 0 }));
control.get("/objects/:type/:id", (request, response) => {
  const found = files.get(`${request.params.type}/${request.params.id.toLowerCase()}`);
  response.status(found ? 200 : 404).json(found ?? { error: "unknown" });
});
control.post("/create", async (request, response) => {
  const type = request.body.object_type;
  if (!["customer", "transfer"].includes(type)) return response.status(501).json({ error: "never made here" });
  try {
    const made = await wawex("POST", `/${type}s`, { patience: 60_000, body: "{}" });
    file(type, made);
    response.json({ id: made.id });
  } catch {
    response.status(502).json({ error: "Wawex did not make it" });
  }
});
app.use("/control", control);

app.use((request, response) => response.status(404).json({ error: "nothing is here" }));
// Express would show the stack of an error; nobody outside has any use for it.
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  response.status(error.status ?? 500).json({ error: error.status < 500 ? "the body cannot be read" : "something went wrong" });
});
app.listen(Number(env.PARTNER_PORT), "127.0.0.1");

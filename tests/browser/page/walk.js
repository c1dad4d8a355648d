// One place of the CRM as a browser gets it: the document as it is after drawing, and every answer, byte for byte.

import { createHash } from "node:crypto";
import { until } from "../house/until.js";

/** Of every answer its own: they say when, or which exchange it was. */
const OWN_HEADERS = new Set(["date", "x-annex-request-id", "keep-alive", "connection"]);
const RESTING_MS = 1_200;

/** Goes there anew and waits until nothing more is asked. */
export async function visit(tab, place) {
  const { page } = tab;
  const answers = [];
  const under = new Set();
  let last_ms = Date.now();
  const begin = (request) => { under.add(request); last_ms = Date.now(); };
  const end = (request) => { under.delete(request); last_ms = Date.now(); };
  const keep = (response) => answers.push(response);
  for (const [event, heard] of [["request", begin], ["requestfinished", end], ["requestfailed", end], ["response", keep]]) page.on(event, heard);
  await page.goto(place);
  // Streams stay under way for ever; whatever else is asked ends.
  await until(`${place} rests`, () => Date.now() - last_ms > RESTING_MS && [...under].every((one) => one.url().endsWith("/events")));
  for (const [event, heard] of [["request", begin], ["requestfinished", end], ["requestfailed", end], ["response", keep]]) page.off(event, heard);
  const origin = new URL(page.url()).origin;
  const told = await Promise.all(answers.filter((one) => !one.url().endsWith("/events")).map((one) => tell(one, origin)));
  return { document: (await page.content()).replaceAll(origin, ""), answers: told.sort((one, other) => one.name.localeCompare(other.name)) };
}

async function tell(response, origin) {
  const request = response.request();
  const headers = Object.fromEntries(Object.entries(await response.allHeaders()).filter(([name]) => !OWN_HEADERS.has(name)));
  const body = await response.body().catch(() => Buffer.alloc(0));
  return {
    name: `${request.method()} ${response.url().replace(origin, "")}`, status: response.status(), headers, bytes: body.length,
    sha256: createHash("sha256").update(body).digest("hex"), sent: request.postData(),
  };
}

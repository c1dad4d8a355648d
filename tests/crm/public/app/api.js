// Calls to the server: always the global `fetch("/api" + path)`, always JSON. A 401 refreshes the access
// token once and repeats the call; if that fails the session is over and the sign-in page follows.

import * as session from "./session.js";

export class ApiError extends Error {
  constructor(status, answer) {
    super(answer?.message ?? `Request failed (${status})`);
    this.status = status;
    this.errors = answer?.errors ?? [];
  }
}

let whenSessionEnds = () => {};
export const onSessionEnd = (listener) => {
  whenSessionEnds = listener;
};

function send(method, path, body) {
  const headers = {};
  const token = session.accessToken();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body instanceof Blob) headers["Content-Type"] = body.type;
  else if (body !== undefined) headers["Content-Type"] = "application/json";
  const payload = body instanceof Blob || body === undefined ? body : JSON.stringify(body);
  return fetch("/api" + path, { method, headers, body: payload });
}

let refreshing = null;

/** Calls that meet an expired token at the same moment share one refresh. */
function refreshOnce() {
  refreshing ??= refresh().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function refresh() {
  const refreshToken = session.refreshToken();
  if (!refreshToken) return false;
  const response = await fetch("/api/auth/refresh", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ refreshToken }),
  });
  if (!response.ok) return false;
  session.renew((await response.json()).accessToken);
  return true;
}

export async function call(method, path, body) {
  const token = session.accessToken();
  let response = await send(method, path, body);
  if (response.status === 401 && token) {
    const renewed = session.accessToken() !== token || (await refreshOnce());
    if (renewed && session.isSignedIn()) response = await send(method, path, body);
    if (response.status === 401 && session.isSignedIn()) {
      session.clear();
      whenSessionEnds();
    }
  }
  const answer = await response.json();
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

// What was read stays fresh for five minutes. The key is the path: it names no tenant, so only a full
// reload surely drops what another session has read.
const STALE_MS = 5 * 60 * 1000;
const cache = new Map();

export function query(path) {
  const known = cache.get(path);
  if (known && Date.now() - known.at < STALE_MS) return known.answer;
  const answer = call("GET", path);
  cache.set(path, { at: Date.now(), answer });
  answer.catch(() => cache.delete(path));
  return answer;
}

/** Forgets every answer whose path begins with one of the prefixes. */
export function invalidate(...prefixes) {
  for (const path of cache.keys()) {
    if (prefixes.some((prefix) => path.startsWith(prefix))) cache.delete(path);
  }
}

export const forgetAll = () => cache.clear();

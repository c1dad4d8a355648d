// The CRM's credential, where the CRM keeps it.
//
// Deliberately absent: a copy. It is read anew for each use, so that signing out anywhere is signing out here.

import type { Boot } from "../boot.ts";

/** Who a token says that it is for. Not a proof: the server judges. */
export interface Claims {
  readonly principal: string;
  readonly home: string;
}

export function accessToken({ credential }: Boot): string | null {
  const key = credential.accessToken;
  if (key === null) return null;
  return credential.kind === "cookie" ? cookie(key) : localStorage.getItem(key);
}

function cookie(name: string): string | null {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(name + "="));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}

export function claims(boot: Boot, token = accessToken(boot)): Claims | null {
  try {
    const payload = token?.split(".")[1];
    if (!payload) return null;
    const said = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))) as Record<string, unknown>;
    const { principal, home } = boot.credential.claims;
    const [who, where] = [said[principal], said[home]];
    return typeof who === "string" && typeof where === "string" ? { principal: who, home: where } : null;
  } catch {
    return null;
  }
}

/** Asks as whoever the credential is of. */
export function askAs(boot: Boot, ask: typeof fetch, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  const token = accessToken(boot);
  if (token && boot.credential.kind === "local-storage") headers.set("Authorization", `Bearer ${token}`);
  return ask(path, { ...init, headers, credentials: "same-origin", cache: "no-store" });
}

let renewing: Promise<boolean> | null = null;

/** Renews the access token by the CRM's own call, once for all who ask at a time. */
export function renew(boot: Boot, ask: typeof fetch): Promise<boolean> {
  renewing ??= exchange(boot, ask).finally(() => (renewing = null));
  return renewing;
}

async function exchange({ credential, calls }: Boot, ask: typeof fetch): Promise<boolean> {
  const isStored = credential.kind === "local-storage";
  const key = credential.refreshToken;
  const refreshToken = isStored && key ? localStorage.getItem(key) : null;
  if (isStored && !refreshToken) return false;
  const body = refreshToken ? JSON.stringify({ [calls.refreshTokenField]: refreshToken }) : "{}";
  const answer = await ask(calls.refresh, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!answer.ok) return false;
  const said = (await answer.json()) as Record<string, unknown>;
  const renewed = said[calls.accessTokenField];
  // Whoever signed out meanwhile stays signed out.
  if (isStored && key && localStorage.getItem(key) !== refreshToken) return false;
  if (isStored && credential.accessToken && typeof renewed === "string") {
    localStorage.setItem(credential.accessToken, renewed);
  }
  return true;
}

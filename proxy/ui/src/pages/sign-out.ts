// Signing out as the CRM does: it is told, then its storage is emptied.
//
// Invariant: nobody but the person of this page is signed out.

import { runtime } from "../runtime.ts";

export async function signOut(): Promise<void> {
  const { credential, calls } = runtime().boot;
  const { accessToken, refreshToken, user } = credential;
  const isStored = credential.kind === "local-storage";
  const held = isStored && refreshToken ? localStorage.getItem(refreshToken) : null;
  const body = JSON.stringify(held ? { [calls.refreshTokenField]: held } : {});
  await runtime().call(calls.logout, { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => null);
  if (!isStored || runtime().loss === "person") return;
  for (const key of [accessToken, refreshToken, user]) if (key) localStorage.removeItem(key);
}

// Whether the person has the feature, where no marker cookie says so (`ui.inject = "any"`).
//
// Deliberately absent: storing the answer. Each document asks, so that nothing is left of somebody who lost the feature.

import type { Boot } from "../boot.ts";
import { accessToken, askAs, renew } from "./credential.ts";
import { ANNEX_HEADER } from "./hook.ts";
import { sleep } from "./sleep.ts";

/** `unheard`: nobody answered. `gone`: somebody did who is not Annex. */
export type Told = "has" | "has not" | "unheard" | "gone";

const FEATURES = "/api/features";
const PATIENCE_MS = 10_000;
/** How long the CRM gets to renew a token of its own accord. */
const RENEWAL_MS = 15_000;
const LOOK_MS = 500;

/**
 * Asks the server. A token that has run out is renewed first: by the CRM with its next call, or, if the page waits for our
 * answer (`mayRenew`), by us with the CRM's own call.
 */
export async function feature(boot: Boot, native: typeof fetch, mayRenew: boolean): Promise<Told> {
  const first = await told(boot, native);
  if (first !== "no token") return first;
  const isRenewed = await (mayRenew ? renew(boot, native).catch(() => false) : renewed(boot, accessToken(boot)));
  const second = isRenewed ? await told(boot, native) : "no token";
  // Whoever is not signed in is at home, where the CRM says so.
  return second === "no token" ? "has not" : second;
}

async function told(boot: Boot, native: typeof fetch): Promise<Told | "no token"> {
  try {
    const answer = await askAs(boot, native, FEATURES, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.status >= 500) return "unheard";
    if (!answer.ok || !answer.headers.has(ANNEX_HEADER)) return "gone";
    const said = (await answer.json()) as { multi_workspace_enabled?: boolean; tenant_id?: string | null };
    if (said.multi_workspace_enabled) return "has";
    return said.tenant_id === null ? "no token" : "has not";
  } catch {
    return "unheard";
  }
}

/** Until the CRM renewed its token; false: it did not, for a while. */
async function renewed(boot: Boot, old: string | null): Promise<boolean> {
  for (let waited = 0; waited < RENEWAL_MS; waited += LOOK_MS) {
    await sleep(LOOK_MS);
    if (accessToken(boot) !== old) return true;
  }
  return false;
}

// The dialogs, fetched once the switcher stands: they must be here before what they tell of happens.
//
// Invariant: when Annex itself is gone nothing can be fetched any more, so nothing is left for then.

import { runtime, type Loss } from "../runtime.ts";

let name: string | null = null;
let loading: Promise<typeof import("./stops.ts")> | null = null;

/** Loads them, and keeps the name to say. */
export function loadDialogs(known?: string): void {
  name = known ?? name;
  loading ??= import("./stops.ts");
  loading.catch(() => (loading = null));
}

/** Says that the page lost its workspace. Without the dialog the page goes home. */
export function say(loss: Loss): void {
  loadDialogs();
  loading?.then(({ showLoss }) => showLoss(loss, name)).catch(() => location.assign(runtime().boot.paths.start));
}

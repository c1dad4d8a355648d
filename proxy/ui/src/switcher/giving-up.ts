// A person ends their stay in the workspace of this document: they leave it, or delete it.
//
// Invariant: what they do themselves is not told to them as a loss; the document goes on at home. Had it been done although
// nothing answered, the loss says so, and the document goes on just the same.
// Pages and switcher are bundles of their own: what one says to the other is on the loader's object.

import { Refused, listWorkspaces } from "../api.ts";
import { runtime, type Loss } from "../runtime.ts";
import { navigation } from "./switching.ts";

/** Rejects, and the document stays, if it was refused. */
export async function giveUp(deed: () => Promise<unknown>): Promise<void> {
  const page = runtime();
  page.isGivenUp = true;
  try {
    await deed();
  } catch (cause) {
    page.isGivenUp = false;
    if (!endsStay(page.loss)) throw cause;
  }
  // Whom this workspace alone gave the feature have no page of ours any more, and nothing of ours is stored.
  if (await listWorkspaces().then(() => false, isEndOfFeature)) {
    navigation.go(page.boot.paths.start);
    return;
  }
  if (page.home) page.choose(page.home);
  navigation.go(page.boot.paths.workspaces);
}

export const isEndOfFeature = (fault: unknown): boolean => fault instanceof Refused && fault.code === "MULTI_WORKSPACE_DISABLED";

/** Whether nothing of the workspace may be seen any more. */
export const endsStay = (loss: Loss | null): boolean => loss !== null && loss !== "gone" && loss !== "person";

/** Whether the loss is what the person does at this moment. */
export const isExpected = (loss: Loss): boolean => runtime().isGivenUp === true && endsStay(loss);

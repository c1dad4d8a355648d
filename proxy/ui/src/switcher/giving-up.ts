// A person ends their stay in the workspace of this document: they leave it, or delete it.
//
// Invariant: what they do themselves is not told to them as a loss; the document goes on at home. Had it been done although
// nothing answered, the loss says so, and the document goes on just the same.

import { runtime, type Loss } from "../runtime.ts";
import { navigation } from "./switching.ts";

let isGivenUp = false;

/** Rejects, and the document stays, if it was refused. */
export async function giveUp(deed: () => Promise<unknown>): Promise<void> {
  isGivenUp = true;
  try {
    await deed();
  } catch (cause) {
    isGivenUp = false;
    if (!endsStay(runtime().loss)) throw cause;
  }
  const { home, boot } = runtime();
  if (home) runtime().choose(home);
  navigation.go(boot.paths.workspaces);
}

/** Whether nothing of the workspace may be seen any more. */
export const endsStay = (loss: Loss | null): boolean => loss !== null && loss !== "gone" && loss !== "person";

/** Whether the loss is what the person does at this moment. */
export const isExpected = (loss: Loss): boolean => isGivenUp && endsStay(loss);

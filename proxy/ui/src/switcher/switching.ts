// Going on in another workspace.
//
// The server is told, the tab's workspace is set, and the document is loaded anew, so that nothing that was kept of the
// other workspace survives. Invariant: until the server agreed, nothing is changed.

import { switchTo } from "../api.ts";
import { runtime } from "../runtime.ts";
import type { Seat } from "../shapes.ts";
import { landing } from "./landing.ts";

const PATIENCE_MS = 8_000;

export async function enter(seat: Seat, to = landing(location.href)): Promise<void> {
  await switchTo(seat.workspaceId, AbortSignal.timeout(PATIENCE_MS));
  runtime().choose(seat.workspaceId, "told");
  if (to === location.pathname + location.search) navigation.reload();
  else navigation.go(to);
}

/** A new tab is told by its address; this one stays where it is. */
export function enterInNewTab(seat: Seat): void {
  const url = new URL(landing(location.href), location.origin);
  url.searchParams.set("workspace", seat.workspaceId);
  navigation.open(url.href);
}

/** What leaves the document, in one place: tests put something else here. */
export const navigation = {
  reload: (): void => location.reload(),
  go: (to: string): void => location.assign(to),
  open: (to: string): void => void open(to, "_blank", "noopener"),
};

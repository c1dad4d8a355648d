// Waiting for what happens elsewhere.

import { setTimeout as pause } from "node:timers/promises";

/** Far above what anything here takes on a busy machine. */
export const DEADLINE_MS = 60_000;
const BETWEEN_MS = 20;

/** Asks until the answer is not empty, and gives it; the last fault is told when time is up. */
export async function until(what, ask, deadline_ms = DEADLINE_MS) {
  const end = Date.now() + deadline_ms;
  let fault;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer) return answer;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    await pause(BETWEEN_MS);
  }
  throw new Error(`after ${deadline_ms} ms still not: ${what}`, { cause: fault });
}

// Waiting, until the signal at the longest.

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, ms);
    signal?.addEventListener("abort", () => done(), { once: true });
  });
}

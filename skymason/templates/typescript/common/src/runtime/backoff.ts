/** How long to wait between attempts. */
export interface Backoff {
  baseSeconds: number;
  factor: number;
  maxSeconds: number;
  /** 0 to 1: how much of the wait is drawn by chance. */
  jitter: number;
}

/**
 * Seconds to wait after attempt `attempt` (from 1) has failed: w = min(max, base × factor^(attempt - 1)),
 * drawn evenly between (1 - jitter) × w and w.
 */
export function waitSeconds(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  const longest = Math.min(backoff.maxSeconds, backoff.baseSeconds * backoff.factor ** (attempt - 1));
  return longest * (1 - backoff.jitter * random());
}

/** Waits, or returns at once when the signal comes. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done);
  });
}

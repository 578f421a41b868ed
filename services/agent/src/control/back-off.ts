/** Decides how long to wait before trying again; whoever retries for ever asks one of these. */

export interface BackOff {
  next(): number;
  reset(): void;
}

export interface BackOffOptions {
  readonly minMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** Share by which a pause varies. */
  readonly jitter?: number;
  readonly random?: () => number;
}

const JITTER = 0.2;

export function createBackOff({
  minMs,
  maxMs,
  factor,
  jitter = JITTER,
  random = Math.random,
}: BackOffOptions): BackOff {
  let pause = minMs;
  return {
    next() {
      const now = pause;
      pause = Math.min(maxMs, pause * factor);
      return now * (1 + jitter * (2 * random() - 1));
    },
    reset() {
      pause = minMs;
    },
  };
}

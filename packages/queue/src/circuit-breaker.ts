/** Keeps callers from waiting for something that has just failed; the producer and nudges guard Redis with it. */
const OPEN_MS = 1_000;

export interface CircuitBreaker {
  /** Runs `attempt`, or answers `skipped` at once while a recent failure is too fresh. Rejects when the attempt does. */
  attempt(attempt: () => Promise<void>): Promise<"done" | "skipped">;
}

export function createCircuitBreaker(
  nowMs: () => number = () => performance.now(),
  openMs = OPEN_MS,
): CircuitBreaker {
  let closedFrom = Number.NEGATIVE_INFINITY;
  return {
    async attempt(attempt) {
      if (nowMs() < closedFrom) return "skipped";
      try {
        await attempt();
        return "done";
      } catch (error) {
        closedFrom = nowMs() + openMs;
        throw error;
      }
    },
  };
}

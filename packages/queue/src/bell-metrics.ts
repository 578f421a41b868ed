/** The figures of the bells: how many rang, ran and failed, how long runs took, how far behind the loops are. */
import type { Metrics } from "@roadstead/service-kit/metrics";

export type BellMetrics = ReturnType<typeof createBellMetrics>;

export function createBellMetrics(metrics: Metrics) {
  const labels = ["queue", "message"] as const;
  return {
    rings: metrics.counter("bell_rings_total", "Rings sent to Redis, by outcome", [...labels, "outcome"]),
    runs: metrics.counter("bell_runs_total", "Runs of handlers, by what started them and outcome", [
      ...labels,
      "source",
      "outcome",
    ]),
    dead: metrics.counter("bell_dead_letters_total", "Bells given up after too many failures", labels),
    duration: metrics.histogram("bell_run_seconds", "Duration of a handler's run", labels),
    oldestMs: metrics.gauge("bell_lag_milliseconds", "Age of the oldest overdue bell", labels),
    overdue: metrics.gauge("bells_overdue", "Bells that are due and not handled", labels),
    nudges: metrics.counter("nudges_total", "Nudges published, by outcome", ["outcome"]),
  };
}

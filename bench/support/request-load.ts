/** Sends the same request over and over for a while and says how fast it was answered. */
import type { EcsClient } from "./ecs-client.ts";
import { percentile } from "./numbers.ts";

export interface Load {
  readonly client: EcsClient;
  readonly operation: string;
  /** A body for each request: registrations must differ in nothing but may. */
  readonly body: string;
  readonly concurrency: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
}

export async function applyLoad({
  client,
  operation,
  body,
  concurrency,
  durationMs,
}: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const worker = async () => {
    while (performance.now() - startedAt < durationMs) {
      const sentAt = performance.now();
      await client.send(operation, body);
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    perSecond: latencies.length / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    requests: latencies.length,
  };
}

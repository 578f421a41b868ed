/** Sends the same request over and over for a while and says how fast it was answered. */
import type { EcsClient } from "./ecs-client.ts";
import { percentile } from "./numbers.ts";

export interface Load {
  readonly client: EcsClient;
  readonly operation: string;
  /** A connection for each, which sends it again as soon as it was answered. */
  readonly bodies: readonly string[];
  readonly durationMs: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
}

export async function applyLoad({ client, operation, bodies, durationMs }: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const worker = async (body: string) => {
    while (performance.now() - startedAt < durationMs) {
      const sentAt = performance.now();
      await client.send(operation, body);
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(bodies.map(worker));
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    perSecond: latencies.length / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    requests: latencies.length,
  };
}

/** What containers use, in the engine's words, beside what they used when last asked; the metadata endpoint answers with it. */
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import type { TaskRecord } from "../decide/task.ts";
import { isSharing, pauseName } from "../network/task-network.ts";

type Stats = Readonly<Record<string, unknown>>;

export interface ContainerStats {
  of(task: TaskRecord, reference: string): Promise<object | null>;
}

const REMEMBERED_MAX = 1_000;

export function createContainerStats(runtime: Pick<ContainerRuntime, "stats">): ContainerStats {
  /** Clients compute rates from two samples, and the engine takes seconds to take two. */
  const earlier = new Map<string, Stats>();
  return {
    async of({ spec }, reference) {
      // Its network may be another container's. At the same time: the engine may take a second for each.
      const [own, shared] = await Promise.all([
        runtime.stats(reference),
        spec.network && isSharing(spec) ? runtime.stats(pauseName(spec)) : null,
      ]);
      if (!own) return null;
      const now: Stats = { ...own, ...(shared?.networks ? { networks: shared.networks } : {}) };
      const before = earlier.get(reference);
      earlier.delete(reference);
      earlier.set(reference, now);
      for (const oldest of earlier.keys()) if (earlier.size > REMEMBERED_MAX) earlier.delete(oldest);
      return { ...now, ...(before ? since(before, now) : {}) };
    },
  };
}

function since(before: Stats, now: Stats): object {
  const seconds = (Date.parse(String(now.read)) - Date.parse(String(before.read))) / 1_000;
  const rate = (key: string) => (bytes(now, key) - bytes(before, key)) / seconds;
  return {
    preread: before.read,
    precpu_stats: before.cpu_stats,
    ...(seconds > 0
      ? {
          network_rate_stats: {
            rx_bytes_per_sec: rate("rx_bytes"),
            tx_bytes_per_sec: rate("tx_bytes"),
          },
        }
      : {}),
  };
}

const bytes = ({ networks }: Stats, key: string): number =>
  Object.values((networks ?? {}) as Readonly<Record<string, Readonly<Record<string, number>>>>).reduce(
    (sum, one) => sum + (one[key] ?? 0),
    0,
  );

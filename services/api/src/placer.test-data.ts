/** Stands in for the scheduler: places what is launched on the first instance with room, as soon as a commit rings. */

import type { Db } from "@roadstead/db/connect";
import type { CommittedBell } from "@roadstead/db/flush-bells";
import {
  commitPlacement,
  loadPlacement,
  type PlacementDecision,
  type PlacementSnapshot,
} from "@roadstead/db/place-tasks";

export interface TestPlacer {
  ring(bells: readonly CommittedBell[]): void;
  /** Resolves when the channel is nudged or the time is up. */
  wait(channel: string, timeoutMs: number): Promise<void>;
  idle(): Promise<void>;
}

export function createTestPlacer(db: Db): TestPlacer {
  const waiting = new Map<string, () => void>();
  let running: Promise<unknown> = Promise.resolve();
  const place = async (clusterId: string) => {
    const snapshot = await db.read((tx) => loadPlacement(tx, clusterId));
    const { finishedRequests } = await db.write((tx) =>
      commitPlacement(tx, clusterId, snapshot, decide(snapshot)),
    );
    for (const id of finishedRequests) waiting.get(`launch:${id}`)?.();
  };
  return {
    ring(bells) {
      for (const { kind, key } of bells) {
        if (kind === "placeTasks") running = running.then(() => place(key));
      }
    },
    wait: (channel, timeoutMs) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        waiting.set(channel, done);
      }),
    async idle() {
      await running;
    },
  };
}

function decide({ tasks, instances }: PlacementSnapshot): PlacementDecision {
  const free = new Map(instances.map(({ id, cpuFree }) => [id, cpuFree]));
  const placements: { taskId: string; instanceId: string }[] = [];
  const failures: PlacementDecision["failures"][number][] = [];
  for (const { id: taskId, demand, parameters } of tasks) {
    const assigned = parameters.assignments?.[taskId];
    const candidates = assigned === undefined ? [...free.keys()] : [assigned];
    const instanceId = candidates.find((id) => (free.get(id) ?? -1) >= demand.cpu);
    if (instanceId !== undefined) {
      free.set(instanceId, (free.get(instanceId) ?? 0) - demand.cpu);
      placements.push({ taskId, instanceId });
    } else {
      const known = candidates.some((id) => free.has(id));
      failures.push({
        taskId,
        instanceId: candidates[0] ?? null,
        reason: known ? "RESOURCE:CPU" : "MISSING",
        detail: null,
      });
    }
  }
  return { placements, failures };
}

/** Chooses which of a service's equal tasks stop first: the mirror of spreading. Used for every stop that has a choice. */
import { heapOf } from "@roadstead/placement/heap";
import type { ServiceTask } from "./service-snapshot.ts";

interface Crowd {
  readonly instanceId: string;
  /** The service's tasks there that go on so far. */
  count: number;
  /** Its candidates, oldest first, so that the next to stop is the last. */
  readonly tasks: ServiceTask[];
}

export interface StopOrder {
  /** Takes up to `count` of the candidates, from the most crowded instance each time, newest first. */
  take(candidates: readonly ServiceTask[], count: number): ServiceTask[];
}

/** What one call takes is gone for the next, so that several pools of candidates thin out the same instances. */
export function stopOrder(remaining: Iterable<ServiceTask>): StopOrder {
  const countByInstance = new Map<string, number>();
  for (const { instanceId } of remaining) {
    if (instanceId !== null) countByInstance.set(instanceId, (countByInstance.get(instanceId) ?? 0) + 1);
  }
  const leave = ({ instanceId }: ServiceTask) => {
    if (instanceId !== null) countByInstance.set(instanceId, (countByInstance.get(instanceId) ?? 1) - 1);
  };
  return {
    take(candidates, count) {
      if (count <= 0) return [];
      const taken =
        count >= candidates.length ? [...candidates] : thinOut(candidates, count, countByInstance);
      for (const task of taken) leave(task);
      return taken;
    },
  };
}

function thinOut(
  candidates: readonly ServiceTask[],
  count: number,
  countByInstance: ReadonlyMap<string, number>,
): ServiceTask[] {
  const crowds = heapOf(crowdsOf(candidates, countByInstance), moreCrowded);
  const taken: ServiceTask[] = [];
  while (taken.length < count) {
    const crowd = crowds.pop();
    const task = crowd?.tasks.pop();
    if (!crowd || !task) break;
    taken.push(task);
    crowd.count--;
    if (crowd.tasks.length > 0) crowds.push(crowd);
  }
  return taken;
}

function crowdsOf(candidates: readonly ServiceTask[], countByInstance: ReadonlyMap<string, number>): Crowd[] {
  const crowds = new Map<string, Crowd>();
  for (const task of candidates) {
    // A task without an instance crowds nobody.
    const instanceId = task.instanceId ?? "";
    const crowd = crowds.get(instanceId) ?? {
      instanceId,
      count: countByInstance.get(instanceId) ?? 0,
      tasks: [],
    };
    crowd.tasks.push(task);
    crowds.set(instanceId, crowd);
  }
  for (const { tasks } of crowds.values()) tasks.sort(olderFirst);
  return [...crowds.values()];
}

const olderFirst = (a: ServiceTask, b: ServiceTask) =>
  a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1);

function moreCrowded(a: Crowd, b: Crowd): number {
  if (a.count !== b.count) return b.count - a.count;
  const [newestA, newestB] = [a.tasks.at(-1), b.tasks.at(-1)];
  return newestA && newestB ? olderFirst(newestB, newestA) : 0;
}

/** Decides which instance each waiting task gets, or why none will do; the scheduler calls it once per pass over a cluster. */
import { type Candidate, candidateOf, reserve } from "./candidate.ts";
import { constraintFilters } from "./constraints.ts";
import { FIT_FILTERS, type Filter } from "./fit.ts";
import type {
  Placement,
  PlacementFailure,
  PlacementInstance,
  PlacementResult,
  PlacementTask,
} from "./snapshot.ts";
import { chooserFor } from "./strategies.ts";

export type { PlacementInstance, PlacementResult, PlacementTask } from "./snapshot.ts";

export type PlaceInput = {
  readonly tasks: readonly PlacementTask[];
  readonly instances: readonly PlacementInstance[];
  /** Seeded by the caller (`seededRandom`): equal input and seed give equal placements. */
  readonly random: () => number;
};

/**
 * Equal tasks are filtered and ordered once and placed one after another, groups in the order of their first task. What a
 * placement takes is gone for everything after it.
 */
export function place({ tasks, instances, random }: PlaceInput): PlacementResult {
  const all = instances.map(candidateOf);
  const placements: Placement[] = [];
  const failures: PlacementFailure[] = [];
  for (const group of groupsOfEqual(tasks)) {
    const result = placeEqual({ tasks: group, all, random });
    for (const placement of result.placements) placements.push(placement);
    for (const failure of result.failures) failures.push(failure);
  }
  return { placements, failures };
}

/** Equal tasks of different requests are one group: a thousand RunTask calls for one definition are filtered once. */
function groupsOfEqual(tasks: readonly PlacementTask[]): Iterable<PlacementTask[]> {
  const groups = new Map<string, PlacementTask[]>();
  const known = new Map<string, PlacementTask[]>();
  for (const task of tasks) {
    const shared = task.groupKey === undefined ? undefined : known.get(task.groupKey);
    const key = shared ? "" : equalityKey(task);
    const group = shared ?? groups.get(key);
    if (group) group.push(task);
    else groups.set(key, [task]);
    if (!shared && task.groupKey !== undefined) known.set(task.groupKey, groups.get(key) ?? []);
  }
  return groups.values();
}

/** Tasks with the same key have the same candidates. */
function equalityKey(task: PlacementTask): string {
  const { group, demand, requiredAttributes, constraints, strategy, zones } = task;
  return JSON.stringify([group, demand, requiredAttributes, constraints, strategy, zones]);
}

function placeEqual({
  tasks,
  all,
  random,
}: {
  tasks: PlacementTask[];
  all: Candidate[];
  random: () => number;
}) {
  const [sample] = tasks;
  const placements: Placement[] = [];
  const failures: PlacementFailure[] = [];
  if (!sample) return { placements, failures };
  const filters = [...FIT_FILTERS, ...constraintFilters(sample.constraints)];
  const fits = (candidate: Candidate) => filters.every((filter) => filter.passes(candidate, sample));
  const candidates = all.filter(fits);
  const chooser = chooserFor({ strategy: sample.strategy, group: sample.group, candidates, all, random });
  let failure: Omit<PlacementFailure, "taskId"> | null = null;
  for (const task of tasks) {
    const chosen = failure ? null : chooser.take();
    if (!chosen) {
      failure ??= closestFailure(filters, sample, all);
      failures.push({ taskId: task.id, ...failure });
      continue;
    }
    placements.push({ taskId: task.id, instanceId: chosen.instance.id });
    reserve(chosen, task);
    if (fits(chosen)) chooser.putBack(chosen);
  }
  return { placements, failures };
}

/** Names the instance that passed the most filters, and the first filter it did not pass. */
function closestFailure(
  filters: readonly Filter[],
  task: PlacementTask,
  all: readonly Candidate[],
): Omit<PlacementFailure, "taskId"> {
  let closest: { candidate: Candidate; passed: number; failed: number } | null = null;
  for (const candidate of all) {
    const passes = filters.map((filter) => filter.passes(candidate, task));
    const passed = passes.filter(Boolean).length;
    const failed = passes.indexOf(false);
    const closer =
      !closest || passed > closest.passed || (passed === closest.passed && failed > closest.failed);
    if (closer) closest = { candidate, passed, failed };
  }
  if (!closest) return { reason: "NO ACTIVE INSTANCES", instanceId: null, detail: null };
  return failureAt(filters[closest.failed] as Filter, closest.candidate, task);
}

function failureAt(
  filter: Filter,
  candidate: Candidate,
  task: PlacementTask,
): Omit<PlacementFailure, "taskId"> {
  const detail = filter.detail?.(candidate, task) ?? null;
  return { reason: filter.reason, instanceId: candidate.instance.id, detail };
}

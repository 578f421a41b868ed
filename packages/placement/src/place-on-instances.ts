/** Checks tasks against the instances their caller chose (StartTask); the scheduler calls it before `place` in the same pass. */
import { type Candidate, candidateOf, remainderOf, reserve } from "./candidate.ts";
import { FIT_FILTERS } from "./fit.ts";
import type {
  Placement,
  PlacementFailure,
  PlacementInstance,
  PlacementResult,
  PlacementTask,
} from "./snapshot.ts";

export type AssignedTask = PlacementTask & { readonly instanceId: string };

export type PlaceOnInstancesResult = PlacementResult & {
  /** The instances less what was placed, for what is placed next. */
  readonly instances: readonly PlacementInstance[];
};

/**
 * StartTask bypasses the scheduler: constraints and strategies do not apply, and it may use a draining instance no more than
 * RunTask may. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StartTask.html
 */
export function placeOnInstances({
  tasks,
  instances,
}: {
  readonly tasks: readonly AssignedTask[];
  readonly instances: readonly PlacementInstance[];
}): PlaceOnInstancesResult {
  const candidates = new Map(instances.map((instance, index) => [instance.id, candidateOf(instance, index)]));
  const placements: Placement[] = [];
  const failures: PlacementFailure[] = [];
  for (const task of tasks) {
    const candidate = candidates.get(task.instanceId);
    const failure = failureOn(candidate, task);
    if (failure) failures.push(failure);
    else if (candidate) {
      reserve(candidate, task);
      placements.push({ taskId: task.id, instanceId: task.instanceId });
    }
  }
  const changed = [...candidates.values()].map((c) => (c.placedByGroup ? remainderOf(c) : c.instance));
  return { placements, failures, instances: changed };
}

/** An unknown or deregistered instance is named as such before its resources are judged. */
function failureOn(candidate: Candidate | undefined, task: AssignedTask): PlacementFailure | null {
  const failed = { taskId: task.id, instanceId: task.instanceId, detail: null };
  if (!candidate) return { ...failed, reason: "MISSING" };
  if (candidate.instance.status === "INACTIVE") return { ...failed, reason: "INACTIVE" };
  const filter = FIT_FILTERS.find(({ passes }) => !passes(candidate, task));
  return filter
    ? { ...failed, reason: filter.reason, detail: filter.detail?.(candidate, task) ?? null }
    : null;
}

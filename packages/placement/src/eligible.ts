/** Decides whether an instance may ever run a task, whatever it has free: what a DAEMON service counts by. The deployer calls it. */
import { candidateOf } from "./candidate.ts";
import { constraintFilters } from "./constraints.ts";
import { FIT_FILTERS } from "./fit.ts";
import type { PlacementInstance, PlacementTask } from "./snapshot.ts";

/** Meets the task's required attributes and its `memberOf` constraints, and is where one of its subnets is. */
export function isEligible(instance: PlacementInstance, task: PlacementTask): boolean {
  const candidate = candidateOf(instance, 0);
  const lasting = task.constraints.filter(({ type }) => type === "memberOf");
  const filters = [
    ...FIT_FILTERS.filter(({ reason }) => reason === "ATTRIBUTE" || reason === "LOCATION"),
    ...constraintFilters(lasting),
  ];
  return filters.every(({ passes }) => passes(candidate, task));
}

/** The workloads that a fault may strike, by name; both programs choose from these. */
import { pushImages } from "./push-images.ts";
import type { Workload } from "./run-step.ts";
import { runTasks } from "./run-tasks.ts";
import { updateService } from "./update-service.ts";

export const WORKLOADS: readonly Workload[] = [runTasks, updateService, pushImages];

export function workloadNamed(name: string): Workload {
  const found = WORKLOADS.find((workload) => workload.name === name);
  if (!found)
    throw new Error(`workloads are ${WORKLOADS.map((known) => known.name).join(", ")}, not "${name}"`);
  return found;
}

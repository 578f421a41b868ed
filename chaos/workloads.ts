/** The workloads that a fault may strike, by name; both programs choose from these. */
import { balanceService } from "./balance-service.ts";
import { pushImages } from "./push-images.ts";
import type { Workload } from "./run-step.ts";
import { runTasks } from "./run-tasks.ts";
import { updateService } from "./update-service.ts";

const WORKLOADS: readonly Workload[] = [runTasks, updateService, pushImages, balanceService];

/** All of them, as a command line has them; an engine of our own has no networks. */
export const workloadNames = (onOwnEngine: boolean): string =>
  WORKLOADS.filter(({ needsNetworks = false }) => !(onOwnEngine && needsNetworks))
    .map(({ name }) => name)
    .join(",");

export function workloadNamed(name: string): Workload {
  const found = WORKLOADS.find((workload) => workload.name === name);
  if (!found)
    throw new Error(`workloads are ${WORKLOADS.map((known) => known.name).join(", ")}, not "${name}"`);
  return found;
}

/** Gives placed tasks in awsvpc mode their interfaces; whoever commits a placement calls this with what it placed. */
import { AVAILABILITY_ZONE } from "@roadstead/model/availability-zone";
import type { RangePlan } from "@roadstead/model/machine-range";
import type { WriteTx } from "./connect.ts";
import type { ContainerInstanceRow } from "./container-instances.ts";
import { allotInterfaces } from "./task-interfaces.ts";
import { transitionTasks } from "./transition-tasks.ts";

interface Placed {
  readonly taskId: string;
  readonly instanceId: string;
}

interface Joining {
  readonly tasks: readonly { readonly id: string; readonly zones: readonly string[] | null }[];
  readonly instances: readonly Pick<ContainerInstanceRow, "id" | "attributes">[];
}

/** A task for which no address is free has failed to start, as it has with EC2. */
export async function joinNetworks(
  tx: WriteTx,
  placements: readonly Placed[],
  { tasks, instances }: Joining,
  plan?: RangePlan,
): Promise<void> {
  const joining = new Set(tasks.flatMap(({ id, zones }) => (zones ? [id] : [])));
  const zones = new Map(instances.map(({ id, attributes }) => [id, zoneOf(attributes)]));
  const wishes = placements
    .filter(({ taskId }) => joining.has(taskId))
    .map(({ taskId, instanceId }) => ({ taskId, zone: zones.get(instanceId) ?? null }));
  if (wishes.length === 0) return;
  const { refused } = await allotInterfaces(tx, wishes, plan);
  await failToStart(tx, refused);
}

/** Stops tasks that were refused an interface. */
export const failToStart = (
  tx: WriteTx,
  refused: readonly { readonly taskId: string; readonly reason: string }[],
) =>
  transitionTasks(
    tx,
    refused.map(({ taskId, reason }) => ({
      taskId,
      lastStatus: "STOPPED",
      stop: { stopCode: "TaskFailedToStart", stoppedReason: reason },
    })),
  );

const zoneOf = (attributes: ContainerInstanceRow["attributes"]) =>
  attributes.find(({ name }) => name === AVAILABILITY_ZONE)?.value ?? null;

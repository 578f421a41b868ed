/** Takes a container instance out of its cluster; DeregisterContainerInstance and the revocation of its agent call this. */
import { DEREGISTRATION_FORCED } from "@roadstead/model/stop-reason";
import type { WriteTx } from "./connect.ts";
import {
  type ContainerInstanceRow,
  lockContainerInstances,
  setInstanceStatus,
} from "./container-instances.ts";
import { tasksOnInstance } from "./tasks.ts";
import { transitionTasks } from "./transition-tasks.ts";

/** Null when it has tasks and is not forced; nothing has changed then. */
export async function deregisterInstance(
  tx: WriteTx,
  id: string,
  { force }: { readonly force: boolean },
): Promise<ContainerInstanceRow | null> {
  // Tasks before instances, the lock order of every writer.
  if (!(await stopAll(tx, id, force))) return null;
  await lockContainerInstances(tx, [id]);
  if (!(await stopAll(tx, id, force))) return null;
  const row = await setInstanceStatus(tx, id, "INACTIVE");
  tx.bell("deliver", id);
  return row;
}

/** AWS keeps the containers of a forced deregistration running, but no longer knows their tasks. */
async function stopAll(tx: WriteTx, instanceId: string, force: boolean): Promise<boolean> {
  const tasks = await tasksOnInstance(tx, instanceId);
  if (tasks.length === 0) return true;
  if (!force) return false;
  const stop = { stopCode: "UserInitiated" as const, stoppedReason: DEREGISTRATION_FORCED };
  await transitionTasks(
    tx,
    tasks.map((task) => ({ taskId: task.id, lastStatus: "STOPPED" as const, stop })),
  );
  return true;
}

/** ecs:DeregisterContainerInstance. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterContainerInstance.html */
import { DeregisterContainerInstance$, type DeregisterContainerInstanceCommand } from "@aws-sdk/client-ecs";
import {
  findContainerInstances,
  lockContainerInstances,
  setInstanceStatus,
} from "@roadstead/db/container-instances";
import { tasksOnInstance } from "@roadstead/db/tasks";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import { DEREGISTRATION_FORCED } from "@roadstead/model/stop-reason";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { activeCluster, clusterArnOf, idInCluster } from "./references.ts";
import { renderContainerInstance } from "./render/container-instance.ts";

export const deregisterContainerInstance = operation<DeregisterContainerInstanceCommand>(
  DeregisterContainerInstance$,
  {
    authorize: ({ input, ctx }) => ({
      action: "ecs:DeregisterContainerInstance",
      resource: clusterArnOf(ctx.scope, input.cluster),
    }),
    async handle({ input, ctx }) {
      const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
      const id = idInCluster(ctx.scope, cluster.name, "container-instance", input.containerInstance ?? "");
      return ctx.db.write(async (tx) => {
        const [known] = await findContainerInstances(tx, cluster.id, [id]);
        if (!known || known.status === "INACTIVE") throw ecsErrors.instanceNotFound();
        // Tasks before instances, the lock order of every writer.
        await stopAll(await tasksOnInstance(tx, id));
        await lockContainerInstances(tx, [id]);
        await stopAll(await tasksOnInstance(tx, id));
        const row = await setInstanceStatus(tx, id, "INACTIVE");
        tx.bell("deliver", id);
        const details = { ports: [], counts: null, withTags: false };
        return { containerInstance: renderContainerInstance(ctx.scope, cluster.name, row, details) };

        /** AWS keeps the containers of a forced deregistration running, but no longer knows their tasks. */
        async function stopAll(tasks: readonly { readonly id: string }[]): Promise<void> {
          if (tasks.length > 0 && !input.force) throw ecsErrors.instanceHasTasks();
          const stop = { stopCode: "UserInitiated" as const, stoppedReason: DEREGISTRATION_FORCED };
          await transitionTasks(
            tx,
            tasks.map((task) => ({ taskId: task.id, lastStatus: "STOPPED" as const, stop })),
          );
        }
      });
    },
  },
);

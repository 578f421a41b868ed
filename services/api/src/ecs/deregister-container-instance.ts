/** ecs:DeregisterContainerInstance. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterContainerInstance.html */
import { DeregisterContainerInstance$, type DeregisterContainerInstanceCommand } from "@aws-sdk/client-ecs";
import { findContainerInstances } from "@roadstead/db/container-instances";
import { deregisterInstance } from "@roadstead/db/deregister-instance";
import { renderContainerInstance } from "@roadstead/ecs-shapes/render-container-instance";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { activeCluster, clusterArnOf, idInCluster } from "./references.ts";

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
        const row = await deregisterInstance(tx, id, { force: input.force ?? false });
        if (!row) throw ecsErrors.instanceHasTasks();
        const details = { ports: [], counts: null, withTags: false };
        return { containerInstance: renderContainerInstance(ctx.scope, cluster.name, row, details) };
      });
    },
  },
);

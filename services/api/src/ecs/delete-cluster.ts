/** ecs:DeleteCluster. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html */
import { DeleteCluster$, type DeleteClusterCommand } from "@aws-sdk/client-ecs";
import { countClusters, deactivateCluster, lockCluster } from "@roadstead/db/clusters";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { clusterArnOf, clusterName } from "./references.ts";
import { renderCluster } from "./render/cluster.ts";

export const deleteCluster = operation<DeleteClusterCommand>(DeleteCluster$, {
  authorize: ({ input, ctx }) => ({
    action: "ecs:DeleteCluster",
    resource: clusterArnOf(ctx.scope, input.cluster),
  }),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const row = await lockCluster(tx, ctx.scope.id, clusterName(ctx.scope, input.cluster), "update");
      if (!row) throw ecsErrors.clusterNotFound();
      const [counts] = await countClusters(tx, [row.id]);
      if (row.status === "ACTIVE" && counts) {
        if (counts.registeredContainerInstances > 0) throw ecsErrors.clusterContainsInstances();
        if (counts.activeServices + counts.drainingServices > 0) throw ecsErrors.clusterContainsServices();
        if (counts.runningTasks + counts.pendingTasks > 0) throw ecsErrors.clusterContainsTasks();
        await deactivateCluster(tx, row.id);
      }
      return { cluster: renderCluster(ctx.scope, { ...row, status: "INACTIVE" }, counts ?? null, []) };
    }),
});

/** ecs:UpdateCluster. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCluster.html */
import {
  type Cluster,
  UpdateCluster$,
  type UpdateClusterCommand,
  type UpdateClusterRequest,
} from "@aws-sdk/client-ecs";
import { countClusters, lockCluster, setClusterDetails } from "@roadstead/db/clusters";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { changedSettings } from "./cluster-settings.ts";
import { ecsErrors } from "./errors.ts";
import { clusterArnOf, clusterName } from "./references.ts";
import { renderCluster } from "./render/cluster.ts";

export const updateCluster = operation<UpdateClusterCommand>(UpdateCluster$, {
  authorize: ({ input, ctx }) => ({
    action: "ecs:UpdateCluster",
    resource: clusterArnOf(ctx.scope, input.cluster),
  }),
  handle: ({ input, ctx }) => changeCluster(ctx, input),
});

/** What is said of an ACTIVE cluster is kept; UpdateClusterSettings, which says less, shares it. */
export async function changeCluster(
  ctx: Pick<ApiContext, "db" | "scope">,
  input: UpdateClusterRequest,
): Promise<{ readonly cluster: Cluster }> {
  const name = clusterName(ctx.scope, input.cluster);
  const cluster = await ctx.db.write(async (tx) => {
    const held = await lockCluster(tx, ctx.scope.id, name, "update");
    if (!held) throw ecsErrors.clusterNotFound();
    if (held.status !== "ACTIVE") throw ecsErrors.clusterInactive();
    const row = await setClusterDetails(tx, held, changedSettings(held.details, input));
    const [counts] = await countClusters(tx, [row.id]);
    return renderCluster(ctx.scope, row, counts ?? null, ["SETTINGS", "CONFIGURATIONS", "TAGS"]);
  });
  return { cluster };
}

/** ecs:CreateCluster. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html */
import { CreateCluster$, type CreateClusterCommand, type CreateClusterRequest } from "@aws-sdk/client-ecs";
import { countClusters, createCluster as createClusterRow } from "@roadstead/db/clusters";
import type { ClusterSettings } from "@roadstead/db/schema/cluster";
import { clusterArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { checkedProviders } from "./capacity-input.ts";
import { changedSettings } from "./cluster-settings.ts";
import { ecsErrors } from "./errors.ts";
import { CLUSTER_NAME, DEFAULT_CLUSTER } from "./references.ts";
import { renderCluster } from "./render/cluster.ts";
import { checkedTags } from "./tags.ts";

export const createCluster = operation<CreateClusterCommand>(CreateCluster$, {
  authorize: ({ input, ctx }) => ({
    action: "ecs:CreateCluster",
    resource: clusterArn(ctx.scope, input.clusterName || DEFAULT_CLUSTER),
  }),
  async handle({ input, ctx }) {
    const name = input.clusterName || DEFAULT_CLUSTER;
    if (!CLUSTER_NAME.test(name)) throw ecsErrors.invalidClusterName();
    const tags = checkedTags(input.tags);
    const cluster = await ctx.db.write(async (tx) => {
      const row = await createClusterRow(tx, {
        scopeId: ctx.scope.id,
        name,
        details: detailsOf(input),
        tags,
      });
      const [counts] = await countClusters(tx, [row.id]);
      return renderCluster(ctx.scope, row, counts ?? null, ["SETTINGS", "CONFIGURATIONS", "TAGS"]);
    });
    return { cluster };
  },
});

const detailsOf = (input: CreateClusterRequest): ClusterSettings =>
  changedSettings(
    {
      settings: [{ name: "containerInsights", value: "disabled" }],
      configuration: null,
      serviceConnectDefaults: null,
      ...checkedProviders(input.capacityProviders, input.defaultCapacityProviderStrategy),
    },
    input,
  );

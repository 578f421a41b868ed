/** ecs:ListClusters. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html */
import { ListClusters$, type ListClustersCommand } from "@aws-sdk/client-ecs";
import { listClusterNames } from "@roadstead/db/clusters";
import { clusterArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { loadPage } from "../pagination.ts";

export const listClusters = operation<ListClustersCommand>(ListClusters$, {
  authorize: () => ({ action: "ecs:ListClusters", resource: "*" }),
  async handle({ input, ctx }) {
    const { rows, nextToken } = await loadPage({
      ctx,
      operation: "ListClusters",
      filter: null,
      input,
      defaultSize: 100,
      maxSize: 100,
      load: (afterName, limit) => listClusterNames(ctx.db, { scopeId: ctx.scope.id, afterName, limit }),
      keyOf: ({ name }) => name,
    });
    return { clusterArns: rows.map(({ name }) => clusterArn(ctx.scope, name)), nextToken };
  },
});

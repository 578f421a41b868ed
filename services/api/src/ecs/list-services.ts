/** ecs:ListServices. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html */
import { ListServices$, type ListServicesCommand } from "@aws-sdk/client-ecs";
import { listServiceNames } from "@roadstead/db/services";
import { serviceArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { loadPage } from "../pagination.ts";
import { activeCluster, clusterArnOf } from "./references.ts";

export const listServices = operation<ListServicesCommand>(ListServices$, {
  authorize: ({ input, ctx }) => ({
    action: "ecs:ListServices",
    resource: "*",
    context: { "ecs:cluster": clusterArnOf(ctx.scope, input.cluster) },
  }),
  async handle({ input, ctx }) {
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const filter = {
      clusterId: cluster.id,
      launchType: input.launchType ?? null,
      schedulingStrategy: input.schedulingStrategy ?? null,
    };
    const managedByEcs = input.resourceManagementType === "ECS";
    const { rows, nextToken } = await loadPage({
      ctx,
      operation: "ListServices",
      filter: { ...filter, managedByEcs },
      input,
      defaultSize: 10,
      maxSize: 100,
      // Every service here is its user's own.
      load: (afterName, limit) =>
        managedByEcs ? Promise.resolve([]) : listServiceNames(ctx.db, { ...filter, afterName, limit }),
      keyOf: ({ name }) => name,
    });
    return { serviceArns: rows.map(({ name }) => serviceArn(ctx.scope, cluster.name, name)), nextToken };
  },
});

/** ecs:ListContainerInstances. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html */
import { ListContainerInstances$, type ListContainerInstancesCommand } from "@aws-sdk/client-ecs";
import type { ReadTx } from "@roadstead/db/connect";
import {
  type ContainerInstanceRow,
  clusterInstances,
  countInstanceGroups,
} from "@roadstead/db/container-instances";
import { containerInstanceArn } from "@roadstead/model/arn";
import { evaluateExpression, parseExpression } from "@roadstead/placement/query-language";
import { operation } from "../operation.ts";
import { loadPage } from "../pagination.ts";
import { ecsErrors } from "./errors.ts";
import { activeCluster, clusterArnOf } from "./references.ts";

export const listContainerInstances = operation<ListContainerInstancesCommand>(ListContainerInstances$, {
  authorize: ({ input, ctx }) => ({
    action: "ecs:ListContainerInstances",
    resource: clusterArnOf(ctx.scope, input.cluster),
  }),
  async handle({ input, ctx }) {
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const filter = input.filter ? parseExpression(input.filter) : null;
    if (filter && !filter.ok) throw ecsErrors.invalidParameter(`Invalid filter expression: ${filter.error}`);
    const wantedStatus = input.status ?? null;
    const { rows, nextToken } = await loadPage({
      ctx,
      operation: "ListContainerInstances",
      filter: { cluster: cluster.id, filter: input.filter ?? null, status: wantedStatus },
      input,
      defaultSize: 100,
      maxSize: 100,
      load: (after, limit) =>
        ctx.db.read(async (tx) => {
          const instances = (await clusterInstances(tx, cluster.id)).filter(
            (row) => row.id > after && (wantedStatus === null || row.status === wantedStatus),
          );
          if (!filter) return instances.slice(0, limit);
          const subjects = await subjectsOf(tx, cluster.id);
          return instances
            .filter((row) => evaluateExpression(filter.expression, subjects(row)))
            .slice(0, limit);
        }),
      keyOf: ({ id }) => id,
    });
    return {
      containerInstanceArns: rows.map(({ id }) => containerInstanceArn(ctx.scope, cluster.name, id)),
      nextToken,
    };
  },
});

/** What the cluster query language asks of an instance. */
async function subjectsOf(tx: ReadTx, clusterId: string) {
  const counts = Map.groupBy(await countInstanceGroups(tx, clusterId), ({ instanceId }) => instanceId);
  return (row: ContainerInstanceRow) => {
    const groups = counts.get(row.id) ?? [];
    return {
      agentConnected: row.agentConnected,
      agentVersion: row.versionInfo.agentVersion ?? null,
      ec2InstanceId: row.ec2InstanceId,
      registeredAtMs: row.registeredAt.getTime(),
      runningTasksCount: groups.reduce((sum, { count }) => sum + count, 0),
      attributes: row.attributes.map(({ name, value }) => ({ name, value: value ?? null })),
      taskCountByGroup: Object.fromEntries(groups.map(({ group, count }) => [group, count])),
    };
  };
}

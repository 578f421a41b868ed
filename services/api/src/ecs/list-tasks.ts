/** ecs:ListTasks. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html */
import { ListTasks$, type ListTasksCommand, type ListTasksRequest } from "@aws-sdk/client-ecs";
import type { ReadTx } from "@roadstead/db/connect";
import { findContainerInstances } from "@roadstead/db/container-instances";
import { listTaskIds } from "@roadstead/db/tasks";
import { clusterArn, containerInstanceArn, taskArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { loadPage } from "../pagination.ts";
import { ecsErrors } from "./errors.ts";
import { activeCluster, clusterName, idInCluster } from "./references.ts";
import { knownService } from "./service-references.ts";

export const listTasks = operation<ListTasksCommand>(ListTasks$, {
  authorize: ({ input, ctx }) => {
    const cluster = clusterName(ctx.scope, input.cluster);
    const instance = input.containerInstance
      ? idInCluster(ctx.scope, cluster, "container-instance", input.containerInstance)
      : "*";
    return {
      action: "ecs:ListTasks",
      resource: containerInstanceArn(ctx.scope, cluster, instance),
      context: { "ecs:cluster": clusterArn(ctx.scope, cluster) },
    };
  },
  async handle({ input, ctx }) {
    checkFilters(input);
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const service = input.serviceName
      ? await knownService(ctx.db, ctx.scope, cluster, input.serviceName)
      : null;
    const instanceId = await instanceFilter(ctx.db, ctx, input, cluster);
    const filter = {
      clusterId: cluster.id,
      family: input.family ?? null,
      instanceId,
      startedBy: input.startedBy ?? null,
      launchType: input.launchType ?? null,
      serviceId: service?.id ?? null,
    };
    const desiredStatus = input.desiredStatus ?? "RUNNING";
    const { rows, nextToken } = await loadPage({
      ctx,
      operation: "ListTasks",
      filter: { ...filter, desiredStatus },
      input,
      defaultSize: 100,
      maxSize: 100,
      // ECS never sets a desired status of PENDING: the filter is accepted and matches nothing.
      load: (after, limit) =>
        desiredStatus === "PENDING"
          ? Promise.resolve([])
          : listTaskIds(ctx.db, { ...filter, desiredStatus, after, limit }),
      keyOf: ({ id }) => id,
    });
    return { taskArns: rows.map(({ id }) => taskArn(ctx.scope, cluster.name, id)), nextToken };
  },
});

function checkFilters(input: ListTasksRequest): void {
  if (input.startedBy && (input.family || input.serviceName || input.containerInstance)) {
    throw ecsErrors.invalidParameter("startedBy must be the only filter that you use.");
  }
}

async function instanceFilter(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  input: ListTasksRequest,
  cluster: { readonly id: string; readonly name: string },
): Promise<string | null> {
  if (!input.containerInstance) return null;
  const id = idInCluster(ctx.scope, cluster.name, "container-instance", input.containerInstance);
  const [instance] = await findContainerInstances(tx, cluster.id, [id]);
  if (!instance) throw ecsErrors.instanceNotFound();
  return instance.id;
}

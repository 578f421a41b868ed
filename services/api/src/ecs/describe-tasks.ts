/** ecs:DescribeTasks. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
import { DescribeTasks$, type DescribeTasksCommand } from "@aws-sdk/client-ecs";
import { findTasks } from "@roadstead/db/tasks";
import { renderTask } from "@roadstead/ecs-shapes/render-task";
import { clusterArn, taskArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { instancesOf } from "./instances-of.ts";
import { activeCluster, clusterName, idInCluster } from "./references.ts";

const TASKS_MAX = 100;

export const describeTasks = operation<DescribeTasksCommand>(DescribeTasks$, {
  authorize: ({ input, ctx }) => {
    const cluster = clusterName(ctx.scope, input.cluster);
    return (input.tasks ?? []).map((reference) => ({
      action: "ecs:DescribeTasks",
      resource: taskArn(ctx.scope, cluster, idInCluster(ctx.scope, cluster, "task", reference)),
      context: { "ecs:cluster": clusterArn(ctx.scope, cluster) },
    }));
  },
  async handle({ input, ctx }) {
    const references = input.tasks ?? [];
    if (references.length === 0) throw ecsErrors.tasksEmpty();
    if (references.length > TASKS_MAX) throw ecsErrors.tooMany("Tasks", TASKS_MAX);
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const ids = [...new Set(references.map((text) => idInCluster(ctx.scope, cluster.name, "task", text)))];
    const rows = new Map((await findTasks(ctx.db, cluster.id, ids)).map((row) => [row.id, row]));
    const place = {
      scope: ctx.scope,
      clusterName: cluster.name,
      instances: await instancesOf(ctx.db, [...rows.values()]),
      withTags: input.include?.includes("TAGS") ?? false,
    };
    return {
      tasks: ids.flatMap((id) => rows.get(id) ?? []).map((row) => renderTask(place, row)),
      failures: ids
        .filter((id) => !rows.has(id))
        .map((id) => ({ arn: taskArn(ctx.scope, cluster.name, id), reason: "MISSING" })),
    };
  },
});

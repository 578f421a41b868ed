/** ecs:StopTask. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html */
import { StopTask$, type StopTaskCommand } from "@aws-sdk/client-ecs";
import { findTasks } from "@roadstead/db/tasks";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import { renderTask } from "@roadstead/ecs-shapes/render-task";
import { clusterArn, taskArn } from "@roadstead/model/arn";
import { STOPPED_BY_USER } from "@roadstead/model/stop-reason";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { instancesOf } from "./instances-of.ts";
import { activeCluster, clusterName, idInCluster } from "./references.ts";

const REASON_MAX_CHARS = 1_024;

export const stopTask = operation<StopTaskCommand>(StopTask$, {
  authorize: ({ input, ctx }) => {
    const cluster = clusterName(ctx.scope, input.cluster);
    return {
      action: "ecs:StopTask",
      resource: taskArn(ctx.scope, cluster, idInCluster(ctx.scope, cluster, "task", input.task ?? "")),
      context: { "ecs:cluster": clusterArn(ctx.scope, cluster) },
    };
  },
  async handle({ input, ctx }) {
    if ((input.reason ?? "").length > REASON_MAX_CHARS) {
      throw ecsErrors.invalidParameter(`reason must be at most ${REASON_MAX_CHARS} characters long.`);
    }
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const id = idInCluster(ctx.scope, cluster.name, "task", input.task ?? "");
    return ctx.db.write(async (tx) => {
      const [known] = await findTasks(tx, cluster.id, [id]);
      if (!known) throw ecsErrors.taskNotFound();
      const stop = { stopCode: "UserInitiated" as const, stoppedReason: input.reason || STOPPED_BY_USER };
      await transitionTasks(tx, [{ taskId: id, stop }]);
      const [row] = await findTasks(tx, cluster.id, [id]);
      if (!row) throw ecsErrors.taskNotFound();
      const instances = await instancesOf(tx, [row]);
      const place = { scope: ctx.scope, clusterName: cluster.name, instances, withTags: false };
      return { task: renderTask(place, row) };
    });
  },
});

/** ecs:DescribeContainerInstances. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeContainerInstances.html */
import { DescribeContainerInstances$, type DescribeContainerInstancesCommand } from "@aws-sdk/client-ecs";
import { countInstanceTasks, findContainerInstances, instancePorts } from "@roadstead/db/container-instances";
import { renderContainerInstance } from "@roadstead/ecs-shapes/render-container-instance";
import { containerInstanceArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { activeCluster, idInCluster, instanceAuthorizations } from "./references.ts";

const INSTANCES_MAX = 100;

export const describeContainerInstances = operation<DescribeContainerInstancesCommand>(
  DescribeContainerInstances$,
  {
    authorize: ({ input, ctx }) => instanceAuthorizations(ctx.scope, "ecs:DescribeContainerInstances", input),
    async handle({ input, ctx }) {
      const references = input.containerInstances ?? [];
      if (references.length === 0) throw ecsErrors.instancesEmpty();
      if (references.length > INSTANCES_MAX) throw ecsErrors.tooMany("Container instances", INSTANCES_MAX);
      return ctx.db.read(async (tx) => {
        const cluster = await activeCluster(tx, ctx.scope, input.cluster);
        const ids = [
          ...new Set(
            references.map((text) => idInCluster(ctx.scope, cluster.name, "container-instance", text)),
          ),
        ];
        const rows = await findContainerInstances(tx, cluster.id, ids);
        const found = new Map(rows.map((row) => [row.id, row]));
        const ports = await instancePorts(tx, ids);
        const counts = new Map((await countInstanceTasks(tx, ids)).map((count) => [count.instanceId, count]));
        const withTags = input.include?.includes("TAGS") ?? false;
        return {
          containerInstances: ids
            .flatMap((id) => found.get(id) ?? [])
            .map((row) =>
              renderContainerInstance(ctx.scope, cluster.name, row, {
                ports,
                counts: counts.get(row.id) ?? null,
                withTags,
              }),
            ),
          failures: ids
            .filter((id) => !found.has(id))
            .map((id) => ({ arn: containerInstanceArn(ctx.scope, cluster.name, id), reason: "MISSING" })),
        };
      });
    },
  },
);

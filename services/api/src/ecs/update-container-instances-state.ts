/** ecs:UpdateContainerInstancesState. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateContainerInstancesState.html */
import {
  UpdateContainerInstancesState$,
  type UpdateContainerInstancesStateCommand,
} from "@aws-sdk/client-ecs";
import type { WriteTx } from "@roadstead/db/connect";
import {
  countInstanceTasks,
  instancePorts,
  lockContainerInstances,
  setInstanceStatus,
} from "@roadstead/db/container-instances";
import { bellWaitingServices } from "@roadstead/db/service-bells";
import { bellServicesOfInstances } from "@roadstead/db/services";
import { renderContainerInstance } from "@roadstead/ecs-shapes/render-container-instance";
import { containerInstanceArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { activeCluster, idInCluster, instanceAuthorizations } from "./references.ts";

const INSTANCES_MAX = 10;

export const updateContainerInstancesState = operation<UpdateContainerInstancesStateCommand>(
  UpdateContainerInstancesState$,
  {
    authorize: ({ input, ctx }) =>
      instanceAuthorizations(ctx.scope, "ecs:UpdateContainerInstancesState", input),
    async handle({ input, ctx }) {
      const references = input.containerInstances ?? [];
      if (references.length === 0) throw ecsErrors.instancesEmpty();
      if (references.length > INSTANCES_MAX) throw ecsErrors.tooMany("Container instances", INSTANCES_MAX);
      const { status } = input;
      if (status !== "ACTIVE" && status !== "DRAINING") {
        throw ecsErrors.invalidParameter("Container instance status should be one of [ACTIVE,DRAINING]");
      }
      const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
      const ids = [
        ...new Set(
          references.map((text) => idInCluster(ctx.scope, cluster.name, "container-instance", text)),
        ),
      ];
      return ctx.db.write(async (tx) => {
        const rows = (await lockContainerInstances(tx, ids)).filter((row) => row.clusterId === cluster.id);
        const held = new Map(rows.map((row) => [row.id, row]));
        const changed = ids.filter((id) => ![undefined, "INACTIVE", status].includes(held.get(id)?.status));
        for (const id of changed) held.set(id, await setInstanceStatus(tx, id, status));
        await wakeServices(tx, changed, status);
        const there = ids.filter((id) => ![undefined, "INACTIVE"].includes(held.get(id)?.status));
        const ports = await instancePorts(tx, there);
        const counts = new Map((await countInstanceTasks(tx, there)).map((row) => [row.instanceId, row]));
        return {
          containerInstances: there
            .flatMap((id) => held.get(id) ?? [])
            .map((row) =>
              renderContainerInstance(ctx.scope, cluster.name, row, {
                ports,
                counts: counts.get(row.id) ?? null,
                withTags: false,
              }),
            ),
          failures: ids
            .filter((id) => !there.includes(id))
            .map((id) => ({
              arn: containerInstanceArn(ctx.scope, cluster.name, id),
              reason: held.has(id) ? "INACTIVE" : "MISSING",
            })),
        };
      });
    },
  },
);

/** Services leave a machine that drains, and may have waited for one that is back. */
async function wakeServices(tx: WriteTx, ids: readonly string[], status: string): Promise<void> {
  await bellServicesOfInstances(tx, ids);
  if (status === "ACTIVE") for (const id of ids) await bellWaitingServices(tx, id);
}

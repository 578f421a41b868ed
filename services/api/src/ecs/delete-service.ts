/** ecs:DeleteService. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html */
import { DeleteService$, type DeleteServiceCommand } from "@aws-sdk/client-ecs";
import { deleteService as deleteServiceRow, lockService, type ServiceRow } from "@roadstead/db/services";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { activeCluster } from "./references.ts";
import { loadServiceParts, renderService } from "./render/service.ts";
import { serviceAuthorization, serviceName } from "./service-references.ts";

export const deleteService = operation<DeleteServiceCommand>(DeleteService$, {
  authorize: ({ input, ctx }) => serviceAuthorization(ctx.scope, "ecs:DeleteService", input),
  async handle({ input, ctx }) {
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const name = serviceName(ctx.scope, cluster.name, input.service);
    return ctx.db.write(async (tx) => {
      const held = await lockService(tx, cluster.id, name);
      if (!held) throw ecsErrors.serviceNotFound();
      if (held.status === "ACTIVE" && !input.force && wantsTasks(held)) throw ecsErrors.serviceScaledUp();
      // Deleting twice is deleting once.
      const row = held.status === "ACTIVE" ? await deleteServiceRow(tx, held) : held;
      const parts = (await loadServiceParts(tx, [row.id]))(row.id);
      const place = { scope: ctx.scope, clusterName: cluster.name, withTags: false };
      return { service: renderService(place, row, parts) };
    });
  },
});

/** The count of a DAEMON is the cluster's, nobody's wish. */
const wantsTasks = ({ schedulingStrategy, desiredCount }: ServiceRow) =>
  schedulingStrategy === "REPLICA" && desiredCount > 0;

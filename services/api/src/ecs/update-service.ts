/** ecs:UpdateService. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html */
import { UpdateService$, type UpdateServiceCommand, type UpdateServiceRequest } from "@aws-sdk/client-ecs";
import {
  findService,
  lockService,
  type ServiceRow,
  updateService as updateServiceRow,
} from "@roadstead/db/services";
import { findTaskDefinition, type TaskDefinitionRow } from "@roadstead/db/task-definitions";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { activeCluster, usableTaskDefinition } from "./references.ts";
import { loadServiceParts, renderService } from "./render/service.ts";
import { checkBalancers } from "./service-balancers.ts";
import { checkedDesiredCount, checkServiceNetwork, mergedDetails, refuseNotBuilt } from "./service-input.ts";
import { changeAuthorizations, serviceAuthorization, serviceName } from "./service-references.ts";

export const updateService = operation<UpdateServiceCommand>(UpdateService$, {
  authorize: async ({ input, ctx }) =>
    changeAuthorizations(
      ctx.scope,
      serviceAuthorization(ctx.scope, "ecs:UpdateService", input),
      input.taskDefinition ? await usableTaskDefinition(ctx.db, ctx.scope, input.taskDefinition) : null,
      input,
    ),
  async handle({ input, ctx }) {
    refuseNotBuilt(input);
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const name = serviceName(ctx.scope, cluster.name, input.service);
    const revision = input.taskDefinition
      ? await usableTaskDefinition(ctx.db, ctx.scope, input.taskDefinition)
      : null;
    return ctx.db.write(async (tx) => {
      const held = await lockService(tx, cluster.id, name);
      if (!held && !(await findService(tx, cluster.id, name))) throw ecsErrors.serviceNotFound();
      if (held?.status !== "ACTIVE") throw ecsErrors.serviceNotActive();
      const change = changeOf(held, input, revision);
      if (change.newDeployment) {
        const current = revision ?? (await findTaskDefinition(tx, { ...held, scopeId: ctx.scope.id }));
        if (current) await checkBalancers(tx, ctx.scope, current, change.details.loadBalancers ?? []);
      }
      const row = await updateServiceRow(tx, held, change);
      const parts = (await loadServiceParts(tx, [row.id]))(row.id);
      const place = { scope: ctx.scope, clusterName: cluster.name, withTags: false };
      return { service: renderService(place, row, parts) };
    });
  },
});

/** Only another task definition, or force, replaces tasks; the other members hold for those that are started from now on. */
function changeOf(held: ServiceRow, input: UpdateServiceRequest, revision: TaskDefinitionRow | null) {
  if (revision && !revision.compatibilities.includes(held.launchType)) {
    throw ecsErrors.unsupportedLaunchType(held.launchType);
  }
  if (revision) checkServiceNetwork(revision, input.networkConfiguration);
  else if (input.networkConfiguration?.awsvpcConfiguration) throw ecsErrors.networkConfigurationNotValid();
  const taskDefinitionId = revision?.id ?? held.taskDefinitionId;
  const details = mergedDetails(held.details, input, held.schedulingStrategy);
  const rebalanced =
    JSON.stringify(details.loadBalancers ?? []) !== JSON.stringify(held.details.loadBalancers ?? []);
  return {
    desiredCount: checkedDesiredCount(input.desiredCount, held.schedulingStrategy) ?? held.desiredCount,
    taskDefinitionId,
    details,
    enableExecuteCommand: input.enableExecuteCommand ?? held.enableExecuteCommand,
    newDeployment:
      taskDefinitionId !== held.taskDefinitionId || input.forceNewDeployment === true || rebalanced,
  };
}

/** ecs:UpdateService. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html */
import { isDeepStrictEqual } from "node:util";
import { UpdateService$, type UpdateServiceCommand, type UpdateServiceRequest } from "@aws-sdk/client-ecs";
import type { ClusterRow } from "@roadstead/db/clusters";
import type { ReadTx } from "@roadstead/db/connect";
import type { Scope } from "@roadstead/db/scopes";
import {
  findService,
  lockService,
  type ServiceRow,
  updateService as updateServiceRow,
} from "@roadstead/db/services";
import { findTaskDefinition, type TaskDefinitionRow } from "@roadstead/db/task-definitions";
import type { TaskNetwork } from "@roadstead/model/task-network";
import { operation } from "../operation.ts";
import { checkedStrategy, checkPlatform } from "./capacity-input.ts";
import { ecsErrors } from "./errors.ts";
import { requestedNetwork } from "./network-input.ts";
import { activeCluster, usableTaskDefinition } from "./references.ts";
import { loadServiceParts, renderService } from "./render/service.ts";
import { checkBalancers } from "./service-balancers.ts";
import { checkedDesiredCount, mergedDetails, refuseNotBuilt, withNetwork } from "./service-input.ts";
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
      const current = revision ?? (await findTaskDefinition(tx, { ...held, scopeId: ctx.scope.id }));
      const network = current ? await networkOf(tx, ctx.scope, { held, revision: current }, input) : null;
      const change = withStrategy(changeOf(held, input, revision, network), { held, cluster }, input);
      if (change.newDeployment && current) {
        await checkBalancers(tx, ctx.scope, current, change.details.loadBalancers ?? []);
      }
      const row = await updateServiceRow(tx, held, change);
      const parts = (await loadServiceParts(tx, [row.id]))(row.id);
      const place = { scope: ctx.scope, clusterName: cluster.name, withTags: false };
      return { service: renderService(place, row, parts) };
    });
  },
});

/** What is not said stays, as long as the definition has a use for it. */
async function networkOf(
  tx: ReadTx,
  scope: Scope,
  { held, revision }: { readonly held: ServiceRow; readonly revision: TaskDefinitionRow },
  { networkConfiguration }: UpdateServiceRequest,
): Promise<TaskNetwork | null> {
  const kept = held.details.network;
  const isOwn = revision.definition.networkMode === "awsvpc";
  if (kept && isOwn && !networkConfiguration?.awsvpcConfiguration) return kept;
  return requestedNetwork(tx, scope, { revision, launchType: held.launchType }, networkConfiguration);
}

/** Tasks that run stay where they are; those started from now on are shared out anew. */
function withStrategy<Change extends { readonly details: ServiceRow["details"] }>(
  change: Change,
  { held, cluster }: { readonly held: ServiceRow; readonly cluster: ClusterRow },
  { capacityProviderStrategy: items }: UpdateServiceRequest,
): Change {
  if (items === undefined) return change;
  if (items.length === 0) throw ecsErrors.notBuilt("Going back to a cluster's default strategy");
  const capacityProviderStrategy = checkedStrategy(items, cluster);
  if (held.launchType !== "FARGATE") throw ecsErrors.notBuilt("Changing what a service's tasks run on");
  return { ...change, details: { ...change.details, capacityProviderStrategy } };
}

/** Only another task definition, or force, replaces tasks; the other members hold for those that are started from now on. */
function changeOf(
  held: ServiceRow,
  input: UpdateServiceRequest,
  revision: TaskDefinitionRow | null,
  network: TaskNetwork | null,
) {
  if (revision && !revision.compatibilities.includes(held.launchType)) {
    throw ecsErrors.unsupportedLaunchType(held.launchType);
  }
  checkPlatform(input, held.launchType);
  const taskDefinitionId = revision?.id ?? held.taskDefinitionId;
  const details = withNetwork(mergedDetails(held.details, input, held.schedulingStrategy), network);
  const differs = (member: "loadBalancers" | "network", none: unknown) =>
    !isDeepStrictEqual(details[member] ?? none, held.details[member] ?? none);
  return {
    desiredCount: checkedDesiredCount(input.desiredCount, held.schedulingStrategy) ?? held.desiredCount,
    taskDefinitionId,
    details,
    enableExecuteCommand: input.enableExecuteCommand ?? held.enableExecuteCommand,
    newDeployment:
      taskDefinitionId !== held.taskDefinitionId ||
      input.forceNewDeployment === true ||
      differs("loadBalancers", []) ||
      differs("network", null),
  };
}

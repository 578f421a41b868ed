/** ecs:CreateService. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html */
import { CreateService$, type CreateServiceCommand, type CreateServiceRequest } from "@aws-sdk/client-ecs";
import { lockCluster } from "@roadstead/db/clusters";
import { createService as createServiceRow, type SchedulingStrategy } from "@roadstead/db/services";
import { operation } from "../operation.ts";
import { requestedCapacity } from "./capacity-input.ts";
import { ecsErrors } from "./errors.ts";
import { requestHash } from "./launch.ts";
import { requestedNetwork } from "./network-input.ts";
import { activeCluster, usableTaskDefinition } from "./references.ts";
import { loadServiceParts, renderService } from "./render/service.ts";
import { checkBalancers } from "./service-balancers.ts";
import {
  checkedDesiredCount,
  defaultDetails,
  mergedDetails,
  refuseNotBuilt,
  withNetwork,
} from "./service-input.ts";
import { changeAuthorizations, checkedServiceName, serviceAuthorization } from "./service-references.ts";
import { checkedTags } from "./tags.ts";

const CLIENT_TOKEN = /^[\x21-\x7e]{1,36}$/;

export const createService = operation<CreateServiceCommand>(CreateService$, {
  authorize: async ({ input, ctx }) => {
    const service = checkedServiceName(input.serviceName ?? "");
    return changeAuthorizations(
      ctx.scope,
      serviceAuthorization(ctx.scope, "ecs:CreateService", { cluster: input.cluster, service }),
      input.taskDefinition ? await usableTaskDefinition(ctx.db, ctx.scope, input.taskDefinition) : null,
      input,
    );
  },
  async handle({ input, ctx }) {
    const wanted = checkedService(input);
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const revision = await usableTaskDefinition(ctx.db, ctx.scope, input.taskDefinition ?? "");
    const { launchType, strategy } = requestedCapacity(input, cluster, revision);
    if (launchType === "FARGATE" && wanted.schedulingStrategy === "DAEMON") throw ecsErrors.daemonOnFargate();
    const task = { revision, launchType };
    const network = await requestedNetwork(ctx.db, ctx.scope, task, input.networkConfiguration);
    await checkBalancers(ctx.db, ctx.scope, revision, wanted.details.loadBalancers ?? []);
    return ctx.db.write(async (tx) => {
      // Held, so that a cluster is not deleted under a service that is being made in it.
      const held = await lockCluster(tx, ctx.scope.id, cluster.name, "share");
      if (held?.status !== "ACTIVE") throw ecsErrors.clusterInactive();
      const result = await createServiceRow(tx, {
        ...wanted,
        details: withNetwork(
          { ...wanted.details, ...(strategy ? { capacityProviderStrategy: strategy } : {}) },
          network,
        ),
        scopeId: ctx.scope.id,
        clusterId: held.id,
        launchType,
        taskDefinitionId: revision.id,
        requestHash: serviceHash(input, revision.id, held.id),
        createdBy: ctx.caller.principal.arn,
      });
      if (result.kind === "taken") {
        // One that went INACTIVE just now will have given its name back by the next try.
        throw result.status === "ACTIVE"
          ? ecsErrors.serviceNotIdempotent()
          : ecsErrors.serviceStillDraining();
      }
      if (result.kind === "exists" && !result.same) throw ecsErrors.serviceNotIdempotent();
      const { service } = result;
      if (service.status !== "ACTIVE") throw ecsErrors.serviceStillDraining();
      const parts = (await loadServiceParts(tx, [service.id]))(service.id);
      const place = { scope: ctx.scope, clusterName: held.name, withTags: true };
      return { service: renderService(place, service, parts) };
    });
  },
});

/** Everything that needs no row to be checked. */
function checkedService(input: CreateServiceRequest) {
  const name = checkedServiceName(input.serviceName ?? "");
  const { clientToken } = input;
  if (clientToken !== undefined && !CLIENT_TOKEN.test(clientToken)) {
    throw ecsErrors.invalidParameter("clientToken must be 1 to 36 printable ASCII characters.");
  }
  refuseNotBuilt(input);
  if (input.role) throw ecsErrors.roleForService();
  if (!input.taskDefinition) throw ecsErrors.taskDefinitionBlank();
  const schedulingStrategy: SchedulingStrategy = input.schedulingStrategy ?? "REPLICA";
  const desiredCount = checkedDesiredCount(input.desiredCount, schedulingStrategy);
  if (desiredCount === null && schedulingStrategy === "REPLICA") throw ecsErrors.desiredCountMissing();
  return {
    name,
    clientToken: clientToken ?? null,
    schedulingStrategy,
    desiredCount: desiredCount ?? 0,
    details: mergedDetails(defaultDetails(schedulingStrategy), input, schedulingStrategy),
    tags: checkedTags(input.tags),
    enableExecuteCommand: input.enableExecuteCommand ?? false,
  };
}

/** The order of tags says nothing. */
const serviceHash = (input: CreateServiceRequest, taskDefinition: string, cluster: string): string =>
  requestHash({
    ...input,
    taskDefinition,
    cluster,
    tags: (input.tags ?? []).map(({ key, value }) => `${key}=${value}`).sort(),
  });

/** Checks a service's `loadBalancers` against its task definition and the target groups there are; throws AWS's errors. */
import type { CreateServiceRequest } from "@aws-sdk/client-ecs";
import type { ReadTx } from "@roadstead/db/connect";
import type { ServiceLoadBalancer } from "@roadstead/db/schema/service";
import type { Scope } from "@roadstead/db/scopes";
import { findTargetGroup } from "@roadstead/db/target-groups";
import type { TaskDefinitionRow } from "@roadstead/db/task-definitions";
import { targetGroupArn as arnOf, parseBalancerArn } from "@roadstead/model/balancer-arn";
import { ecsErrors } from "./errors.ts";

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
const BALANCERS_MAX = 5;

/** Undefined where the request says nothing of load balancers; an empty list takes them away. */
export function requestedBalancers(
  given: CreateServiceRequest["loadBalancers"],
): readonly ServiceLoadBalancer[] | undefined {
  if (!given) return undefined;
  if (given.length > BALANCERS_MAX) throw ecsErrors.tooMany("load balancers", BALANCERS_MAX);
  return given.map(
    ({ targetGroupArn, containerName, containerPort, loadBalancerName, advancedConfiguration }) => {
      if (loadBalancerName) throw ecsErrors.notBuilt("Classic load balancers");
      if (advancedConfiguration) throw ecsErrors.notBuilt("Blue/green deployments");
      if (!targetGroupArn) throw ecsErrors.invalidParameter("targetGroupArn cannot be blank.");
      if (!containerName || containerPort === undefined) {
        throw ecsErrors.invalidParameter("containerName and containerPort are required for load balancers.");
      }
      return { targetGroupArn, containerName, containerPort };
    },
  );
}

/** The container has the port, and each group exists, takes what its tasks are reached by, and has a listener. */
export async function checkBalancers(
  tx: Pick<ReadTx, "query">,
  scope: Scope,
  { definition }: Pick<TaskDefinitionRow, "definition">,
  balancers: readonly ServiceLoadBalancer[],
): Promise<void> {
  for (const { containerName, containerPort } of balancers) {
    const container = definition.containerDefinitions.find(({ name }) => name === containerName);
    if (!container) {
      throw ecsErrors.invalidParameter(
        `The container ${containerName} does not exist in the task definition.`,
      );
    }
    if (!container.portMappings.some((mapping) => mapping.containerPort === containerPort)) {
      throw ecsErrors.invalidParameter(
        `The container ${containerName} did not have a container port ${containerPort} defined.`,
      );
    }
  }
  const networkMode = definition.networkMode ?? "bridge";
  const targetType = networkMode === "awsvpc" ? "ip" : "instance";
  for (const { targetGroupArn } of balancers) {
    const group = await findTargetGroup(tx, scope.id, groupId(scope, targetGroupArn));
    if (!group || arnOf(scope, group.name, group.id) !== targetGroupArn) {
      throw targetGroupMissing(targetGroupArn);
    }
    if (group.targetType !== targetType) {
      throw ecsErrors.invalidParameter(
        `The provided target group ${targetGroupArn} has target type ${group.targetType}, which is incompatible with the ${networkMode} network mode specified in the task definition.`,
      );
    }
    if (!group.usedBy) {
      throw ecsErrors.invalidParameter(
        `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`,
      );
    }
  }
}

function groupId({ region, accountId }: Scope, text: string): string {
  const arn = parseBalancerArn(text);
  if (arn?.kind !== "targetgroup") throw ecsErrors.invalidParameter(`Invalid targetGroupArn: ${text}`);
  if (arn.place.region !== region || arn.place.accountId !== accountId) throw targetGroupMissing(text);
  return arn.id;
}

const targetGroupMissing = (arn: string) =>
  ecsErrors.invalidParameter(
    `The specified target group does not exist. (Service: ElasticLoadBalancing; ${arn})`,
  );

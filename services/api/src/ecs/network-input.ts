/** Checks the `networkConfiguration` of tasks and services against their definition and the network there is; throws AWS's errors. */
import type { NetworkConfiguration } from "@aws-sdk/client-ecs";
import { findSubnets } from "@roadstead/db/balancer-network";
import type { ReadTx } from "@roadstead/db/connect";
import { groupsByIds } from "@roadstead/db/network-interfaces";
import type { Scope } from "@roadstead/db/scopes";
import type { TaskDefinitionRow } from "@roadstead/db/task-definitions";
import type { LaunchType } from "@roadstead/model/task";
import type { TaskNetwork } from "@roadstead/model/task-network";
import { ecsErrors } from "./errors.ts";

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html */
const SUBNETS_MAX = 16;
const GROUPS_MAX = 5;

type Reader = Pick<ReadTx, "query">;

/** What tasks of the definition are launched with: null where they have the network of their machine. */
export async function requestedNetwork(
  tx: Reader,
  scope: Scope,
  task: { readonly revision: TaskDefinitionRow; readonly launchType: LaunchType },
  given: NetworkConfiguration | undefined,
): Promise<TaskNetwork | null> {
  const asked = given?.awsvpcConfiguration;
  const isOwn = task.revision.definition.networkMode === "awsvpc";
  if (!asked) {
    if (isOwn) throw ecsErrors.networkConfigurationMissing();
    return null;
  }
  if (!isOwn) throw ecsErrors.networkConfigurationNotValid();
  const subnets = [...new Set(asked.subnets ?? [])];
  const securityGroups = [...new Set(asked.securityGroups ?? [])];
  if (subnets.length === 0) throw ecsErrors.subnetsEmpty();
  if (subnets.length > SUBNETS_MAX) throw ecsErrors.tooMany("subnets", SUBNETS_MAX);
  if (securityGroups.length > GROUPS_MAX) throw ecsErrors.tooMany("securityGroups", GROUPS_MAX);
  const assignPublicIp = asked.assignPublicIp ?? "DISABLED";
  if (assignPublicIp === "ENABLED" && task.launchType !== "FARGATE") throw ecsErrors.publicIpNotSupported();
  await checkGroups(tx, scope, securityGroups, await vpcOf(tx, scope, subnets));
  return { subnets, securityGroups, assignPublicIp };
}

/** Of subnets that all exist. */
async function vpcOf(tx: Reader, scope: Scope, ids: readonly string[]): Promise<string> {
  const found = await findSubnets(tx, scope.id, ids);
  const missing = ids.find((id) => !found.some((subnet) => subnet.id === id));
  const [first] = found;
  if (missing !== undefined || !first) throw ecsErrors.subnetNotFound(missing ?? "");
  if (found.some(({ vpcId }) => vpcId !== first.vpcId)) throw ecsErrors.subnetsOfSeveralVpcs();
  return first.vpcId;
}

async function checkGroups(tx: Reader, scope: Scope, ids: readonly string[], vpcId: string): Promise<void> {
  const found = new Map((await groupsByIds(tx, scope.id, ids)).map((group) => [group.id, group.vpcId]));
  for (const id of ids) {
    if (!found.has(id)) throw ecsErrors.securityGroupNotFound(id);
    if (found.get(id) !== vpcId) throw ecsErrors.securityGroupOfOtherVpc(id);
  }
}

/** What a policy's conditions may look at. */
export const networkContext = (given: NetworkConfiguration | undefined) => {
  const asked = given?.awsvpcConfiguration;
  return asked
    ? {
        "ecs:auto-assign-public-ip": String(asked.assignPublicIp === "ENABLED"),
        "ecs:subnet": asked.subnets ?? [],
      }
    : {};
};

/** As it is read back. */
export const renderNetwork = (network: TaskNetwork): NetworkConfiguration => ({
  awsvpcConfiguration: {
    subnets: [...network.subnets],
    securityGroups: [...network.securityGroups],
    assignPublicIp: network.assignPublicIp,
  },
});

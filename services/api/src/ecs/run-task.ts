/** ecs:RunTask. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html */
import { RunTask$, type RunTaskCommand } from "@aws-sdk/client-ecs";
import { countActiveInstances } from "@roadstead/db/container-instances";
import { findLaunchByToken } from "@roadstead/db/launch-requests";
import type { LaunchParameters } from "@roadstead/db/schema/task";
import { shareOut } from "@roadstead/model/capacity-strategy";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { checkRoles } from "./assumable-roles.ts";
import { requestedCapacity } from "./capacity-input.ts";
import { ecsErrors } from "./errors.ts";
import { launch, launchAuthorizations, newTask, requestHash } from "./launch.ts";
import { requestedNetwork } from "./network-input.ts";
import { checkedPlacement } from "./placement-input.ts";
import { activeCluster, clusterArnOf, usableTaskDefinition } from "./references.ts";

const COUNT_MAX = 10;
const CLIENT_TOKEN = /^[\x21-\x7e]{1,64}$/;

export const runTask = operation<RunTaskCommand>(RunTask$, {
  authorize: async ({ input, ctx }) =>
    launchAuthorizations(ctx, "ecs:RunTask", {
      revision: await usableTaskDefinition(ctx.db, ctx.scope, input.taskDefinition ?? ""),
      clusterArn: clusterArnOf(ctx.scope, input.cluster),
      overrides: input.overrides,
      enableExecuteCommand: input.enableExecuteCommand,
    }),
  async handle({ input, ctx }) {
    const count = input.count ?? 1;
    if (!Number.isInteger(count) || count < 1 || count > COUNT_MAX) {
      throw ecsErrors.invalidParameter(`Tasks count must be between 1 and ${COUNT_MAX}.`);
    }
    if (input.clientToken !== undefined && !CLIENT_TOKEN.test(input.clientToken)) {
      throw ecsErrors.invalidParameter("clientToken must be 1 to 64 printable ASCII characters.");
    }
    const parameters: Omit<LaunchParameters, "assignments"> = checkedPlacement(input);
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const revision = await usableTaskDefinition(ctx.db, ctx.scope, input.taskDefinition ?? "");
    const { launchType, strategy } = requestedCapacity(input, cluster, revision);
    const task = newTask(input, revision, launchType, cluster.name);
    const network = await requestedNetwork(
      ctx.db,
      ctx.scope,
      { revision, launchType },
      input.networkConfiguration,
    );
    await checkRoles(ctx, revision, input.overrides);
    if (launchType !== "FARGATE") await refuseEmptyCluster(ctx, cluster.id, input.clientToken);
    return launch(ctx, cluster, {
      clientToken: input.clientToken ?? null,
      requestHash: requestHash({ ...input, count, taskDefinition: revision.id, cluster: cluster.id }),
      parameters,
      instanceIds: null,
      task: { ...task, network },
      count,
      providers: strategy && shareOut(strategy, new Map(), count),
    });
  },
});

/** A cluster without instances is an error, not a failure; a launch that was accepted before is answered all the same. */
async function refuseEmptyCluster(
  ctx: ApiContext,
  clusterId: string,
  token: string | undefined,
): Promise<void> {
  if ((await countActiveInstances(ctx.db, clusterId)) > 0) return;
  const earlier = token === undefined ? null : await findLaunchByToken(ctx.db, clusterId, token);
  if (!earlier) throw ecsErrors.noInstances();
}

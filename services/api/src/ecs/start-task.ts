/** ecs:StartTask. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StartTask.html */
import { StartTask$, type StartTaskCommand } from "@aws-sdk/client-ecs";
import { operation } from "../operation.ts";
import { checkRoles } from "./assumable-roles.ts";
import { ecsErrors } from "./errors.ts";
import { launch, launchAuthorizations, newTask, requestHash } from "./launch.ts";
import { requestedNetwork } from "./network-input.ts";
import { activeCluster, clusterArnOf, idInCluster, usableTaskDefinition } from "./references.ts";

const INSTANCES_MAX = 10;

export const startTask = operation<StartTaskCommand>(StartTask$, {
  authorize: async ({ input, ctx }) =>
    launchAuthorizations(ctx, "ecs:StartTask", {
      revision: await usableTaskDefinition(ctx.db, ctx.scope, input.taskDefinition ?? ""),
      clusterArn: clusterArnOf(ctx.scope, input.cluster),
      overrides: input.overrides,
      enableExecuteCommand: input.enableExecuteCommand,
    }),
  async handle({ input, ctx }) {
    const references = input.containerInstances ?? [];
    if (references.length === 0) throw ecsErrors.instancesEmpty();
    if (references.length > INSTANCES_MAX) throw ecsErrors.tooMany("Container instances", INSTANCES_MAX);
    const cluster = await activeCluster(ctx.db, ctx.scope, input.cluster);
    const revision = await usableTaskDefinition(ctx.db, ctx.scope, input.taskDefinition ?? "");
    const ids = references.map((text) => idInCluster(ctx.scope, cluster.name, "container-instance", text));
    await checkRoles(ctx, revision, input.overrides);
    const launchType = revision.compatibilities.includes("EC2") ? "EC2" : "EXTERNAL";
    const task = newTask(input, revision, launchType, cluster.name);
    const network = await requestedNetwork(
      ctx.db,
      ctx.scope,
      { revision, launchType },
      input.networkConfiguration,
    );
    return launch(ctx, cluster, {
      clientToken: null,
      requestHash: requestHash({ ...input }),
      parameters: { constraints: [], strategy: [] },
      instanceIds: ids,
      task: { ...task, network },
      count: ids.length,
    });
  },
});

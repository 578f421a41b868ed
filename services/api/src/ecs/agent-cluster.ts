/** Resolves the cluster that an agent's request is about: the one it names, but a Fargate host's agent is always its fleet's. */
import { clusterArn, parseClusterScoped } from "@roadstead/model/arn";
import { FLEET_CLUSTER } from "@roadstead/model/fargate";
import type { ApiContext } from "../context.ts";
import { clusterName, idInCluster } from "./references.ts";

const isFleetAgent = ({ caller: { principal } }: ApiContext): boolean =>
  principal.kind === "agent" && principal.clusterName === FLEET_CLUSTER;

export const agentCluster = (ctx: ApiContext, reference: string | undefined): string =>
  isFleetAgent(ctx) ? FLEET_CLUSTER : clusterName(ctx.scope, reference);

export const agentClusterArn = (ctx: ApiContext, reference: string | undefined) =>
  clusterArn(ctx.scope, agentCluster(ctx, reference));

/** A fleet's tasks are in clusters of their own; that an agent reports of no others is checked where tasks are changed. */
export function reportedTask(ctx: ApiContext, cluster: string | undefined, task: string | undefined): string {
  const reference = task ?? "";
  const parsed = parseClusterScoped(reference, "task");
  const own = isFleetAgent(ctx) && parsed.kind === "arn" ? parsed.cluster : null;
  return idInCluster(ctx.scope, own ?? clusterName(ctx.scope, cluster), "task", reference);
}

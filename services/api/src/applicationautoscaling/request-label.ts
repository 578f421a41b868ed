/** Checks that a policy tracks the requests of a target group that its service's tasks are in; `put-scaling-policy` calls this. */
import { findCluster } from "@roadstead/db/clusters";
import type { ReadTx } from "@roadstead/db/connect";
import { findService } from "@roadstead/db/services";
import { findTargetGroup } from "@roadstead/db/target-groups";
import { loadBalancerArn, targetGroupArn } from "@roadstead/model/balancer-arn";
import type { ScaledService } from "@roadstead/model/scaling-arn";
import type { ApiContext } from "../context.ts";
import { scalingErrors } from "./errors.ts";

/** A label of nobody would be a policy that never acts. */
export async function checkRequestLabel(
  tx: Pick<ReadTx, "query">,
  { scope }: ApiContext,
  { clusterName, serviceName }: ScaledService,
  label: string,
): Promise<void> {
  const group = await findTargetGroup(tx, scope.id, label.slice(label.lastIndexOf("/") + 1));
  const arn = group ? targetGroupArn(scope, group.name, group.id) : "";
  const balancer = group?.usedBy ? loadBalancerArn(scope, group.usedBy) : "";
  if (label !== `${suffix(balancer, "app/")}/${suffix(arn, "targetgroup/")}`) {
    throw scalingErrors.validation(
      `The resource label ${label} names no target group that its load balancer sends requests to.`,
    );
  }
  const cluster = await findCluster(tx, scope.id, clusterName);
  const service = cluster ? await findService(tx, cluster.id, serviceName) : null;
  const { loadBalancers = [] } = service?.details ?? {};
  if (loadBalancers.some(({ targetGroupArn: own }) => own === arn)) return;
  throw scalingErrors.validation(`Target group ${arn} is not attached to the ECS service.`);
}

const suffix = (arn: string, from: string) => arn.slice(Math.max(0, arn.indexOf(from)));

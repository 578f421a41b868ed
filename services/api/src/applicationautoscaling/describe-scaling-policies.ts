/** application-autoscaling:DescribeScalingPolicies. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html */
import {
  DescribeScalingPolicies$,
  type DescribeScalingPoliciesCommand,
  type DescribeScalingPoliciesRequest,
} from "@aws-sdk/client-application-auto-scaling";
import { alarmsOfAction } from "@roadstead/db/alarms";
import { listPolicies, type ScalingPolicyRow } from "@roadstead/db/scaling-policies";
import { scalingPolicyArn } from "@roadstead/model/scaling-arn";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { pageOf } from "./page.ts";
import { renderPolicy } from "./render.ts";
import { describing, isListed } from "./subject.ts";

export const describeScalingPolicies = operation<DescribeScalingPoliciesCommand>(DescribeScalingPolicies$, {
  authorize: describing("DescribeScalingPolicies"),
  async handle({ input, ctx }) {
    const rows = isListed(input) ? await listPolicies(ctx.db, ctx.scope.id) : [];
    const { shown, next } = await pageOf(ctx, rows.filter(keeps(input)), {
      operation: "DescribeScalingPolicies",
      filter: [input.ServiceNamespace, input.ScalableDimension, input.ResourceId, input.PolicyNames],
      input,
      keyOf: ({ resourceId, name }) => `${resourceId}\n${name}`,
    });
    return { ScalingPolicies: await Promise.all(shown.map(withAlarms(ctx))), ...next };
  },
});

const keeps =
  ({ ResourceId, PolicyNames }: DescribeScalingPoliciesRequest) =>
  ({ resourceId, name }: ScalingPolicyRow): boolean =>
    (ResourceId === undefined || ResourceId === resourceId) &&
    (!PolicyNames?.length || PolicyNames.includes(name));

/** Alarms that have the policy as their action, whoever made them. */
const withAlarms = (ctx: ApiContext) => async (row: ScalingPolicyRow) => {
  const alarms = await alarmsOfAction(ctx.db, ctx.scope.id, scalingPolicyArn(ctx.scope, row));
  return renderPolicy(
    ctx.scope,
    row,
    alarms.map(({ name }) => name),
  );
};

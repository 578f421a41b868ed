/** application-autoscaling:DescribeScalableTargets. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html */
import {
  DescribeScalableTargets$,
  type DescribeScalableTargetsCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { listTargets } from "@roadstead/db/scalable-targets";
import { operation } from "../operation.ts";
import { pageOf } from "./page.ts";
import { renderTarget } from "./render.ts";
import { describing, isListed } from "./subject.ts";

export const describeScalableTargets = operation<DescribeScalableTargetsCommand>(DescribeScalableTargets$, {
  authorize: describing("DescribeScalableTargets"),
  async handle({ input, ctx }) {
    const { ResourceIds, ...filter } = input;
    const wanted = ResourceIds?.length ? ResourceIds : null;
    const rows = isListed(filter) ? await listTargets(ctx.db, ctx.scope.id, wanted) : [];
    const { shown, next } = await pageOf(ctx, rows, {
      operation: "DescribeScalableTargets",
      filter: [input.ServiceNamespace, input.ScalableDimension, wanted],
      input,
      keyOf: ({ resourceId }) => resourceId,
    });
    return { ScalableTargets: shown.map((row) => renderTarget(ctx.scope, row)), ...next };
  },
});

/** application-autoscaling:DescribeScalingActivities. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html */
import {
  DescribeScalingActivities$,
  type DescribeScalingActivitiesCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { listActivities } from "@roadstead/db/scaling-activities";
import { operation } from "../operation.ts";
import { loadPage } from "./page.ts";
import { renderActivity } from "./render.ts";
import { describing, isListed } from "./subject.ts";

export const describeScalingActivities = operation<DescribeScalingActivitiesCommand>(
  DescribeScalingActivities$,
  {
    authorize: describing("DescribeScalingActivities"),
    async handle({ input, ctx }) {
      const resourceId = input.ResourceId ?? null;
      const withNotScaled = input.IncludeNotScaledActivities ?? false;
      const { shown, next } = await loadPage(
        ctx,
        {
          operation: "DescribeScalingActivities",
          filter: [input.ServiceNamespace, input.ScalableDimension, resourceId, withNotScaled],
          input,
          keyOf: ({ id }: { readonly id: string }) => id,
        },
        async (beforeId, limit) =>
          isListed(input)
            ? listActivities(ctx.db, { scopeId: ctx.scope.id, resourceId, withNotScaled, beforeId, limit })
            : [],
      );
      return { ScalingActivities: shown.map(renderActivity), ...next };
    },
  },
);

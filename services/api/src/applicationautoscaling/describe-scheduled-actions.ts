/** application-autoscaling:DescribeScheduledActions. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScheduledActions.html */
import {
  DescribeScheduledActions$,
  type DescribeScheduledActionsCommand,
  type DescribeScheduledActionsRequest,
} from "@aws-sdk/client-application-auto-scaling";
import { listScheduledActions, type ScheduledActionRow } from "@roadstead/db/scheduled-actions";
import { operation } from "../operation.ts";
import { pageOf } from "./page.ts";
import { renderScheduledAction } from "./render.ts";
import { describing, isListed } from "./subject.ts";

export const describeScheduledActions = operation<DescribeScheduledActionsCommand>(
  DescribeScheduledActions$,
  {
    authorize: describing("DescribeScheduledActions"),
    async handle({ input, ctx }) {
      const rows = isListed(input) ? await listScheduledActions(ctx.db, ctx.scope.id) : [];
      const { ServiceNamespace, ScalableDimension, ResourceId, ScheduledActionNames } = input;
      const { shown, next } = await pageOf(ctx, rows.filter(keeps(input)), {
        operation: "DescribeScheduledActions",
        filter: [ServiceNamespace, ScalableDimension, ResourceId, ScheduledActionNames],
        input,
        keyOf: ({ resourceId, name }) => `${resourceId}\n${name}`,
      });
      return { ScheduledActions: shown.map((row) => renderScheduledAction(ctx.scope, row)), ...next };
    },
  },
);

const keeps =
  ({ ResourceId, ScheduledActionNames }: DescribeScheduledActionsRequest) =>
  ({ resourceId, name }: ScheduledActionRow): boolean =>
    (ResourceId === undefined || ResourceId === resourceId) &&
    (!ScheduledActionNames?.length || ScheduledActionNames.includes(name));

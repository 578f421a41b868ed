/** ecs:SubmitContainerStateChange. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SubmitContainerStateChange.html */
import { SubmitContainerStateChange$, type SubmitContainerStateChangeCommand } from "@aws-sdk/client-ecs";
import { operation } from "../operation.ts";
import { agentClusterArn, reportedTask } from "./agent-cluster.ts";
import { containerReport, reporter } from "./submit-task-state-change.ts";

export const submitContainerStateChange = operation<SubmitContainerStateChangeCommand>(
  SubmitContainerStateChange$,
  {
    keepUnknown: true,
    authorize: ({ input, ctx }) => ({
      action: "ecs:SubmitContainerStateChange",
      resource: agentClusterArn(ctx, input.cluster),
    }),
    async handle({ input, ctx }) {
      const { cluster: _cluster, task: _task, ...change } = input;
      await ctx.reports.submit([
        {
          taskId: reportedTask(ctx, input.cluster, input.task),
          ...reporter(ctx),
          containers: [containerReport(change)],
        },
      ]);
      return { acknowledgment: "ACK" };
    },
  },
);

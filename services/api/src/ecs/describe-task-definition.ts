/** ecs:DescribeTaskDefinition. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html */
import { DescribeTaskDefinition$, type DescribeTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { lookUpTaskDefinition } from "./references.ts";
import { renderTaskDefinition } from "./render/task-definition.ts";

export const describeTaskDefinition = operation<DescribeTaskDefinitionCommand>(DescribeTaskDefinition$, {
  authorize: () => ({ action: "ecs:DescribeTaskDefinition", resource: "*" }),
  async handle({ input, ctx }) {
    const row = await lookUpTaskDefinition(ctx.db, ctx.scope, input.taskDefinition ?? "");
    if (!row) throw ecsErrors.clientException("Unable to describe task definition.");
    return {
      taskDefinition: renderTaskDefinition(ctx.scope, row),
      ...(input.include?.includes("TAGS") && { tags: [...row.tags] }),
    };
  },
});
